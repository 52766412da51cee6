package io.tunnel4j.examples.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.tunnel4j.ConnectorFile;
import io.tunnel4j.Diagnosis;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tunnel diag}: walks the way to the edge once and says where it ends. */
@Command(name = "diag", description = "find out what stands between this machine and the edge")
final class DiagCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private RunFlags flags;

    @Parameters(index = "0", arity = "0..1", paramLabel = "TUNNEL", description = "the tunnel's name or UUID")
    private @Nullable String tunnel;

    private final Terminal terminal;

    DiagCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        ConnectorFile file = TunnelCommand.configurationFile(terminal, flags.config);
        TunnelCommand.fillFlags(terminal, spec.commandLine(), flags, file);
        if (flags.output != null && !flags.output.equals("json")) {
            throw new ParameterException(spec.commandLine(), "--output: '" + flags.output + "' (expected: json)");
        }
        LogOutput.configure(flags.logLevel == null ? "error" : flags.logLevel, flags.logFile);
        TunnelCredentials credentials = CredentialFlags.find(terminal, flags, file, tunnel);
        try (TunnelConnector connector = new TunnelRun(terminal, flags)
                .connector(credentials, file, Duration.ZERO)
                .build()) {
            Diagnosis found = diagnosis(connector);
            if (flags.output == null) {
                terminal.out().println(FirstConnection.flagged(found.toString()));
            } else {
                terminal.out()
                        .println(new GsonBuilder()
                                .setPrettyPrinting()
                                .disableHtmlEscaping()
                                .create()
                                .toJson(json(found)));
            }
            return found.canConnect() ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    private Diagnosis diagnosis(TunnelConnector connector) {
        return Progress.awaiting(
                terminal,
                "names, addresses and the edge to answer",
                () -> connector.diagnose().toCompletableFuture().join());
    }

    private static JsonObject json(Diagnosis found) {
        JsonArray steps = new JsonArray();
        for (Diagnosis.Step step : found.steps()) {
            JsonObject one = new JsonObject();
            one.addProperty("step", step.kind().name().toLowerCase(Locale.ROOT));
            one.addProperty("outcome", step.outcome().name().toLowerCase(Locale.ROOT));
            one.addProperty("subject", step.subject());
            one.addProperty("detail", step.detail());
            one.addProperty("advice", FirstConnection.flagged(step.advice()));
            one.addProperty("elapsed_ms", step.elapsed().toMillis());
            steps.add(one);
        }
        JsonObject json = new JsonObject();
        json.addProperty("can_connect", found.canConnect());
        json.add("steps", steps);
        return json;
    }
}
