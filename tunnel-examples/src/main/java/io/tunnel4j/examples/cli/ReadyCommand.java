package io.tunnel4j.examples.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tunnel ready}: asks a running connector whether it is connected, for health checks of containers. */
@Command(name = "ready", description = "exit with 0 if the connector that serves --metrics is connected, else with 1")
final class ReadyCommand implements Callable<Integer> {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    @Spec
    private CommandSpec spec;

    @Option(names = "--metrics", paramLabel = "HOST:PORT", description = "as the connector's; also TUNNEL_METRICS")
    private @Nullable String metrics;

    private final Terminal terminal;

    ReadyCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        FlagDefaults.inherit(spec.commandLine());
        String given = metrics == null ? terminal.environment().get("TUNNEL_METRICS") : metrics;
        if (given == null || given.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "--metrics: missing (expected: the connector's host:port)");
        }
        InetSocketAddress address = HostAndPort.listener("--metrics", given);
        URI ready = URI.create("http://" + HostAndPort.text(address) + "/ready");
        try {
            HttpResponse<String> answer = HttpClient.newBuilder()
                    .connectTimeout(LIMIT)
                    .build()
                    .send(HttpRequest.newBuilder(ready).timeout(LIMIT).build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 200) {
                return ExitCode.OK;
            }
            terminal.say("not ready: %s", answer.body().strip());
        } catch (IOException e) {
            terminal.say("not ready: %s does not answer (expected: a connector with --metrics %s)", ready, given);
        }
        return ExitCode.FAILED;
    }
}
