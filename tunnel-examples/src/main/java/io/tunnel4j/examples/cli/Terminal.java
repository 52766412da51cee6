package io.tunnel4j.examples.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a command sees of the process it runs in, so that tests can run it in theirs.
 *
 * @param in standard input
 * @param out standard output: results only
 * @param err standard error: everything said to a person
 * @param environment environment variables
 * @param home the user's home directory
 * @param isInteractive whether a person watches standard error
 */
record Terminal(
        InputStream in,
        PrintStream out,
        PrintStream err,
        Map<String, String> environment,
        Path home,
        boolean isInteractive) {
    static Terminal ofProcess() {
        return new Terminal(
                System.in,
                System.out,
                System.err,
                System.getenv(),
                home(System.getenv(), System.getProperty("user.home")),
                isTerminal());
    }

    /** An empty HOME is none; as a path it would be whatever directory one happens to be in, and get the tokens. */
    static Path home(Map<String, String> environment, String ofUser) {
        String home = environment.getOrDefault("HOME", "");
        return Path.of(home.isEmpty() ? ofUser : home);
    }

    /** From Java 22 on there is a console without a terminal, too. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        return System.console() != null && System.getenv("TERM") != null;
    }

    void say(String format, Object... arguments) {
        err.printf(format + "%n", arguments);
        err.flush();
    }

    Path configurationDirectory() {
        return home.resolve(".cloudflared");
    }
}
