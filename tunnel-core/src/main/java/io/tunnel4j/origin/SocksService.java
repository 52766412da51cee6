package io.tunnel4j.origin;

import io.tunnel4j.OriginOptions;
import io.tunnel4j.mux.StreamListener;

/** A SOCKS5 server behind WebSocket messages. Confined to the event loop. */
final class SocksService implements OriginService {
    private final LoopOrigins loop;
    private final OriginOptions options;

    SocksService(LoopOrigins loop, OriginOptions options) {
        this.loop = loop;
        this.options = options;
    }

    @Override
    public StreamListener serve(OriginRequest request) {
        return TcpService.refuse(request, "socks-proxy: is no HTTP service (expected: a WebSocket)");
    }

    @Override
    public StreamListener upgrade(OriginRequest request) {
        SocksRelay relay = new SocksRelay(loop, request, options, null);
        relay.accept();
        return relay;
    }
}
