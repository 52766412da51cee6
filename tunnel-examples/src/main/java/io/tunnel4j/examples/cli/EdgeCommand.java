package io.tunnel4j.examples.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code edge} words: the public side, self-hosted. */
@Command(name = "edge", description = "host the public side yourself", synopsisSubcommandLabel = "COMMAND")
final class EdgeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    private EdgeCommand() {}

    static CommandLine commandLine(Terminal terminal) {
        CommandLine line = new CommandLine(new EdgeCommand());
        line.addSubcommand(new EdgeRunCommand(terminal));
        line.registerConverter(Duration.class, DurationText::parse);
        return line;
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "edge: expected the command 'run'");
    }
}
