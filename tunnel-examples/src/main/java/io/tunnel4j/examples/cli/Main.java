package io.tunnel4j.examples.cli;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
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
        versionProvider = Main.Version.class)
public final class Main implements Callable<Integer> {
    private static final String LEAK_DETECTION = "io.netty.leakDetection.level";
    private static final String FLIGHT_RECORDER_EVENTS = "io.netty.jfr.enabled";
    private static final List<String> GROUPS =
            List.of("tunnel", "access", "edge", "service", "demo", "example", "archive", "forward");

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
        if (System.getProperty(LEAK_DETECTION) == null) {
            // Watching every 128th buffer costs a tenth of a request's time; tests look for leaks.
            System.setProperty(LEAK_DETECTION, "disabled");
        }
        if (System.getProperty(FLIGHT_RECORDER_EVENTS) == null) {
            // Events of the buffer allocator, which loads the whole of JFR for them.
            System.setProperty(FLIGHT_RECORDER_EVENTS, "false");
        }
        WarmUp.forWords(args);
        int code = run(Terminal.ofProcess(), args);
        System.out.flush();
        System.exit(code);
    }

    static int run(Terminal terminal, String... args) {
        String[] words = withGroup(asFlags(args));
        int code = execute(terminal, words);
        // A pipe's end is told by its connection, whose other end may have gone first.
        boolean isLost = code == ExitCode.OK
                && !PlainWords.isPipe(words)
                && terminal.out().checkError();
        if (isLost) {
            terminal.say("standard output: cannot be written (expected: an open pipe, or room for a file)");
        }
        return isLost ? ExitCode.FAILED : code;
    }

    private static int execute(Terminal terminal, String... words) {
        Callable<Integer> plain = PlainWords.command(terminal, words);
        if (plain != null) {
            try {
                return plain.call();
            } catch (Exception failure) {
                return failed(terminal, failure);
            }
        }
        return commandLine(terminal, words).execute(words);
    }

    /** {@code version} and {@code help COMMAND} are the reference's words for two flags. */
    private static String[] asFlags(String... args) {
        if (args.length == 1 && args[0].equals("version")) {
            return new String[] {"--version"};
        }
        if (args.length > 0 && (args[0].equals("help") || args[0].equals("h"))) {
            return Stream.concat(Arrays.stream(args).skip(1), Stream.of("--help"))
                    .toArray(String[]::new);
        }
        return args;
    }

    /** With the program itself called {@code tunnel}, its commonest words need no group: {@code tunnel run}, {@code tunnel --url U}. */
    private static String[] withGroup(String... args) {
        boolean isOwn = args.length == 0
                || GROUPS.contains(args[0])
                || Set.of("--help", "-h", "--version", "-v", "-V").contains(args[0]);
        if (isOwn || !(args[0].startsWith("-") || TunnelCommand.words().contains(args[0]))) {
            return args;
        }
        return Stream.concat(Stream.of("tunnel"), Arrays.stream(args)).toArray(String[]::new);
    }

    /** The whole command line. */
    static CommandLine commandLine(Terminal terminal) {
        return commandLine(terminal, new String[0]);
    }

    /** Only the command that the words name, if they do: building the others would cost more time than most commands take. */
    private static CommandLine commandLine(Terminal terminal, String... words) {
        String group = words.length == 0 ? "" : words[0];
        String word = words.length < 2 ? "" : words[1];
        CommandLine line = new CommandLine(new Main());
        for (String name : GROUPS.contains(group) ? List.of(group) : GROUPS) {
            CommandLine added = switch (name) {
                case "tunnel" -> TunnelCommand.commandLine(terminal, word);
                case "access" -> AccessCommand.commandLine(terminal, word);
                case "edge" -> EdgeCommand.commandLine(terminal);
                case "service" -> ServiceCommand.commandLine(terminal);
                case "demo" -> new CommandLine(new DemoCommand(terminal));
                case "archive" -> new CommandLine(new ArchiveCommand(terminal));
                case "example" -> new CommandLine(new ExampleCommand());
                default -> null;
            };
            if (added != null) {
                line.addSubcommand(added);
            }
        }
        if (group.equals("forward")) {
            line.addSubcommand(AccessCommand.commandLine(terminal, word));
        }
        line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpAutoWidth(true);
        line.setUsageHelpWidth(100);
        line.setParameterExceptionHandler((wrong, given) -> usageError(terminal, wrong));
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
            return new String[] {"tunnel4j version " + (version == null ? "development build" : version)};
        }
    }
}
