package io.tunnel4j.examples.cli;

import io.tunnel4j.ConnectorFile;
import io.tunnel4j.DrainReport;
import io.tunnel4j.EdgeIpVersion;
import io.tunnel4j.MetricsEndpoint;
import io.tunnel4j.OutboundProxy;
import io.tunnel4j.PostQuantum;
import io.tunnel4j.QuickTunnel;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Runs a connector made of flags and a configuration file until the process is told to stop. Not thread-safe. */
final class TunnelRun {
    /** Longest grace period the reference takes. */
    private static final Duration MAX_GRACE = Duration.ofMinutes(3);

    private final RunFlags flags;
    private Terminal terminal;

    TunnelRun(Terminal terminal, RunFlags flags) {
        this.terminal = terminal;
        this.flags = flags;
    }

    /** Also what is said belongs to the log when programs read it. */
    private void configureLog() {
        terminal = log(terminal, flags);
    }

    /** Sets up the log that flags describe; returns where to say things from now on. */
    static Terminal log(Terminal terminal, RunFlags flags) {
        String output = flags.output == null ? "default" : flags.output;
        if (!output.equals("default") && !output.equals("json")) {
            throw Usage.wrong("--output: '" + output + "' (expected: default or json)");
        }
        Terminal said = output.equals("json") ? JsonLines.over(terminal) : terminal;
        LogOutput.configure(flags.logLevel, LogOutput.file(flags.logFile, flags.logDirectory));
        return said;
    }

    int run(CommandLine command, @Nullable String tunnel) throws Exception {
        FlagDefaults.inherit(command);
        ConnectorFile file = TunnelCommand.configurationFile(terminal, flags.config);
        TunnelCommand.fillFlags(terminal, command, flags, file);
        configureLog();
        return run(file, tunnel);
    }

    /** The same with flags that are complete: no environment, and of the file what does not stand in them. */
    int runPlain(@Nullable ConnectorFile file) throws Exception {
        LogOutput.configure(flags.logLevel, flags.logFile);
        return run(file, null);
    }

    private int run(@Nullable ConnectorFile file, @Nullable String tunnel) throws IOException, InterruptedException {
        if (file != null) {
            file.warnings().forEach(warning -> terminal.say("config: %s", warning));
        }
        return run(CredentialFlags.find(terminal, flags, file, tunnel), file, null);
    }

    /** Asks the quick service for a hostname, and serves it by one connection. */
    int runQuickTunnel() throws IOException, InterruptedException {
        configureLog();
        terminal.say("Requesting a quick tunnel: no account, no guarantee of uptime, for trying things out.");
        URI service = flags.quickService == null ? QuickTunnel.DEFAULT_SERVICE : URI.create(flags.quickService);
        Path[] roots = flags.caCertificate == null ? new Path[0] : new Path[] {flags.caCertificate};
        QuickTunnel quick =
                QuickTunnel.request(service, roots).toCompletableFuture().join();
        terminal.say("Your quick tunnel will be at https://%s once it is connected.", quick.hostname());
        flags.haConnections = 1;
        return run(quick.credentials(), null, quick.hostname());
    }

    int run(TunnelCredentials credentials, @Nullable ConnectorFile file, @Nullable String quickHostname)
            throws IOException, InterruptedException {
        CompletableFuture<Void> stop = StopSignal.arm();
        Duration grace = flags.gracePeriod == null ? Duration.ofSeconds(30) : flags.gracePeriod;
        if (grace.compareTo(MAX_GRACE) > 0) {
            throw Usage.wrong("--grace-period: " + grace.toSeconds() + "s (expected: at most 3m)");
        }
        try (TunnelConnector connector = connector(credentials, file, grace).build()) {
            FirstConnection first = FirstConnection.of(terminal, connector, stop, flags.keepTrying);
            // While it connects, as both take their time.
            try (MetricsEndpoint metrics = metrics(connector, quickHostname)) {
                terminal.say("Starting metrics server on %s/metrics", HostAndPort.text(metrics.address()));
                first.await();
                if (flags.pidFile != null) {
                    Files.writeString(
                            flags.pidFile, Long.toString(ProcessHandle.current().pid()));
                }
                stop.join();
                terminal.say(
                        "Initiating graceful shutdown, waiting up to %d s for running requests", grace.toSeconds());
                DrainReport report =
                        connector.drain(grace).toCompletableFuture().join();
                terminal.say("Tunnel connector stopped: %s", report);
            }
        }
        return ExitCode.OK;
    }

