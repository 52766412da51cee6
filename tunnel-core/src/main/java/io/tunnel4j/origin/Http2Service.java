package io.tunnel4j.origin;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.Future;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.StreamListener;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An https origin that is offered HTTP/2, as gRPC needs it. Says it no, HTTP/1.1 serves for a while; WebSockets always go over HTTP/1.1. Confined to the event loop.
 *
 * <p>Streams share connections up to the origin's limit; a further connection is opened when all are full, one at a time.
 */
final class Http2Service implements OriginService {
    /** Requests that wait for a connection; more are refused. */
    static final int MAX_WAITING = 1000;

    /** A head above what the edge takes costs its request only, as far as this; one that is larger costs the connection to the origin. */
    static final int MAX_HEADER_BLOCK_BYTES = 16 << 20;

    private static final long REPROBE_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final LoopOrigins loop;
    private final OriginOptions options;
    private final HttpService http1;
    private final OriginDialer dialer;
    private final OriginTlsContext tls;
    private final @Nullable AsciiString hostOverride;
    private final List<Connection> connections = new ArrayList<>();
    private final Deque<Waiter> waiting = new ArrayDeque<>();
    private boolean dialling;
    private boolean retired;
    private boolean speaksHttp1;
    private long http1Since;

    Http2Service(LoopOrigins loop, Endpoint endpoint, OriginOptions options, OriginTlsContext tls, HttpService http1) {
        this.loop = loop;
        this.options = options;
        this.http1 = http1;
        this.tls = tls;
        this.dialer = OriginDialer.forHttp(loop, endpoint, options, tls);
        this.hostOverride = options.httpHostHeader().isEmpty() ? null : new AsciiString(options.httpHostHeader());
    }

    private record Waiter(HeldStream stream, OriginRequest request, RequestShape shape) {}

    @Override
    public StreamListener serve(OriginRequest request) {
        if (tls.matchesHost() || (speaksHttp1 && System.nanoTime() - http1Since < REPROBE_NANOS)) {
            // Connections that are named for one host each cannot be shared.
            return http1.serve(request);
        }
        RequestShape shape;
        try {
            shape = RequestShape.of(request.head());
        } catch (TunnelException e) {
            return failed(request, e);
        }
        for (Connection connection : connections) {
            if (connection.mux != null && connection.mux.canOpen()) {
                return open(request, shape, connection.mux);
            }
        }
        if (waiting.size() >= MAX_WAITING) {
            StatusService.FixedAnswer answer = new StatusService.FixedAnswer(request);
            answer.send(503, ResponseHeads.bare(503));
            return answer;
        }
        HeldStream held = new HeldStream(request);
        waiting.add(new Waiter(held, request, shape));
        dial();
        return held;
    }

    @Override
    public StreamListener upgrade(OriginRequest request) {
        return http1.upgrade(request);
    }

    private StreamListener open(OriginRequest request, RequestShape shape, MuxConnection mux) {
        Http2Relay relay = new Http2Relay(request);
        relay.start(mux, Http2Relay.head(request.head(), shape, loop.origins().settings(), hostOverride), shape);
        return relay;
    }

    private static StreamListener failed(OriginRequest request, TunnelException cause) {
        StatusService.FixedAnswer answer = new StatusService.FixedAnswer(request);
        answer.fail(cause);
        return answer;
    }

    private void dial() {
        if (dialling) {
            return;
        }
        dialling = true;
        dialer.dial(null, new DialListener() {
            @Override
            public void dialled(Channel channel) {
                SslHandler handler = channel.pipeline().get(SslHandler.class);
                if (handler != null && "h2".equals(handler.applicationProtocol())) {
                    speaksHttp1 = false;
                    channel.config().setAutoClose(true);
                    new Connection().start(channel);
                } else {
                    channel.close();
                    speaksHttp1 = true;
                    http1Since = System.nanoTime();
                    dialling = false;
                    release(waiter -> http1.serve(waiter.request()));
                }
            }

            @Override
            public void dialFailed(TunnelException cause) {
                dialling = false;
                release(waiter -> failed(waiter.request(), cause));
            }
        });
    }

    /** How a waiting request goes on. */
    private interface Continuation {
        StreamListener apply(Waiter waiter);
    }

    private void release(Continuation how) {
        for (int n = waiting.size(); n > 0; n--) {
            Waiter waiter = waiting.remove();
            waiter.stream().decided(() -> how.apply(waiter));
        }
    }

    private void releaseTo(MuxConnection mux) {
        while (!waiting.isEmpty() && mux.canOpen()) {
            Waiter waiter = waiting.remove();
            waiter.stream().decided(() -> open(waiter.request(), waiter.shape(), mux));
        }
        if (!waiting.isEmpty()) {
            dial();
        }
    }

    @Override
    public void retire() {
        retired = true;
        http1.retire();
        for (Connection connection : List.copyOf(connections)) {
            if (connection.mux != null) {
                connection.mux.drain(Duration.ofHours(1));
            }
        }
    }

    @Override
    public boolean isEmpty() {
        return connections.isEmpty() && http1.isEmpty();
    }

    @Override
    public void close() {
        retired = true;
        http1.close();
        for (Connection connection : List.copyOf(connections)) {
            if (connection.mux != null) {
                connection.mux.close(Http2Error.NO_ERROR.code(), "closed");
            }
        }
    }

    /** One HTTP/2 connection to the origin. */
    private final class Connection implements ConnectionListener {
        private @Nullable MuxConnection mux;
        private @Nullable Future<?> idleCheck;
        private boolean wasIdle;
        private boolean everReady;

        void start(Channel channel) {
            connections.add(this);
            MuxConfig config = MuxConfig.builder(Role.CLIENT)
                    .maxHeaderListBytes(Http1Connection.MAX_HEAD_BYTES)
                    .maxHeaderBlockBytes(MAX_HEADER_BLOCK_BYTES)
                    .reserve(loop.origins().windows())
                    .build();
            MuxConnection started = MuxConnection.start(channel, config, this);
            mux = started;
            long interval = Math.max(1, options.keepAliveTimeout().toNanos());
            idleCheck = loop.eventLoop()
                    .scheduleWithFixedDelay(this::closeWhenIdle, interval, interval, TimeUnit.NANOSECONDS);
        }

        private void closeWhenIdle() {
            MuxConnection open = mux;
            if (open == null || open.activeStreams() > 0) {
                wasIdle = false;
            } else if (wasIdle) {
                open.close(Http2Error.NO_ERROR.code(), "idle");
            } else {
                wasIdle = true;
            }
        }

        @Override
        public void ready(MuxConnection connection) {
            everReady = true;
            dialling = false;
            if (retired) {
                connection.close(Http2Error.NO_ERROR.code(), "closed");
                return;
            }
            releaseTo(connection);
        }

        @Override
        public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
            throw new IllegalStateException("an origin opens no streams");
        }

        @Override
        public void closed(MuxConnection connection, ConnectionException cause) {
            connections.remove(this);
            if (idleCheck != null) {
                idleCheck.cancel(false);
            }
            if (!everReady) {
                dialling = false;
                TunnelException failure = new TunnelException(
                        TunnelErrorCode.ORIGIN_UNREACHABLE,
                        "origin " + dialer.destination() + ": HTTP/2 connection ended: " + cause.getMessage(),
                        cause);
                release(waiter -> failed(waiter.request(), failure));
            }
        }
    }
}
