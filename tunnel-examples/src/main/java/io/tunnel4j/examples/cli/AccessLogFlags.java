package io.tunnel4j.examples.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags about the log of the commands that forward connections. */
final class AccessLogFlags {
    @Option(
            names = {"--loglevel", "--log-level"},
            paramLabel = "LEVEL",
            description = "debug, info, warn, error or fatal")
    private @Nullable String logLevel;

    @Option(names = "--log-directory", paramLabel = "DIR", description = "writes the log to cloudflared.log there")
    private @Nullable Path logDirectory;

    @Option(names = "--logfile", paramLabel = "FILE", description = "writes the log to a file")
    private @Nullable Path logFile;

    @Option(
            names = "--debug-stream",
            hidden = true,
            paramLabel = "N",
            description = "accepted: payloads are not logged")
    private @Nullable Integer debugStream;

    void configure() {
        LogOutput.configure(logLevel, LogOutput.file(logFile, logDirectory));
    }

    /** Only to a file, if there is one: standard error belongs to what must be said. */
    void configureQuiet() {
        Path file = LogOutput.file(logFile, logDirectory);
        LogOutput.configure(file == null ? "fatal" : logLevel, file);
    }
}
