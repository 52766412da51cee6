package io.tunnel4j.examples.cli;

import io.tunnel4j.access.AccessLogin;
import io.tunnel4j.access.AccessToken;
import io.tunnel4j.access.CurlArguments;
import io.tunnel4j.access.SshClientConfig;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code access} words about tokens: login, token, curl, and what SSH needs. */
final class AccessTokenCommands {
    private AccessTokenCommands() {}

    static void addTo(Map<String, Function<Terminal, Object>> words) {
        words.put("login", Login::new);
        words.put("token", Token::new);
        words.put("curl", Curl::new);
        words.put("ssh-config", SshConfig::new);
        words.put("ssh-gen", SshGen::new);
    }

    private static <T> T done(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    /** Waits for what may take a person. */
    private static <T> T awaited(Terminal terminal, CompletionStage<T> stage) {
        return Progress.awaiting(terminal, "the login in your browser, at the address above", () -> done(stage));
    }

    /** {@code access login}. */
    @Command(name = "login", description = "log in to an application and print the token")
    private static final class Login implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private AccessLoginFlags flags;

        @Parameters(index = "0", arity = "0..1", paramLabel = "URL", description = "the application")
        private @Nullable String url;

        @Option(names = "--app", paramLabel = "URL", description = "the same; prints the bare token")
        private @Nullable String application;

        @Option(
                names = {"--quiet", "-q"},
                description = "prints no token")
        private boolean quiet;

        @Option(names = "--no-verbose", description = "prints the bare token")
        private boolean bare;

        @Option(names = "--auto-close", description = "lets the browser's last page close itself")
        private boolean autoClose;

        private final Terminal terminal;

        Login(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            URI target = AccessLoginFlags.application(url != null ? url : application);
            AccessLogin.Builder builder = flags.login(terminal);
            if (autoClose) {
                builder.autoClose();
            }
            try (AccessLogin login = builder.build()) {
                AccessToken token = awaited(terminal, login.login(target));
                if (!quiet) {
                    boolean plain = bare || application != null;
                    terminal.out()
                            .print(
                                    plain
                                            ? token.compact()
                                            : "Successfully fetched your token:\n\n" + token.compact() + "\n\n");
                    terminal.out().flush();
                }
            }
            return ExitCode.OK;
        }
    }

    /** {@code access token}. */
    @Command(name = "token", description = "print the stored token of an application; never logs in")
    private static final class Token implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private AccessLoginFlags flags;

        @Parameters(index = "0", arity = "0..1", paramLabel = "URL", description = "the application")
        private @Nullable String url;

        @Option(names = "--app", paramLabel = "URL", description = "the same")
        private @Nullable String application;

        private final Terminal terminal;

        Token(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            URI target = AccessLoginFlags.application(url != null ? url : application);
            try (AccessLogin login = flags.login(terminal).build()) {
                AccessToken token = done(login.lastStored(target));
                boolean isExpired = token != null && token.isExpired(Instant.now());
                if (token == null || isExpired) {
                    terminal.say(
                            "Unable to find token for provided application. Please run login command to generate token.");
                    return isExpired ? ExitCode.OK : ExitCode.FAILED; // as the reference tells them apart
                }
                terminal.out().print(token.compact());
                terminal.out().flush();
            }
            return ExitCode.OK;
        }
    }

    /** {@code access curl}: what stands before the URL is ours, what stands after it is curl's. */
    @Command(
            name = "curl",
            description = "run curl with the application's token",
            customSynopsis = "access curl [OPTIONS] URL [curl's own arguments]")
    private static final class Curl implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private AccessLoginFlags flags;

        @Option(
                names = {"--allow-request", "-ar"},
                hidden = true,
                description = "accepted: a token is fetched before curl runs")
        private boolean allowRequest;

        @Parameters(arity = "0..*", paramLabel = "URL", description = "the application, then arguments for curl")
        private List<String> arguments = List.of();

        private final Terminal terminal;

        Curl(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() throws Exception {
            CurlArguments curl;
            try {
                curl = CurlArguments.parse(arguments);
            } catch (IllegalArgumentException wrong) {
                throw new ParameterException(spec.commandLine(), wrong.getMessage());
            }
            AccessToken token;
            try (AccessLogin login = flags.login(terminal).build()) {
                token = awaited(terminal, login.login(curl.application()));
            }
            try (CurlTrust trust = CurlTrust.of(terminal, flags.caCertificates(terminal))) {
                ProcessBuilder process = new ProcessBuilder(curl.command(token)).inheritIO();
                process.environment().putAll(trust.variables());
                int code = process.start().waitFor();
                if (code != 0) {
                    terminal.say("exit status %d", code);
                }
                return code;
            }
        }
    }

    /** {@code access ssh-config}. */
    @Command(name = "ssh-config", description = "print the lines for ~/.ssh/config")
    private static final class SshConfig implements Callable<Integer> {
        @Mixin
        private AccessLoginFlags flags;

        @Option(names = "--hostname", paramLabel = "HOST", description = "the SSH application's host")
        private @Nullable String hostname;

        @Option(names = "--short-lived-cert", description = "with a certificate made at each connection")
        private boolean shortLived;

        private final Terminal terminal;

        SshConfig(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            String home = terminal.home().toString();
            String program = ThisProgram.command();
            List<String> options = flags.given();
            terminal.out()
                    .print(
                            shortLived
                                    ? SshClientConfig.shortLivedCertificate(home, program, hostname, options)
                                    : SshClientConfig.plain(home, program, hostname, options));
            terminal.out().flush();
            return ExitCode.OK;
        }
    }

    /** {@code access ssh-gen}. */
    @Command(name = "ssh-gen", description = "make a key and a short-lived certificate for an SSH application")
    private static final class SshGen implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private AccessLoginFlags flags;

        @Option(names = "--hostname", paramLabel = "HOST", description = "the SSH application's host")
        private @Nullable String hostname;

        private final Terminal terminal;

        SshGen(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            URI target = AccessLoginFlags.application(hostname);
            try (AccessLogin login = flags.login(terminal).build()) {
                awaited(terminal, login.sshCertificate(target, terminal.configurationDirectory()));
            }
            return ExitCode.OK;
        }
    }
}
