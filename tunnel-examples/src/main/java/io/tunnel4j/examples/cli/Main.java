package io.tunnel4j.examples.cli;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program in {@code tunnel.jar}. */
@Command(
        name = "tunnel",
        description =
                "Secure tunnels: publish services without an open port, reach protected ones, host the edge yourself.",
        subcommands = ExampleCommand.class,
        versionProvider = Main.Version.class)
public final class Main implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"--help", "-h"},
            usageHelp = true,
            scope = CommandLine.ScopeType.INHERIT,
            description = "show help")
    private boolean help;

    @Option(
            names = {"--version", "-v", "-V"},
            versionHelp = true,
            description = "print the version")
    private boolean version;

    private Main() {}

    /**
     * Runs the program and ends the process.
     *
     * @param args words and flags; {@code --help} at every level lists them
     */
    public static void main(String[] args) {
        int code = run(Terminal.ofProcess(), args);
        System.out.flush();
        System.exit(code);
    }

    static int run(Terminal terminal, String... args) {
        return commandLine(terminal).execute(args);
    }

    static CommandLine commandLine(Terminal terminal) {
        CommandLine line = new CommandLine(new Main());
        line.addSubcommand(TunnelCommand.commandLine(terminal));
        line.addSubcommand(AccessCommand.commandLine(terminal));
        line.addSubcommand(EdgeCommand.commandLine(terminal));
        line.addSubcommand(new DemoCommand(terminal));
        line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpAutoWidth(true);
        line.setUsageHelpWidth(100);
        line.setParameterExceptionHandler((wrong, words) -> usageError(terminal, wrong));
        line.setExecutionExceptionHandler((failure, command, parsed) -> failed(terminal, failure));
        return line;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getOut());
        return ExitCode.OK;
    }

    /** One line that names the flag or value; the nearest right one when there is one. */
    private static int usageError(Terminal terminal, ParameterException wrong) {
        String message = String.valueOf(wrong.getMessage()).lines().findFirst().orElse("wrong use");
        terminal.say("%s", message + Suggestion.forFailure(wrong));
        return ExitCode.USAGE;
    }

    /** What a user can act on is one line; anything else is a bug, and its stack trace belongs in a report. */
    private static int failed(Terminal terminal, Exception failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof TunnelException known) {
            terminal.say("%s", String.valueOf(known.getMessage()));
            return known.code() == TunnelErrorCode.INVALID_CONFIGURATION
                            || known.code() == TunnelErrorCode.INVALID_CREDENTIALS
                    ? ExitCode.USAGE
                    : ExitCode.FAILED;
        }
        if (cause instanceof java.io.IOException problem) {
            terminal.say("%s", problem.getMessage() == null ? problem.toString() : problem.getMessage());
            return ExitCode.FAILED;
        }
        terminal.say("internal error, please report it with this trace:");
        cause.printStackTrace(terminal.err());
        return ExitCode.FAILED;
    }

    /** The version the jar was built with. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"tunnel4j " + (version == null ? "development build" : version)};
        }
    }
}
