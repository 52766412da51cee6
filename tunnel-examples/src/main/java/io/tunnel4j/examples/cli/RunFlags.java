package io.tunnel4j.examples.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags of {@code tunnel} and {@code tunnel run}: both take all of them, as the reference does. */
final class RunFlags {
    @Option(names = "--config", paramLabel = "FILE", description = "configuration file (YAML)")
    @Nullable
    Path config;

    @Option(names = "--token", paramLabel = "TOKEN", description = "the tunnel token; wins over credentials")
    @Nullable
    String token;

    @Option(names = "--token-file", paramLabel = "FILE", description = "file with the tunnel token")
    @Nullable
    Path tokenFile;

    @Option(
            names = {"--credentials-file", "--cred-file"},
            paramLabel = "FILE",
            description = "the tunnel's credentials")
    @Nullable
    Path credentialsFile;

    @Option(names = "--credentials-contents", paramLabel = "JSON", description = "content of a credentials file")
    @Nullable
    String credentialsContents;

    @Option(names = "--origincert", paramLabel = "FILE", description = "cert.pem made by 'tunnel login'")
    @Nullable
    Path originCertificate;

    @Option(names = "--edge", split = ",", paramLabel = "HOST:PORT", description = "edge addresses; repeatable")
    List<String> edge = List.of();

    @Option(names = "--cacert", paramLabel = "FILE", description = "the only roots (PEM) trusted for the edge")
    @Nullable
    Path caCertificate;

    @Option(names = "--region", paramLabel = "NAME", description = "edge region; empty for the global one")
    @Nullable
    String region;

    @Option(names = "--edge-ip-version", paramLabel = "4|6|auto", description = "address family of the edge")
    @Nullable
    String edgeIpVersion;

    @Option(names = "--edge-bind-address", paramLabel = "IP", description = "local address of edge connections")
    @Nullable
    String edgeBindAddress;

    @Option(names = "--protocol", paramLabel = "http2|auto", description = "transport; quic falls back to http2")
    @Nullable
    String protocol;

    @Option(names = "--ha-connections", paramLabel = "N", description = "connections to the edge (default 4)")
    @Nullable
    Integer haConnections;

    @Option(names = "--retries", paramLabel = "N", description = "bound of the back-off's exponent (default 5)")
    @Nullable
    Integer retries;

    @Option(names = "--grace-period", paramLabel = "DURATION", description = "time to finish at the end (default 30s)")
    @Nullable
    Duration gracePeriod;

    @Option(
            names = "--busy-poll",
            paramLabel = "DURATION",
            description = "how long to look for work before sleeping, 0 to 10ms (default 200us)")
    @Nullable
    Duration busyPoll;

    @Option(names = "--rpc-timeout", hidden = true, paramLabel = "DURATION", description = "limit of a registration")
    @Nullable
    Duration rpcTimeout;

    @Option(
            names = "--tag",
            split = ",",
            paramLabel = "NAME=VALUE",
            description = "sent to origins as Cf-Warp-Tag-NAME")
    Map<String, String> tags = Map.of();

    @Option(
            names = {"--features", "-F"},
            split = ",",
            paramLabel = "NAME",
            description = "additional features announced to the edge")
    List<String> features = List.of();

    @Option(
            names = {"--post-quantum", "--pq"},
            description = "require a hybrid post-quantum key exchange")
    boolean postQuantum;

    @Option(names = "--metrics", paramLabel = "HOST:PORT", description = "listener of /metrics, /ready, /healthcheck")
    @Nullable
    String metrics;

    @Option(names = "--pidfile", paramLabel = "FILE", description = "written after the first registration")
    @Nullable
    Path pidFile;

    @Option(names = "--keep-trying", description = "do not end when the first connection cannot be made")
    boolean keepTrying;

    @Option(names = "--label", hidden = true, description = "name of this connector")
    @Nullable
    String label;

    @Option(
            names = "--loglevel",
            paramLabel = "LEVEL",
            description = "debug, info, warn, error or fatal (default info)")
    @Nullable
    String logLevel;

    @Option(
            names = {"--transport-loglevel", "--proto-loglevel"},
            hidden = true,
            description = "accepted, follows --loglevel")
    @Nullable
    String transportLogLevel;

    @Option(names = "--logfile", paramLabel = "FILE", description = "writes the log to a file")
    @Nullable
    Path logFile;

    @Option(names = "--log-directory", paramLabel = "DIR", description = "writes the log to cloudflared.log there")
    @Nullable
    Path logDirectory;

