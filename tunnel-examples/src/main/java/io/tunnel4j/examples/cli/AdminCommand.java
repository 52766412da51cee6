package io.tunnel4j.examples.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.tunnel4j.TunnelAdmin;
import io.tunnel4j.TunnelInfo;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the commands that manage tunnels have in common. */
abstract class AdminCommand implements Callable<Integer> {
    private static final Gson JSON = new GsonBuilder()
            .setPrettyPrinting()
            .serializeNulls()
            .disableHtmlEscaping()
            .create();

    @Spec
    private CommandSpec spec;

    @Mixin
    private AdminFlags flags;

    @Option(
            names = {"--output", "-o"},
            paramLabel = "FORMAT",
            description = "json or yaml, for scripts")
    private @Nullable String output;

    final Terminal terminal;

    AdminCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public final Integer call() throws Exception {
        if (output != null && !output.equals("json") && !output.equals("yaml")) {
            throw wrong("--output: '" + output + "' (expected: json or yaml)");
        }
        run(flags.admin(terminal));
        return ExitCode.OK;
    }

    abstract void run(TunnelAdmin admin) throws Exception;

    final TunnelInfo tunnel(TunnelAdmin admin, String nameOrId) {
        return AdminFlags.tunnel(admin, nameOrId);
    }

    final ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** Whether a program reads the result. */
    final boolean isStructured() {
        return output != null;
    }

    final void print(Object value) {
        if ("yaml".equals(output)) {
            terminal.out().print(YamlText.of(JSON.toJsonTree(value)));
        } else {
            terminal.out().println(JSON.toJson(value));
        }
    }
}
