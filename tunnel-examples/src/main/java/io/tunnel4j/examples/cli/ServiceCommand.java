package io.tunnel4j.examples.cli;

import io.tunnel4j.ConnectorFile;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code service} words: a connector that the system starts, and starts again when it dies. */
@Command(
        name = "service",
        description = "run a connector as a service of the system (systemd)",
        synopsisSubcommandLabel = "COMMAND")
final class ServiceCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    private ServiceCommand() {}

    static CommandLine commandLine(Terminal terminal) {
        return new CommandLine(new ServiceCommand())
                .addSubcommand(new Install(terminal))
                .addSubcommand(new Uninstall(terminal));
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "service: expected the command 'install' or 'uninstall'");
    }

    /** {@code service install}. */
    @Command(
            name = "install",
            description = "install and start the service: with a tunnel token, or with a configuration file")
    private static final class Install implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Parameters(index = "0", arity = "0..1", paramLabel = "TOKEN", description = "the tunnel's token")
        private @Nullable String token;

        @Option(
                names = "--config",
                paramLabel = "FILE",
                description = "configuration file with tunnel and credentials-file (default: the first found)")
        private @Nullable Path config;

        @Option(names = "--no-update-service", hidden = true, description = "accepted: there is no update of its own")
        private boolean noUpdateService;

        @Option(names = "--root", hidden = true, paramLabel = "DIR", description = "the system's root directory")
        private Path root = Path.of("/");

        private final Terminal terminal;

        Install(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() throws IOException, InterruptedException {
            FlagDefaults.inherit(spec.commandLine());
            SystemdUnit unit = new SystemdUnit(root, terminal.environment());
            if (token != null && config != null) {
                throw new ParameterException(
                        spec.commandLine(), "--config: given together with a token (expected: one of them)");
            }
            List<String> command = new ArrayList<>(ThisProgram.words());
            command.addAll(List.of("tunnel", "--no-autoupdate"));
            unit.checkCanInstall();
            if (token == null) {
                Path file = configuration();
                command.addAll(List.of("--config", file.toAbsolutePath().toString(), "run"));
                unit.install(command);
            } else {
                TunnelCredentials.fromToken(token);
                // Not on the command line, where every user of the machine could read it.
                command.addAll(List.of("run", "--token-file", SystemdUnit.TOKEN_FILE.toString()));
                unit.install(command, token);
            }
            terminal.say("Installed and started %s. Its log: journalctl -u %s", unit.file(), SystemdUnit.NAME);
            return ExitCode.OK;
        }

        /** What the service will need to know is all in there, or the installation is refused. */
        private Path configuration() {
            Path file = config != null ? config : ConfigurationFiles.path(terminal);
            if (file == null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "service install: no token and no config.yml in " + terminal.configurationDirectory()
                                + " or /etc/cloudflared (expected: one of them)");
            }
            ConnectorFile read = ConnectorFile.read(file);
            if (read.tunnel().isEmpty() || read.credentialsFile().isEmpty()) {
                throw new TunnelException(
                        TunnelErrorCode.INVALID_CONFIGURATION,
                        file + ": for a service it needs the keys tunnel and credentials-file");
            }
            return file;
        }
    }

    /** {@code service uninstall}. */
    @Command(name = "uninstall", description = "stop and remove the service")
    private static final class Uninstall implements Callable<Integer> {
        @Option(names = "--root", hidden = true, paramLabel = "DIR", description = "the system's root directory")
        private Path root = Path.of("/");

        private final Terminal terminal;

        Uninstall(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() throws IOException, InterruptedException {
            SystemdUnit unit = new SystemdUnit(root, terminal.environment());
            unit.uninstall();
            terminal.say("Removed %s", unit.file());
            return ExitCode.OK;
        }
    }
}
