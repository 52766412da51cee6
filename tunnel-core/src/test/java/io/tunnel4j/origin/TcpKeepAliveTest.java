package io.tunnel4j.origin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.TunnelException;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.transport.Dialer;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.NameResolution;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code tcpKeepAlive}, as the kernel's timer shows it. */
@ExtendWith(LeakCheck.class)
class TcpKeepAliveTest {
    /** On a dual-stack socket an IPv4 connection is listed in the second. */
    private static final List<Path> SOCKETS = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

    /** What the kernel's table counts in. */
    private static final int TICKS_PER_SECOND = 100;

    private static final int KEEP_ALIVE_TIMER = 2;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop eventLoop = group.next();
    private final Origins origins =
            new Origins(OriginSettings.builder(UUID.randomUUID()).build());

    @AfterEach
    void stop() throws Exception {
        origins.close();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    /** Kind of the running timer and the seconds left, of a connection to a listener. */
    private List<Integer> timerOf(Duration interval) throws Exception {
        assumeTrue(Files.isReadable(SOCKETS.get(0)), "no " + SOCKETS);
        OriginOptions options = OriginOptions.builder().tcpKeepAlive(interval).build();
        try (ServerSocket listener = new ServerSocket(0, 10, InetAddress.getByName("127.0.0.1"))) {
            CompletableFuture<Channel> dialled = new CompletableFuture<>();
            eventLoop.execute(() -> OriginDialer.forTcp(
                            origins.loop(eventLoop), Endpoint.tcp("127.0.0.1", listener.getLocalPort()), options)
                    .dial(null, new DialListener() {
                        @Override
                        public void dialled(Channel channel) {
                            dialled.complete(channel);
                        }

                        @Override
                        public void dialFailed(TunnelException cause) {
                            dialled.completeExceptionally(cause);
                        }
                    }));
            Channel channel = dialled.get(10, TimeUnit.SECONDS);
            try {
                return timer(((InetSocketAddress) channel.localAddress()).getPort(), listener.getLocalPort());
            } finally {
                channel.close().sync();
            }
        }
    }

    private static List<Integer> timer(int localPort, int remotePort) throws Exception {
        for (Path table : SOCKETS) {
            for (String line : Files.isReadable(table) ? Files.readAllLines(table) : List.<String>of()) {
                String[] fields = line.trim().split("\\s+");
                if (fields.length > 5
                        && fields[1].endsWith(String.format(":%04X", localPort))
                        && fields[2].endsWith(String.format(":%04X", remotePort))) {
                    String[] timer = fields[5].split(":");
                    return List.of(Integer.parseInt(timer[0], 16), Integer.parseInt(timer[1], 16) / TICKS_PER_SECOND);
                }
            }
        }
        throw new AssertionError("no socket from port " + localPort);
    }

    @Test
    void connectionToTheEdge_always_isProbedAfter15Seconds() throws Exception {
        assumeTrue(Files.isReadable(SOCKETS.get(0)), "no " + SOCKETS);
        try (ServerSocket listener = new ServerSocket(0, 10, InetAddress.getByName("127.0.0.1"))) {
            Channel channel = Dialer.builder(EventLoops.of(group), new NameResolution(Runnable::run))
                    .build()
                    .connect(
                            eventLoop,
                            (InetSocketAddress) listener.getLocalSocketAddress(),
                            new ChannelInboundHandlerAdapter())
                    .sync()
                    .getNow();

            List<Integer> timer =
                    timer(((InetSocketAddress) channel.localAddress()).getPort(), listener.getLocalPort());

            assertThat(timer.get(0)).isEqualTo(KEEP_ALIVE_TIMER);
            assertThat(timer.get(1)).isBetween(5, 15);
            channel.close().sync();
        }
    }

    @Test
    void interval_set_isTheKernels() throws Exception {
        List<Integer> timer = timerOf(Duration.ofSeconds(77));

        assertThat(timer.get(0)).isEqualTo(KEEP_ALIVE_TIMER);
        assertThat(timer.get(1)).isBetween(60, 77);
    }

    @Test
    void interval_zero_switchesItOff() throws Exception {
        assertThat(timerOf(Duration.ZERO).get(0)).isNotEqualTo(KEEP_ALIVE_TIMER);
    }
}
