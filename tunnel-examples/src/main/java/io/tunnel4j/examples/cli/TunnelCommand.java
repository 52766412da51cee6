package io.tunnel4j.examples.cli;

import io.tunnel4j.ConnectorFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
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
    private static final Map<String, Function<Terminal, Object>> WORDS = allWords();

    @Spec
    private CommandSpec spec;

    @Mixin
    private RunFlags flags;

    private final Terminal terminal;

    private TunnelCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Builds the group, with only the command of this word if it is one of its words. */
    static CommandLine commandLine(Terminal terminal, String word) {
        CommandLine line = new CommandLine(new TunnelCommand(terminal));
        if (WORDS.containsKey(word)) {
            line.addSubcommand(WORDS.get(word).apply(terminal));
        } else {
            WORDS.values().forEach(command -> line.addSubcommand(command.apply(terminal)));
        }
        line.registerConverter(Duration.class, DurationText::parse);
        return line;
    }

    static Set<String> words() {
        return WORDS.keySet();
    }

    private static Map<String, Function<Terminal, Object>> allWords() {
        Map<String, Function<Terminal, Object>> words = new LinkedHashMap<>();
        words.put("run", RunCommand::new);
        words.put("login", LoginCommand::new);
        TunnelAdminCommands.addTo(words);
        words.put("diag", DiagCommand::new);
        words.put("ready", ReadyCommand::new);
        words.put("ingress", IngressCommand::commandLine);
        words.put("service", ServiceCommand::commandLine);
        return Collections.unmodifiableMap(words);
    }

    /** Without a word of its own: the one-liner, the quick tunnel, or what the configuration file says. */
    @Override
    public Integer call() throws Exception {
        fillFlags(terminal, spec.commandLine(), flags, configurationFile(terminal, flags.config));
        TunnelRun run = new TunnelRun(terminal, flags);
        if (flags.hostname != null || flags.name != null) {
            return new OneLiner(terminal, flags).run();
        }
        boolean hasCredentials = flags.token != null
                || flags.tokenFile != null
                || flags.credentialsFile != null
                || flags.credentialsContents != null
                || flags.config != null;
        if (hasCredentials) {
            return run.run(spec.commandLine(), null);
        }
        if (flags.url == null && flags.unixSocket == null && !flags.helloWorld) {
            throw new ParameterException(
                    spec.commandLine(),
                    "tunnel: expected a command such as 'run', or --url with the service to publish");
        }
        return run.runQuickTunnel();
    }

    /** The configuration file asked for, or the first found where the reference looks. */
    static @Nullable ConnectorFile configurationFile(Terminal terminal, @Nullable Path given) {
        Path file = given != null ? given : ConfigurationFiles.path(terminal);
        return file == null ? null : ConnectorFile.read(file);
    }

    /** Reads the command line once more, with the environment and the file behind what it says. */
    static void fillFlags(Terminal terminal, CommandLine command, RunFlags flags, @Nullable ConnectorFile file) {
        Map<String, String> fileFlags = file == null ? Map.of() : file.flags();
        new FlagDefaults(terminal.environment(), fileFlags).fill(command);
    }
}
