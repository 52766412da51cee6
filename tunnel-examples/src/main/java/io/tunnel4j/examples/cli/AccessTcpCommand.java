package io.tunnel4j.examples.cli;

import io.tunnel4j.OutboundProxy;
import io.tunnel4j.access.AccessLogin;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.AccessTcpForwarder;
import io.tunnel4j.access.ServiceToken;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code access tcp} and its other names: a local port, or this process's own standard streams, to a protected application. */
@Command(
        name = "tcp",
        aliases = {"ssh", "rdp", "smb"},
        description = "connect a local port, or standard input and output, to a TCP application")
final class AccessTcpCommand implements Callable<Integer> {
    private static final Duration GRACE = Duration.ofSeconds(5);

    @Option(
            names = {"--hostname", "--tunnel-host", "-T"},
            paramLabel = "HOST",
            description = "the application: host, host:port or URL")
    @Nullable
    String hostname;

    @Option(
            names = {"--url", "--listener", "-L"},
            paramLabel = "HOST:PORT",
            description = "local listener; without it standard input and output are connected")
    private @Nullable String url;

    @Parameters(index = "0", arity = "0..1", paramLabel = "HOST:PORT", description = "the same as --url")
    private @Nullable String positional;

    @Option(
            names = "--destination",
            paramLabel = "HOST:PORT",
            description = "where a bastion application shall connect")
    @Nullable
    String destination;

    @Option(
            names = {"--header", "-H"},
            paramLabel = "'NAME: VALUE'",
            description = "additional request header; repeatable")
    List<String> headers = List.of();

    @Option(
            names = {"--service-token-id", "--id"},
            paramLabel = "ID",
            description = "service token; also TUNNEL_SERVICE_TOKEN_ID")
    @Nullable
    String tokenId;

    @Option(
            names = {"--service-token-secret", "--secret"},
            paramLabel = "SECRET",
            description = "its secret; also TUNNEL_SERVICE_TOKEN_SECRET")
    @Nullable
    String tokenSecret;

    @Mixin
    AccessLoginFlags login = new AccessLoginFlags();

    @Option(
            names = "--connect-to",
            paramLabel = "HOST:PORT",
            description = "dials this instead of the application's host")
    @Nullable
    String connectTo;

    @Option(
            names = {"--loglevel", "--log-level"},
            paramLabel = "LEVEL",
            description = "debug, info, warn, error or fatal")
    private @Nullable String logLevel;

    @Option(names = "--log-directory", paramLabel = "DIR", description = "writes the log to cloudflared.log there")
    private @Nullable Path logDirectory;

    @Option(
            names = "--debug-stream",
            hidden = true,
            paramLabel = "N",
            description = "accepted: payloads are not logged")
    private @Nullable Integer debugStream;

    @Option(names = "--logfile", paramLabel = "FILE", description = "writes the log to a file")
    private @Nullable Path logFile;

    private final Terminal terminal;

    AccessTcpCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        if (hostname == null) {
            hostname = terminal.environment().get("TUNNEL_SERVICE_HOSTNAME");
        }
        if (hostname == null || hostname.isEmpty()) {
            throw Usage.wrong("--hostname: missing (expected: the application's host)");
        }
        String listener = listener();
        LogOutput.configure(listener == null ? "fatal" : logLevel, LogOutput.file(logFile, logDirectory));
        AccessTarget target = target(hostname);
        try (AccessLogin tokens = login.login(terminal).build()) {
            return listener == null
                    ? AccessStdio.run(terminal, target, login.caCertificates(terminal), tokens)
                    : forward(target, listener, tokens);
        }
    }

    private int forward(AccessTarget target, String listener, AccessLogin tokens) throws InterruptedException {
        InetSocketAddress address = HostAndPort.listener("--url", listener);
        AccessTcpForwarder.Builder builder =
                AccessTcpForwarder.builder(target).listen(address).outboundProxy(OutboundProxy.fromEnvironment());
        builder.caPool(login.caCertificates(terminal).toArray(Path[]::new)).tokens(tokens);
        try (AccessTcpForwarder forwarder =
                builder.listener(new ForwarderLog()).build().start()) {
            terminal.say(
                    "Start Websocket listener host=%s:%d",
                    address.getHostString(), ((InetSocketAddress) forwarder.address(0)).getPort());
            StopSignal.await();
            forwarder.drain(GRACE).toCompletableFuture().join();
        }
        return ExitCode.OK;
    }

    private @Nullable String listener() {
        if (url != null && positional != null) {
            throw Usage.wrong("--url: given twice, as a flag and as an argument (expected: one of them)");
        }
        String given = url != null ? url : positional;
        return given != null ? given : terminal.environment().get("TUNNEL_SERVICE_URL");
    }

    private AccessTarget target(String application) {
        try {
            AccessTarget.Builder target = AccessTarget.builder(application);
            String jump =
                    destination != null ? destination : terminal.environment().get("TUNNEL_SERVICE_DESTINATION");
            if (jump != null) {
                target.destination(jump);
            }
            headers.forEach(target::headerLine);
            if (connectTo != null) {
                target.connectTo(HostAndPort.listener("--connect-to", connectTo));
            }
            ServiceToken token = serviceToken();
            if (token != null) {
                target.serviceToken(token);
            }
            return target.build();
        } catch (IllegalArgumentException wrong) {
            throw Usage.wrong(String.valueOf(wrong.getMessage()));
        }
    }

    private @Nullable ServiceToken serviceToken() {
        if (tokenId == null && tokenSecret == null) {
            return ServiceToken.fromEnvironment(terminal.environment());
        }
        if (tokenId == null || tokenSecret == null) {
            String missing = tokenId == null ? "--service-token-id" : "--service-token-secret";
            throw Usage.wrong(missing + ": missing (expected: both parts of the token)");
        }
        return ServiceToken.of(tokenId, tokenSecret);
    }
}
