package io.tunnel4j.supervisor;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.tunnel4j.ConnectorConfig;
import io.tunnel4j.Diagnosis;
import io.tunnel4j.TunnelException;
import io.tunnel4j.discovery.EdgeAddress;
import io.tunnel4j.transport.Dialer;
import io.tunnel4j.transport.ReportedByFuture;
import io.tunnel4j.transport.Ticker;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Tries one address of the edge by TCP and TLS, and closes the connection again. Confined to the diagnosis' event loop. */
final class EdgeProbe {
    private static final String AFTER_FAILURE = "not tried, because there is no TCP connection";

    private final ConnectorConfig config;
    private final Dialer dialer;
    private final Ticker ticker;
    private final @Nullable EdgeTls edgeTls;
    private final @Nullable TunnelException tlsProblem;
    private final InetSocketAddress address;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private @Nullable Finding tcp;
    private @Nullable Finding tls;
    private @Nullable Channel channel;
    private long stepNanos;

    EdgeProbe(
            ConnectorConfig config,
            Dialer dialer,
            Ticker ticker,
            @Nullable EdgeTls edgeTls,
            @Nullable TunnelException tlsProblem,
            InetSocketAddress address) {
        this.config = config;
        this.dialer = dialer;
        this.ticker = ticker;
        this.edgeTls = edgeTls;
        this.tlsProblem = tlsProblem;
        this.address = address;
    }

    static String text(InetSocketAddress address) {
        return NetUtil.toSocketAddressString(address);
    }

    InetSocketAddress address() {
        return address;
    }

    boolean succeeded() {
        return tls != null && tls.outcome() == Diagnosis.Outcome.PASSED;
    }

    Finding tcp() {
        return tcp != null ? tcp : Finding.skipped(Diagnosis.Kind.TCP, text(address), "not tried");
    }

    Finding tls() {
        return tls != null ? tls : Finding.skipped(Diagnosis.Kind.TLS, text(address), AFTER_FAILURE);
    }

    /** Starts; the stage completes when both findings are there. */
    CompletableFuture<Void> run(EventLoop loop) {
        stepNanos = ticker.nanos();
        dialer.connect(loop, address, initializer()).addListener(this::connected);
        return ended;
    }

    /** Ends the attempt; what is not known by now stays unknown. */
    void cancel() {
        if (channel != null) {
            EdgeTls.abandon(channel);
        }
        ended.complete(null);
    }

    private ChannelHandler initializer() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel made) {
                channel = made;
                if (edgeTls != null) {
                    SslHandler handler = edgeTls.newHandler(made);
                    handler.setHandshakeTimeoutMillis(Diagnoser.STEP_LIMIT.toMillis());
                    made.pipeline().addLast(handler);
                    handler.handshakeFuture().addListener(shake -> handshakeDone(shake, handler));
                }
                made.pipeline().addLast(ReportedByFuture.INSTANCE);
            }
        };
    }

    private void connected(Future<? super Channel> connect) {
        if (ended.isDone()) {
            return;
        }
        if (connect.isSuccess()) {
            reached();
        } else if (tcp == null) {
            tcp = Finding.failed(
                    Diagnosis.Kind.TCP,
                    text(address),
                    DiagnosisAdvice.ofConnect(new EdgeAddress(address), config, connect.cause()),
                    elapsed());
            end();
        }
    }

    /** A proxied connection's handshake may end before the connect future tells; either is proof. */
    private void reached() {
        if (tcp != null) {
            return;
        }
        tcp = Finding.passed(Diagnosis.Kind.TCP, text(address), "connected", elapsed());
        stepNanos = ticker.nanos();
        if (tlsProblem != null) {
            tls = Finding.failed(Diagnosis.Kind.TLS, text(address), DiagnosisAdvice.ofTls(tlsProblem), Duration.ZERO);
            end();
        }
    }

    private void handshakeDone(Future<?> handshake, SslHandler handler) {
        if (ended.isDone()) {
            return;
        }
        if (handshake.isSuccess()) {
            reached();
            SSLSession session = handler.engine().getSession();
            tls = Finding.passed(
                    Diagnosis.Kind.TLS, text(address), session.getProtocol() + " as " + EdgeTls.SERVER_NAME, elapsed());
            end();
        } else if (tcp != null) {
            TunnelException cause = ConnectionFailure.ofHandshake(new EdgeAddress(address), handshake.cause())
                    .cause();
            tls = Finding.failed(Diagnosis.Kind.TLS, text(address), DiagnosisAdvice.ofTls(cause), elapsed());
            end();
        }
    }

    private void end() {
        if (channel != null) {
            channel.close();
        }
        ended.complete(null);
    }

    private Duration elapsed() {
        return Duration.ofNanos(ticker.nanos() - stepNanos);
    }
}
