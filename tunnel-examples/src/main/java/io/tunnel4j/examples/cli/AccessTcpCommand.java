package io.tunnel4j.examples.cli;

import io.tunnel4j.OutboundProxy;
import io.tunnel4j.access.AccessLogin;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.AccessTcpForwarder;
import java.nio.file.Path;
import java.time.Duration;
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
            description = "local listener, also unix:PATH; without it standard input and output are connected")
    private @Nullable String url;

    @Parameters(index = "0", arity = "0..1", paramLabel = "HOST:PORT", description = "the same as --url")
    private @Nullable String positional;

    @Option(
            names = "--destination",
            paramLabel = "HOST:PORT",
            description = "where a bastion application shall connect")
    @Nullable
    String destination;

    @Mixin
    AccessTargetFlags request = new AccessTargetFlags();

    @Mixin
    AccessLoginFlags login = new AccessLoginFlags();

    @Mixin
    private AccessLogFlags logs = new AccessLogFlags();

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
        String listener = LocalListener.given(terminal, url, positional);
        if (listener == null) {
            logs.configureQuiet();
        } else {
            logs.configure();
        }
        AccessTarget target = target(hostname);
        try (AccessLogin tokens = login.login(terminal).build()) {
            return listener == null
                    ? AccessStdio.run(terminal, target, login.caCertificates(terminal), tokens)
                    : forward(target, listener, tokens);
        }
    }

    private int forward(AccessTarget target, String listener, AccessLogin tokens) throws InterruptedException {
        AccessTcpForwarder.Builder builder =
                AccessTcpForwarder.builder(target).outboundProxy(OutboundProxy.fromEnvironment());
        LocalListener.listen(builder, listener);
        builder.caPool(login.caCertificates(terminal).toArray(Path[]::new)).tokens(tokens);
        try (AccessTcpForwarder forwarder =
                builder.listener(new ForwarderLog()).build().start()) {
            terminal.say("Start Websocket listener host=%s", LocalListener.shown(listener, forwarder.address(0)));
            StopSignal.await();
            forwarder.drain(GRACE).toCompletableFuture().join();
        }
        return ExitCode.OK;
    }

    private AccessTarget target(String application) {
        try {
            AccessTarget.Builder target = request.target(terminal, application);
            String jump =
                    destination != null ? destination : terminal.environment().get("TUNNEL_SERVICE_DESTINATION");
            if (jump != null) {
                target.destination(jump);
            }
            return target.build();
        } catch (IllegalArgumentException wrong) {
            throw Usage.wrong(String.valueOf(wrong.getMessage()));
        }
    }
}
