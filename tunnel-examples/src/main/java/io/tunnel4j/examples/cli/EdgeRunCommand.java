package io.tunnel4j.examples.cli;

import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.edge.DevelopmentAuthority;
import io.tunnel4j.edge.EdgeCertificates;
import io.tunnel4j.edge.EdgeConfiguration;
import io.tunnel4j.edge.TunnelEdge;
import io.tunnel4j.edge.store.EdgeStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code edge run}: an edge made of a configuration file or of flags, until it is told to stop. */
@Command(name = "run", description = "run an edge until SIGINT or SIGTERM")
final class EdgeRunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "describes the whole edge (YAML, docs/edge.md); the other flags then only concern logging")
    private @Nullable Path config;

    @Option(
            names = "--https",
            paramLabel = "HOST:PORT",
            defaultValue = "localhost:8443",
            description = "public listener")
    private String https = "";

    @Option(names = "--http", paramLabel = "HOST:PORT", description = "plain HTTP, redirected to HTTPS")
    private @Nullable String http;

    @Option(
            names = "--connectors",
            paramLabel = "HOST:PORT",
            defaultValue = "localhost:7844",
            description = "where connectors dial in")
    private String connectors = "";

    @Option(names = "--metrics", paramLabel = "HOST:PORT", description = "/metrics, /ready and /healthcheck")
    private @Nullable String metrics;

    @Option(names = "--data", paramLabel = "DIR", description = "keeps tunnels, routes and the development authority")
    private @Nullable Path data;

    @Option(names = "--certificate", paramLabel = "FILE", description = "PEM chain for the public names")
    private @Nullable Path certificate;

    @Option(names = "--key", paramLabel = "FILE", description = "its key (PEM)")
    private @Nullable Path key;

    @Option(names = "--tunnel", paramLabel = "NAME", description = "a tunnel to create if it is missing; repeatable")
    private List<String> tunnels = List.of();

    @Option(names = "--route", paramLabel = "HOST=TUNNEL", description = "sends a public name to a tunnel; repeatable")
    private Map<String, String> routes = new LinkedHashMap<>();

    @Option(
            names = "--grace-period",
            paramLabel = "DURATION",
            defaultValue = "30s",
            description = "time to finish requests at the end")
    private Duration gracePeriod = Duration.ZERO;

    @Option(
            names = "--busy-poll",
            paramLabel = "DURATION",
            defaultValue = "200us",
            description = "how long to look for work before sleeping, 0 to 10ms")
    private Duration busyPoll = Duration.ZERO;

    @Option(names = "--loglevel", paramLabel = "LEVEL", description = "debug, info, warn, error or fatal")
    private @Nullable String logLevel;

    @Option(names = "--logfile", paramLabel = "FILE", description = "writes the log to a file")
    private @Nullable Path logFile;

    private final Terminal terminal;

    EdgeRunCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        LogOutput.configure(logLevel, logFile);
        if ((certificate == null) != (key == null)) {
            throw new ParameterException(spec.commandLine(), "--certificate and --key: expected both or none");
        }
        CompletableFuture<Void> stop = StopSignal.arm();
        if (config != null) {
            return runConfigured(EdgeConfiguration.fromFile(config), stop);
        }
        if (data != null) {
            Files.createDirectories(data);
        }
        try (EdgeStore store = data == null ? EdgeStore.inMemory() : EdgeStores.in(data);
                TunnelEdge edge = edge(store)) {
            edge.start().toCompletableFuture().join();
            provision(edge);
            terminal.say("edge is ready: https %s, connectors %s", edge.httpsAddress(), edge.connectorsAddress());
            stop.join();
            terminal.say("stopping: waiting up to %d s for running requests", gracePeriod.toSeconds());
            edge.drain(gracePeriod).toCompletableFuture().join();
        }
        return ExitCode.OK;
    }

    private int runConfigured(EdgeConfiguration configuration, CompletableFuture<Void> stop)
            throws InterruptedException {
        try (EdgeStore store = configuration.openStore();
                TunnelEdge edge = configuration.builder(store).build()) {
            edge.start()
                    .thenCompose(started -> configuration.applyTo(edge))
                    .toCompletableFuture()
                    .join();
            terminal.say("edge is ready");
            stop.join();
            Duration grace = configuration.gracePeriod();
            terminal.say("stopping: waiting up to %d s for running requests", grace.toSeconds());
            edge.drain(grace).toCompletableFuture().join();
        }
        return ExitCode.OK;
    }

    private TunnelEdge edge(EdgeStore store) throws IOException {
        DevelopmentAuthority authority = data == null ? DevelopmentAuthority.create() : DevelopmentAuthority.in(data);
        if (data != null) {
            Path root = data.resolve("ca.pem");
            authority.exportTo(root);
            terminal.say("authority: %s", root);
        }
        EdgeCertificates publicNames = certificate == null || key == null
                ? authority.certificates(routes.keySet().toArray(String[]::new))
                : EdgeCertificates.pem(certificate, key);
        TunnelEdge.Builder builder = TunnelEdge.builder()
                .store(store)
                .https(HostAndPort.listener("--https", https), publicNames)
                .connectors(HostAndPort.listener("--connectors", connectors), authority.certificates());
        Usage.checked("--busy-poll", "busyPoll", () -> builder.busyPoll(busyPoll));
        if (http != null) {
            builder.http(HostAndPort.listener("--http", http));
        }
        if (metrics != null) {
            builder.metrics(HostAndPort.listener("--metrics", metrics));
        }
        return builder.build();
    }

    private void provision(TunnelEdge edge) throws IOException {
        Map<String, TunnelCredentials> known = new LinkedHashMap<>();
        edge.tunnels()
                .list()
                .forEach(tunnel -> known.put(tunnel.name(), edge.tunnels().credentials(tunnel.name())));
        for (String name : tunnels) {
            TunnelCredentials credentials = known.computeIfAbsent(name, edge.tunnels()::create);
            if (data == null) {
                terminal.say("token of %s: %s", name, credentials.toToken());
            } else {
                Path file = data.resolve(name + ".token");
                Files.deleteIfExists(file);
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                Files.writeString(file, credentials.toToken());
                terminal.say("token of %s: in %s", name, file);
            }
        }
        routes.forEach((host, tunnel) -> {
            TunnelCredentials credentials = known.get(tunnel);
            if (credentials == null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--route: '" + host + "=" + tunnel + "' names no tunnel (expected: one given by --tunnel)");
            }
            edge.routes().add(host, credentials);
        });
    }
}