    @Option(names = "--metrics-update-freq", hidden = true, description = "accepted: metrics are always current")
    @Nullable
    String metricsUpdateFrequency;

    @Option(names = "--no-autoupdate", hidden = true, description = "accepted: there is no update of its own")
    boolean noAutoUpdate;

    @Option(names = "--autoupdate-freq", hidden = true, description = "accepted: there is no update of its own")
    @Nullable
    String autoUpdateFrequency;

    @Option(names = "--no-prechecks", hidden = true, description = "accepted: 'diagnose' is a command")
    boolean noPrechecks;

    @Option(names = "--url", paramLabel = "URL", description = "the origin, e.g. http://localhost:8080")
    @Nullable
    String url;

    @Option(names = "--unix-socket", paramLabel = "PATH", description = "an HTTP origin on a Unix socket")
    @Nullable
    Path unixSocket;

    @Option(names = "--hello-world", description = "serves a built-in test page")
    boolean helloWorld;

    @Option(names = "--bastion", description = "lets access clients choose the TCP destination")
    boolean bastion;

    @Option(names = "--socks5", description = "serves SOCKS5 at --url")
    boolean socks5;

    @Option(names = "--http-host-header", paramLabel = "NAME", description = "Host sent to the origin")
    @Nullable
    String httpHostHeader;

    @Option(names = "--origin-server-name", paramLabel = "NAME", description = "name in the origin's certificate")
    @Nullable
    String originServerName;

    @Option(names = "--origin-ca-pool", paramLabel = "FILE", description = "additional roots (PEM) for the origin")
    @Nullable
    Path originCaPool;

    @Option(names = "--no-tls-verify", description = "accepts any certificate from the origin")
    boolean noTlsVerify;

    @Option(names = "--no-chunked-encoding", description = "never sends a chunked request to the origin")
    boolean noChunkedEncoding;

    @Option(names = "--http2-origin", description = "tries HTTP/2 to an https origin")
    boolean http2Origin;

    @Option(names = "--proxy-connect-timeout", hidden = true, description = "limit of connecting to the origin")
    @Nullable
    Duration proxyConnectTimeout;

    @Option(names = "--proxy-tls-timeout", hidden = true, description = "limit of the origin's TLS handshake")
    @Nullable
    Duration proxyTlsTimeout;

    @Option(names = "--proxy-tcp-keepalive", hidden = true, description = "TCP keep-alive to the origin")
    @Nullable
    Duration proxyTcpKeepAlive;

    @Option(names = "--proxy-keepalive-timeout", hidden = true, description = "idle time of an origin connection")
    @Nullable
    Duration proxyKeepAliveTimeout;

    @Option(names = "--proxy-keepalive-connections", hidden = true, description = "idle origin connections kept")
    @Nullable
    Integer proxyKeepAliveConnections;

    @Option(names = "--proxy-no-happy-eyeballs", hidden = true, description = "no parallel IPv4 and IPv6")
    boolean proxyNoHappyEyeballs;

    @Option(names = "--max-active-flows", hidden = true, paramLabel = "N", description = "limit of raw TCP flows")
    @Nullable
    Integer maxActiveFlows;

    @Option(
            names = {"--output", "-o"},
            paramLabel = "FORMAT",
            description = "json: a JSON object per line of the log")
    @Nullable
    String output;

    @Option(names = "--hostname", paramLabel = "HOST", description = "creates or finds a tunnel, routes the name, runs")
    @Nullable
    String hostname;

    @Option(
            names = {"--name", "-n"},
            paramLabel = "NAME",
            description = "name of the tunnel that --hostname makes")
    @Nullable
    String name;

    @Option(
            names = {"--overwrite-dns", "-f"},
            description = "replaces an existing record")
    boolean overwriteDns;

    @Option(names = "--api-url", hidden = true, paramLabel = "URL", description = "the management API")
    @Nullable
    String apiUrl;

    @Option(names = "--quick-service", hidden = true, paramLabel = "URL", description = "the quick tunnel service")
    @Nullable
    String quickService;

    @Option(
            names = {
                "--trace-output",
                "--icmpv4-src",
                "--icmpv6-src",
                "--dns-resolver-addrs",
                "--compression-quality",
                "--proxy-address",
                "--proxy-port",
                "--proxy-connection-timeout",
                "--proxy-expect-continue-timeout",
                "--lb-pool"
            },
            hidden = true,
            paramLabel = "VALUE",
            description = "accepted: there is nothing here that they could change")
    List<String> ignored = List.of();

    @Option(names = "--management-diagnostics", hidden = true, description = "accepted: there is no remote management")
    boolean managementDiagnostics;
}
