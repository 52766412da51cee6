package io.tunnel4j.supervisor;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;

/** Prepares the channel of one connection. Confined to its event loop. */
final class EdgeInitializer extends ChannelInitializer<Channel> {
    private final EdgeConnection connection;

    EdgeInitializer(EdgeConnection connection) {
        this.connection = connection;
    }

    @Override
    protected void initChannel(Channel channel) {
        connection.initialize(channel);
    }
}
