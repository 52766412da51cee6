package io.tunnel4j.examples.cli;

import io.tunnel4j.examples.demo.Demo;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code demo}: the whole system on this machine. */
@Command(name = "demo", description = "run edge, connector, service, database and forwarder on this machine")
final class DemoCommand implements Callable<Integer> {
    @Option(names = "--once", description = "check every answer, print 'demo: ok' and end")
    private boolean once;

    @Option(names = "--data", paramLabel = "DIR", description = "keeps the demo's certificate authority")
    private @Nullable Path data;

    private final Terminal terminal;

    DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        LogOutput.configure("warn", null);
        CompletableFuture<Void> stop = StopSignal.arm();
        Path directory = data == null ? terminal.home().resolve(".tunnel4j").resolve("demo") : data;
        try (Demo demo = Demo.start(this::line, directory)) {
            demo.describe();
            demo.check();
            if (once) {
                line("demo: ok");
                return ExitCode.OK;
            }
            line("Everything answers. Ctrl-C ends it.");
            stop.join();
            line("Draining.");
        } catch (IOException | SQLException failed) {
            terminal.say("demo: %s", String.valueOf(failed.getMessage()));
            return ExitCode.FAILED;
        }
        return ExitCode.OK;
    }

    private synchronized void line(String text) {
        terminal.out().println(text);
        terminal.out().flush();
    }
}
