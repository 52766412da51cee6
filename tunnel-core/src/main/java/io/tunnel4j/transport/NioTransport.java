package io.tunnel4j.transport;

import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

/** Channels of the JDK's selectors. */
final class NioTransport {
    static final EventLoops.ChannelKinds KINDS = new EventLoops.ChannelKinds(
            "nio",
            NioSocketChannel.class,
            NioServerSocketChannel.class,
            NioDomainSocketChannel.class,
            NioServerDomainSocketChannel.class,
            NioDatagramChannel.class);

    private NioTransport() {}
}
