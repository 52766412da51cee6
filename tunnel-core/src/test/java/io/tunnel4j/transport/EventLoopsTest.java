package io.tunnel4j.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.tunnel4j.testing.LeakCheck;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The end of event loops. */
@ExtendWith(LeakCheck.class)
class EventLoopsTest {
    @Test
    void shutdown_whileALoopRunsItsTasks_closesItsChannels() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            EventLoops loops = EventLoops.start("test", 1);
            Channel channel = new Bootstrap()
                    .group(loops.group())
                    .channel(loops.socketChannel())
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(server.getLocalSocketAddress())
                    .sync()
                    .channel();
            CountDownLatch running = new CountDownLatch(1);
            CountDownLatch told = new CountDownLatch(1);
            channel.eventLoop().execute(() -> {
                running.countDown();
                try {
                    told.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            running.await();

            var ended = loops.shutdown().toCompletableFuture();
            told.countDown();

            ended.get(10, TimeUnit.SECONDS);
            assertThat(channel.isOpen()).isFalse();
        }
    }
}