    TunnelConnector.Builder connector(TunnelCredentials credentials, @Nullable ConnectorFile file, Duration grace) {
        String protocol = flags.protocol;
        if (protocol != null && !List.of("http2", "auto", "quic", "h2mux").contains(protocol)) {
            throw Usage.wrong("--protocol: '" + protocol + "' (expected: http2, auto or quic)");
        }
        if ("quic".equals(protocol) || "h2mux".equals(protocol)) {
            terminal.say("--protocol: %s is not offered, using http2", String.valueOf(protocol));
        }
        TunnelConnector.Builder connector = TunnelConnector.builder(credentials)
                .ingress(OriginFlags.ingress(flags, file))
                .edge(flags.edge.toArray(String[]::new))
                .gracePeriod(grace)
                .listener(new ConnectorLog())
                .outboundProxy(OutboundProxy.fromEnvironment())
                .features(flags.features.toArray(String[]::new))
                .reportedFlags(reported());
        flags.tags.forEach(connector::tag);
        if (flags.caCertificate != null) {
            connector.edgeCa(flags.caCertificate);
        }
        if (flags.haConnections != null) {
            connector.haConnections(flags.haConnections);
        }
        if (flags.retries != null) {
            connector.retries(flags.retries);
        }
        Duration busyPoll = flags.busyPoll;
        if (busyPoll != null) {
            Usage.checked("--busy-poll", "busyPoll", () -> connector.busyPoll(busyPoll));
        }
        if (flags.rpcTimeout != null) {
            connector.rpcTimeout(flags.rpcTimeout);
        }
        if (flags.region != null && !flags.region.isEmpty()) {
            connector.region(flags.region);
        }
        if (flags.maxActiveFlows != null) {
            connector.maxActiveFlows(flags.maxActiveFlows);
        }
        if (flags.edgeIpVersion != null) {
            connector.edgeIpVersion(ipVersion(flags.edgeIpVersion));
        }
        if (flags.edgeBindAddress != null) {
            connector.bindAddress(bindAddress(flags.edgeBindAddress));
        }
        if (flags.postQuantum) {
            connector.postQuantum(PostQuantum.REQUIRE);
        }
        return connector;
    }

    private MetricsEndpoint metrics(TunnelConnector connector, @Nullable String quickHostname) {
        if (flags.metrics == null) {
            return MetricsEndpoint.startOnDefaultPort(connector, quickHostname);
        }
        InetSocketAddress address = HostAndPort.listener("--metrics", flags.metrics);
        return MetricsEndpoint.start(connector, address, quickHostname);
    }

    private EdgeIpVersion ipVersion(String text) {
        return switch (text) {
            case "auto" -> EdgeIpVersion.AUTO;
            case "4" -> EdgeIpVersion.IPV4;
            case "6" -> EdgeIpVersion.IPV6;
            default -> throw Usage.wrong("--edge-ip-version: '" + text + "' (expected: 4, 6 or auto)");
        };
    }

    private InetAddress bindAddress(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw Usage.wrong("--edge-bind-address: '" + text + "' (expected: an IP address)");
        }
    }

    /** Flags that a locally managed tunnel reports to the edge when they were set. */
    private Map<String, String> reported() {
        Map<String, String> reported = new LinkedHashMap<>();
        put(reported, "retries", flags.retries);
        put(reported, "protocol", flags.protocol);
        put(reported, "loglevel", flags.logLevel);
        put(reported, "transport-loglevel", flags.transportLogLevel);
        put(reported, "origincert", flags.originCertificate);
        put(reported, "metrics", flags.metrics);
        put(reported, "edge-ip-version", flags.edgeIpVersion);
        put(reported, "edge-bind-address", flags.edgeBindAddress);
        put(reported, "max-active-flows", flags.maxActiveFlows);
        return reported;
    }

    private static void put(Map<String, String> reported, String name, @Nullable Object value) {
        if (value != null) {
            reported.put(name, value.toString());
        }
    }
}
