package io.tunnel4j.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.testing.LeakCheck;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An origin's name with several addresses, of which some are dead (RFC 8305). */
@ExtendWith(LeakCheck.class)
class AddressRaceTest {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop eventLoop = group.next();
    private final Origins origins =
            new Origins(OriginSettings.builder(UUID.randomUUID()).build());
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable resource : open) {
            resource.close();
        }
        origins.close();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    private CompletableFuture<Channel> race(Duration connectTimeout, boolean racing, InetSocketAddress... addresses) {
        CompletableFuture<Channel> result = new CompletableFuture<>();
        eventLoop.execute(() -> {
            OriginOptions options = OriginOptions.builder()
                    .connectTimeout(connectTimeout)
                    .noHappyEyeballs(!racing)
                    .build();
            OriginDialer dialer =
                    OriginDialer.forTcp(origins.loop(eventLoop), Endpoint.tcp("origin.test", 80), options);
            new AddressRace(dialer, List.of(addresses), racing, new DialListener() {
                        @Override
                        public void dialled(Channel channel) {
                            result.complete(channel);
                        }

                        @Override
                        public void dialFailed(TunnelException cause) {
                            result.completeExceptionally(cause);
                        }
                    })
                    .start();
        });
        return result;
    }

    private InetSocketAddress live() throws Exception {
        ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        open.add(listener);
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    private static InetSocketAddress refusing() throws Exception {
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return (InetSocketAddress) closed.getLocalSocketAddress();
        }
    }

    /** A listener whose queue is full: the kernel answers no further SYN. */
    private InetSocketAddress silent() throws Exception {
        ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        open.add(listener);
        InetSocketAddress address = (InetSocketAddress) listener.getLocalSocketAddress();
        for (int i = 0; i < 20; i++) {
            Socket filler = new Socket();
            open.add(filler);
            try {
                filler.connect(address, 200);
            } catch (java.net.SocketTimeoutException full) {
                return address;
            }
        }
        throw new AssertionError("a full listener still accepts");
    }

    @Test
    void firstAddressSilent_theNextGetsItsTurnLongBeforeTheTimeout() throws Exception {
        InetSocketAddress live = live();

        Channel channel = race(Duration.ofSeconds(60), true, silent(), live).get(30, TimeUnit.SECONDS);

        assertThat(channel.remoteAddress()).isEqualTo(live);
        channel.close().sync();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void firstAddressRefuses_theNextIsTried(boolean racing) throws Exception {
        InetSocketAddress live = live();

        Channel channel = race(Duration.ofSeconds(60), racing, refusing(), live).get(30, TimeUnit.SECONDS);

        assertThat(channel.remoteAddress()).isEqualTo(live);
        channel.close().sync();
    }

    @Test
    void allSilent_oneTimeoutForAllOfThem() throws Exception {
        CompletableFuture<Channel> result = race(Duration.ofMillis(500), true, silent(), silent());

        assertThat(failure(result).code()).isEqualTo(TunnelErrorCode.ORIGIN_UNREACHABLE);
        assertThat(failure(result)).hasMessageContaining("origin.test:80").hasMessageContaining("timeout");
    }

    @Test
    void allRefuse_lastReasonIsTold() throws Exception {
        CompletableFuture<Channel> result = race(Duration.ofSeconds(60), true, refusing(), refusing());

        assertThat(failure(result)).hasMessageContaining("refused");
    }

    private static TunnelException failure(CompletableFuture<Channel> result) throws Exception {
        try {
            result.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            return (TunnelException) e.getCause();
        }
        throw new AssertionError("connected");
    }
}
