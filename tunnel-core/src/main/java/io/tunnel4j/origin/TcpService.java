package io.tunnel4j.origin;

import io.tunnel4j.OriginOptions;
import io.tunnel4j.ProxyProtocol;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.StreamListener;
import org.jspecify.annotations.Nullable;

/** A TCP origin behind WebSocket messages, optionally behind SOCKS too. Confined to the event loop. */
final class TcpService implements OriginService {
    private final LoopOrigins loop;
    private final Endpoint endpoint;
    private final OriginOptions options;
    private final @Nullable ProxyProtocol proxyProtocol;

    TcpService(LoopOrigins loop, Endpoint endpoint, OriginOptions options, @Nullable ProxyProtocol proxyProtocol) {
        this.loop = loop;
        this.endpoint = endpoint;
        this.options = options;
        this.proxyProtocol = proxyProtocol;
    }

    @Override
    public StreamListener serve(OriginRequest request) {
        return refuse(request, "origin " + endpoint + ": is no HTTP service (expected: a WebSocket)");
    }

    @Override
    public StreamListener upgrade(OriginRequest request) {
        if (options.proxyType().equals("socks")) {
            SocksRelay relay = new SocksRelay(loop, request, options, endpoint);
            relay.accept();
            return relay;
        }
        ProxyHeader header = proxyProtocol == null ? null : new ProxyHeader(proxyProtocol, request.head());
        WebSocketRelay relay = new WebSocketRelay(loop, request, header);
        relay.dial(endpoint, options);
        return relay;
    }

    static StreamListener refuse(OriginRequest request, String why) {
        StatusService.FixedAnswer answer = new StatusService.FixedAnswer(request);
        answer.fail(new TunnelException(TunnelErrorCode.ORIGIN_PROTOCOL, why));
        return answer;
    }
}
