package io.tunnel4j.examples.cli;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sets up the log of this process: to standard error or a file, one line per event. Works once, before the first log line, as slf4j-simple reads
 * its settings when it is first used.
 */
final class LogOutput {
    private static final Set<String> LEVELS = Set.of("debug", "info", "warn", "error", "fatal");

    private LogOutput() {}

    /** The file that flags name: itself, or the reference's name in a directory. */
    static @Nullable Path file(@Nullable Path file, @Nullable Path directory) {
        return file != null || directory == null ? file : directory.resolve("cloudflared.log");
    }

    /** For commands without flags for it: what heals itself is said, in the same form as elsewhere. */
    static void configureIfNot(String level) {
        if (System.getProperty("org.slf4j.simpleLogger.logFile") == null) {
            configure(level, null);
        }
    }

    static void configure(@Nullable String level, @Nullable Path file) {
        String name = level == null || level.isEmpty() ? "info" : level.toLowerCase(Locale.ROOT);
        if (!LEVELS.contains(name)) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "--loglevel: '" + level + "' (expected: debug, info, warn, error or fatal)");
        }
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", name.equals("fatal") ? "off" : name);
        // Netty's own debug output and warnings are about Netty; they must not get between the lines of a ProxyCommand
        // either.
        System.setProperty(
                "org.slf4j.simpleLogger.log.io.netty",
                name.equals("fatal") ? "off" : name.equals("debug") ? "warn" : "error");
        if (file != null) {
            System.setProperty("org.slf4j.simpleLogger.showDateTime", "true");
            System.setProperty("org.slf4j.simpleLogger.dateTimeFormat", "yyyy-MM-dd'T'HH:mm:ssX");
        } else if (!(System.err instanceof DatedLines)) {
            System.setErr(new DatedLines(System.err));
        }
        System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
        System.setProperty("org.slf4j.simpleLogger.showShortLogName", "true");
        System.setProperty("org.slf4j.simpleLogger.logFile", file == null ? "System.err" : file.toString());
    }
}
