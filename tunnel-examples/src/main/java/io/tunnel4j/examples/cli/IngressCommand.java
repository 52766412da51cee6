package io.tunnel4j.examples.cli;

import io.tunnel4j.ConnectorFile;
import io.tunnel4j.Ingress;
import io.tunnel4j.ingress.RuleMatcher;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code tunnel ingress} words: what a configuration file's rules are worth, before a connector runs by them. */
@Command(name = "ingress", description = "check the rules of a configuration file", synopsisSubcommandLabel = "COMMAND")
final class IngressCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    private IngressCommand() {}

    static CommandLine commandLine(Terminal terminal) {
        return new CommandLine(new IngressCommand())
                .addSubcommand(new Validate(terminal))
                .addSubcommand(new RuleOf(terminal));
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "ingress: expected the command 'validate' or 'rule'");
    }

    /** The rules of the file asked for, or of the first found; the file is named first. */
    private static Ingress rules(Terminal terminal, String what, @Nullable Path given) {
        Path file = given != null ? given : ConfigurationFiles.path(terminal);
        if (file == null) {
            throw Usage.wrong("--config: no configuration file was found (expected: the file, or one in "
                    + terminal.configurationDirectory() + ")");
        }
        terminal.out().println(what + " rules from " + file);
        ConnectorFile read = ConnectorFile.read(file);
        read.warnings().forEach(warning -> terminal.say("config: %s", warning));
        return read.ingress()
                .orElseThrow(() -> Usage.wrong("ingress: " + file + " has no rules (expected: at least one)"));
    }

    /** {@code tunnel ingress validate}. */
    @Command(name = "validate", description = "check that the rules can be read and the last one covers everything")
    private static final class Validate implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Option(names = "--config", paramLabel = "FILE", description = "the file (default: the first found)")
        private @Nullable Path config;

        private final Terminal terminal;

        Validate(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            FlagDefaults.inherit(spec.commandLine());
            rules(terminal, "Validating", config);
            terminal.out().println("OK");
            return ExitCode.OK;
        }
    }

    /** {@code tunnel ingress rule}. */
    @Command(name = "rule", description = "show the rule that a URL comes under")
    private static final class RuleOf implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Parameters(index = "0", paramLabel = "URL", description = "a public URL")
        private String url = "";

        @Option(names = "--config", paramLabel = "FILE", description = "the file (default: the first found)")
        private @Nullable Path config;

        private final Terminal terminal;

        RuleOf(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            FlagDefaults.inherit(spec.commandLine());
            URI asked = asked();
            String path = asked.getRawPath().isEmpty() ? "/" : asked.getRawPath();
            RuleMatcher.Match match =
                    new RuleMatcher(rules(terminal, "Using", config)).match(asked.getRawAuthority(), path);
            terminal.out().printf("Matched rule #%d%n", match.index());
            if (!match.rule().hostname().isEmpty()) {
                terminal.out().printf("\thostname: %s%n", match.rule().hostname());
            }
            if (!match.rule().path().isEmpty()) {
                terminal.out().printf("\tpath: %s%n", match.rule().path());
            }
            terminal.out().printf("\tservice: %s%n", match.rule().origin().service());
            return ExitCode.OK;
        }

        private URI asked() {
            try {
                URI uri = new URI(url);
                if (uri.getHost() != null) {
                    return uri;
                }
            } catch (URISyntaxException notAUri) {
                // Told below.
            }
            throw Usage.wrong("URL: '" + url + "' (expected: a URL such as https://app.example.com/path)");
        }
    }
}
