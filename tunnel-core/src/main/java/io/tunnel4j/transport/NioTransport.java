package io.tunnel4j.transport;

import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;

/** Channels of the JDK's selectors. */
final class NioTransport {
    static final EventLoops.ChannelKinds KINDS = new EventLoops.ChannelKinds(
            "nio",
            NioSocketChannel.class,
            NioServerSocketChannel.class,
            NioDomainSocketChannel.class,
            NioServerDomainSocketChannel.class,
            NioDatagramChannel.class,
            keepAliveOptions());

    private NioTransport() {}

    /** Idle time and interval, which the operating systems of most servers let a program set. */
    private static List<ChannelOption<Integer>> keepAliveOptions() {
        try (SocketChannel probe = SocketChannel.open()) {
            return probe.supportedOptions()
                            .containsAll(
                                    Set.of(ExtendedSocketOptions.TCP_KEEPIDLE, ExtendedSocketOptions.TCP_KEEPINTERVAL))
                    ? List.of(
                            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE),
                            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL))
                    : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }
}
