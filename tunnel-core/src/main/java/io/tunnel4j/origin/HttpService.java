package io.tunnel4j.origin;

import io.netty.channel.Channel;
import io.netty.util.AsciiString;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.StreamListener;
import org.jspecify.annotations.Nullable;

/** An HTTP/1.1 origin, for ordinary requests and WebSockets. Confined to the event loop. */
final class HttpService implements OriginService {
    private final LoopOrigins loop;
    private final OriginPool pool;
    private final @Nullable OriginTlsContext tls;
    private final @Nullable AsciiString hostOverride;
    private final boolean needsLength;

    HttpService(
            LoopOrigins loop,
            Endpoint endpoint,
            OriginOptions options,
            @Nullable OriginTlsContext tls,
            IdleCount idleCount) {
        this.loop = loop;
        this.tls = tls;
        this.pool = new OriginPool(OriginDialer.forHttp(loop, endpoint, options, tls), options, idleCount);
        this.hostOverride = hostOverride(options, pool.forwardProxy());
        this.needsLength = options.disableChunkedEncoding();
    }

    private static @Nullable AsciiString hostOverride(OriginOptions options, @Nullable ForwardProxy proxy) {
        if (proxy != null) {
            return proxy.authority();
        }
        return options.httpHostHeader().isEmpty() ? null : new AsciiString(options.httpHostHeader());
    }

    @Override
    public StreamListener serve(OriginRequest request) {
        return start(request, false);
    }

    @Override
    public StreamListener upgrade(OriginRequest request) {
        return start(request, true);
    }

    private StreamListener start(OriginRequest request, boolean upgrade) {
        RequestShape shape;
        try {
            shape = RequestShape.of(request.head());
        } catch (TunnelException e) {
            StatusService.FixedAnswer answer = new StatusService.FixedAnswer(request);
            answer.fail(e);
            return answer;
        }
        HttpRelay relay = new HttpRelay(this, request, shape, upgrade);
        relay.start();
        return relay;
    }

    @Override
    public void retire() {
        pool.retire();
    }

    @Override
    public boolean isEmpty() {
        return pool.isEmpty();
    }

    @Override
    public void close() {
        pool.close();
    }

    OriginPool pool() {
        return pool;
    }

    MemoryBudget budget() {
        return loop.origins().budget();
    }

    ResumeQueue resumeQueue() {
        return loop.resumeQueue();
    }

    LoopScratch scratch() {
        return loop.scratch();
    }

    @Nullable
    AsciiString hostOverride() {
        return hostOverride;
    }

    boolean needsLength() {
        return needsLength;
    }

    int maxCollectedBytes() {
        return loop.origins().settings().maxBufferedRequestBytes;
    }

    /** The name for TLS when it is the request's host, else null. */
    @Nullable
    String serverName(RequestShape shape) {
        if (tls == null || !tls.matchesHost()) {
            return null;
        }
        String host = (hostOverride == null ? shape.authority : hostOverride).toString();
        int bracket = host.indexOf(']');
        int colon = host.indexOf(':', Math.max(0, bracket));
        String name = colon < 0 ? host : host.substring(0, colon);
        return name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
    }

    /** The edge's side of two byte streams has ended: the origin hears of it and may still answer, for a while. */
    void halfClose(Channel channel) {
        HalfClose.start(channel, HalfClose.GRACE_SECONDS);
    }
}
