package io.tunnel4j.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandler;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueDomainSocketChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerDomainSocketChannel;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A transport of the operating system, when its classes and native library are there. Each lives in a nested class of its own, so that
 * absent classes are noticed only there.
 */
record NativeTransport(Class<? extends IoHandler> ioHandlerType, EventLoops.ChannelKinds kinds) {
    private record Kinds(
            String name,
            Class<? extends SocketChannel> socket,
            Class<? extends ServerChannel> serverSocket,
            Class<? extends Channel> unixSocket,
            Class<? extends ServerChannel> unixServerSocket,
            List<ChannelOption<Integer>> keepAliveSeconds)
            implements EventLoops.ChannelKinds {}

    static @Nullable NativeTransport available() {
        try {
            if (EpollClasses.available()) {
                return EpollClasses.transport();
            }
        } catch (LinkageError e) {
            // Not on the class path, which is the usual case.
        }
        try {
            if (KqueueClasses.available()) {
                return KqueueClasses.transport();
            }
        } catch (LinkageError e) {
            // As above.
        }
        return null;
    }

    static SocketAddress unixAddress(Path path) {
        return new DomainSocketAddress(path.toString());
    }

    private static final class EpollClasses {
        static boolean available() {
            return Epoll.isAvailable();
        }

        static NativeTransport transport() {
            return new NativeTransport(
                    EpollIoHandler.class,
                    new Kinds(
                            "epoll",
                            EpollSocketChannel.class,
                            EpollServerSocketChannel.class,
                            EpollDomainSocketChannel.class,
                            EpollServerDomainSocketChannel.class,
                            List.of(EpollChannelOption.TCP_KEEPIDLE, EpollChannelOption.TCP_KEEPINTVL)));
        }
    }

    private static final class KqueueClasses {
        static boolean available() {
            return KQueue.isAvailable();
        }

        static NativeTransport transport() {
            return new NativeTransport(
                    KQueueIoHandler.class,
                    new Kinds(
                            "kqueue",
                            KQueueSocketChannel.class,
                            KQueueServerSocketChannel.class,
                            KQueueDomainSocketChannel.class,
                            KQueueServerDomainSocketChannel.class,
                            List.of()));
        }
    }
}
