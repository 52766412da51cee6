package io.tunnel4j.origin;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.tunnel4j.mux.StreamListener;

/** A Netty pipeline in this process: one channel per request, without a socket. Confined to the event loop. */
final class PipelineService implements OriginService {
    private final ChannelInitializer<? extends Channel> initializer;

    PipelineService(ChannelInitializer<? extends Channel> initializer) {
        this.initializer = initializer;
    }

    @Override
    public StreamListener serve(OriginRequest request) {
        PipelineExchange exchange = new PipelineExchange(request);
        exchange.start(initializer);
        return exchange;
    }
}
