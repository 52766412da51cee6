package io.tunnel4j.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;

/** Channels of the JDK's selectors. Immutable. */
final class NioTransport implements EventLoops.ChannelKinds {
    static final NioTransport INSTANCE = new NioTransport();

    private final List<ChannelOption<Integer>> keepAliveOptions = keepAliveOptions();

    private NioTransport() {}

    @Override
    public String name() {
        return "nio";
    }

    @Override
    public Class<? extends SocketChannel> socket() {
        return NioSocketChannel.class;
    }

    @Override
    public Class<? extends ServerChannel> serverSocket() {
        return NioServerSocketChannel.class;
    }

    @Override
    public Class<? extends Channel> unixSocket() {
        return NioDomainSocketChannel.class;
    }

    @Override
    public Class<? extends ServerChannel> unixServerSocket() {
        return NioServerDomainSocketChannel.class;
    }

    @Override
    public List<ChannelOption<Integer>> keepAliveSeconds() {
        return keepAliveOptions;
    }

    /** Idle time and interval, which the operating systems of most servers let a program set. */
    private static List<ChannelOption<Integer>> keepAliveOptions() {
        try (java.nio.channels.SocketChannel probe = java.nio.channels.SocketChannel.open()) {
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
