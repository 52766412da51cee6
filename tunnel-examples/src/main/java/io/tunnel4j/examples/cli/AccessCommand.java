package io.tunnel4j.examples.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code access} words: reach protected applications. */
@Command(
        name = "access",
        aliases = "forward",
        description = "reach applications behind Access",
        synopsisSubcommandLabel = "COMMAND")
final class AccessCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    private AccessCommand() {}

    static CommandLine commandLine(Terminal terminal) {
        CommandLine line = new CommandLine(new AccessCommand());
        line.addSubcommand(new AccessTcpCommand(terminal));
        AccessTokenCommands.addTo(line, terminal);
        line.registerConverter(Duration.class, DurationText::parse);
        return line;
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "access: expected a command such as 'tcp' or 'ssh'");
    }
}
