package io.tunnel4j.examples.cli;

import io.tunnel4j.ConnectorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code tunnel} words: run a connector, and what leads to it. */
@Command(name = "tunnel", description = "publish local services through a tunnel", synopsisSubcommandLabel = "COMMAND")
final class TunnelCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private RunFlags flags;

    private final Terminal terminal;

    private TunnelCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    static CommandLine commandLine(Terminal terminal) {
        CommandLine line = new CommandLine(new TunnelCommand(terminal));
        line.addSubcommand(new RunCommand(terminal));
        line.registerConverter(Duration.class, DurationText::parse);
        return line;
    }

    /** Without a word of its own: the one-liner and the quick tunnel. */
    @Override
    public Integer call() throws Exception {
        if (flags.url == null && flags.unixSocket == null && !flags.helloWorld && flags.config == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "tunnel: expected a command such as 'run', or --url with the service to publish");
        }
        return new TunnelRun(terminal, spec.commandLine(), flags).run(null);
    }

    static List<Path> configurationDirectories(Terminal terminal) {
        return List.of(
                terminal.configurationDirectory(),
                terminal.home().resolve(".cloudflare-warp"),
                terminal.home().resolve("cloudflare-warp"),
                Path.of("/etc/cloudflared"),
                Path.of("/usr/local/etc/cloudflared"));
    }

    /** The configuration file asked for, or the first found where the reference looks. */
    static @Nullable ConnectorFile configurationFile(Terminal terminal, @Nullable Path given) {
        if (given != null) {
            return ConnectorFile.read(given);
        }
        for (Path directory : configurationDirectories(terminal)) {
            for (String name : List.of("config.yml", "config.yaml")) {
                Path file = directory.resolve(name);
                if (Files.isReadable(file)) {
                    return ConnectorFile.read(file);
                }
            }
        }
        return null;
    }

    /** Reads the command line once more, with the environment and the file behind what it says. */
    static void fillFlags(Terminal terminal, CommandLine command, RunFlags flags, @Nullable ConnectorFile file) {
        Map<String, String> fileFlags = file == null ? Map.of() : file.flags();
        new FlagDefaults(terminal.environment(), fileFlags).fill(command);
    }
}
