package io.tunnel4j.examples.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tunnel run}: a connector until it is told to stop. */
@Command(name = "run", description = "run a connector of a tunnel until SIGINT or SIGTERM")
final class RunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private RunFlags flags;

    @Parameters(index = "0", arity = "0..1", paramLabel = "TUNNEL", description = "the tunnel's name or UUID")
    private @Nullable String tunnel;

    private final Terminal terminal;

    RunCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        return new TunnelRun(terminal, flags).run(spec.commandLine(), tunnel);
    }
}
