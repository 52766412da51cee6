package io.tunnel4j.examples.cli;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code access} words: reach protected applications. */
@Command(
        name = "access",
        aliases = "forward",
        description = "reach applications behind Access",
        synopsisSubcommandLabel = "COMMAND")
final class AccessCommand implements Callable<Integer> {
    private static final Map<String, Function<Terminal, Object>> WORDS = allWords();

    @Spec
    private CommandSpec spec;

    @Option(names = "--fedramp", hidden = true, description = "the FedRAMP services")
    private boolean fedramp;

    private AccessCommand() {}

    /** Builds the group, with only the command of this word if it is one of its words. */
    static CommandLine commandLine(Terminal terminal, String word) {
        CommandLine line = new CommandLine(new AccessCommand());
        if (WORDS.containsKey(word)) {
            line.addSubcommand(WORDS.get(word).apply(terminal));
        } else {
            WORDS.values().stream().distinct().forEach(command -> line.addSubcommand(command.apply(terminal)));
        }
        CommandLine curl = line.getSubcommands().get("curl");
        if (curl != null) {
            curl.setStopAtPositional(true);
        }
        line.registerConverter(Duration.class, DurationText::parse);
        return line;
    }

    private static Map<String, Function<Terminal, Object>> allWords() {
        Map<String, Function<Terminal, Object>> words = new LinkedHashMap<>();
        Function<Terminal, Object> tcp = AccessTcpCommand::new;
        List.of("tcp", "ssh", "rdp", "smb").forEach(name -> words.put(name, tcp));
        words.put("socks", AccessSocksCommand::new);
        AccessTokenCommands.addTo(words);
        return Collections.unmodifiableMap(words);
    }

    boolean isFedramp() {
        return fedramp;
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "access: expected a command such as 'tcp' or 'ssh'");
    }
}
