package io.tunnel4j.mux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.mux.MuxPair.RecordingListener;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both roles over a real socket. */
class MuxConnectionTest {
    private static final MuxConfig CLIENT = MuxConfig.builder(Role.CLIENT).build();
    private static final MuxConfig SERVER = MuxConfig.builder(Role.SERVER).build();

    private final BlockingQueue<MuxStream> accepted = new LinkedBlockingQueue<>();
    private final RecordingListener atServer = new RecordingListener();
    private final RecordingListener atClient = new RecordingListener();

    private MuxPair pair() throws Exception {
        return pair(CLIENT, SERVER);
    }

    private MuxPair pair(MuxConfig client, MuxConfig server) throws Exception {
        return new MuxPair(client, server, (stream, head, end) -> {
            accepted.add(stream);
            return atServer;
        });
    }

    private static Http2Headers request() {
        return new DefaultHttp2Headers()
                .method("POST")
                .path("/")
                .scheme("https")
                .authority("app.example.com");
    }

    private static Http2Headers response() {
        return new DefaultHttp2Headers().status("200");
    }

    private MuxStream open(MuxPair pair, boolean endOfStream) throws Exception {
        return pair.onClient(c -> {
            MuxStream stream = c.open(request(), endOfStream, atClient);
            stream.flush();
            return stream;
        });
    }

    @Test
    void stream_bothSidesEnd_isClosedOnceOnEachSide() throws Exception {
        try (MuxPair pair = pair()) {
            open(pair, true);
            MuxStream stream = accepted.poll(10, TimeUnit.SECONDS);
            pair.onServer(s -> {
                stream.writeHead(response(), false);
                stream.writeData(Unpooled.copiedBuffer(new byte[100_000]), false);
                stream.writeTrailers(new DefaultHttp2Headers().add("x-t", "1"));
                stream.flush();
                return null;
            });

            assertThat(atClient.next()).isEqualTo("head 200");
            assertThat(atClient.next()).isEqualTo("trailers 1");
            assertThat(atClient.next()).isEqualTo("closed");
            assertThat(atServer.next()).isEqualTo("closed");
            assertThat(atClient.bytes).isEqualTo(100_000);
            assertThat(pair.onClient(MuxConnection::activeStreams)).isZero();
        }
    }

    @Test
    void stream_halfClosed_otherDirectionGoesOn() throws Exception {
        try (MuxPair pair = pair()) {
            MuxStream request = open(pair, false);
            MuxStream stream = accepted.poll(10, TimeUnit.SECONDS);
            pair.onServer(s -> {
                stream.writeHead(response(), true);
                stream.flush();
                return null;
            });
            assertThat(atClient.next()).isEqualTo("head 200 end");

            pair.onClient(c -> {
                request.writeData(Unpooled.copiedBuffer(new byte[10]), true);
                request.flush();
                return null;
            });

            assertThat(atServer.next()).isEqualTo("end");
            assertThat(atServer.bytes).isEqualTo(10);
            assertThat(atServer.next()).isEqualTo("closed");
            assertThat(atClient.next()).isEqualTo("closed");
        }
    }

    @Test
    void stream_reset_peerLearnsCodeAndInitiatorAndLaterWritesAreDropped() throws Exception {
        try (MuxPair pair = pair()) {
            MuxStream request = open(pair, false);
            accepted.poll(10, TimeUnit.SECONDS);

            pair.onClient(c -> {
                request.reset(Http2Error.CANCEL.code());
                request.writeData(Unpooled.copiedBuffer(new byte[10]), true);
                return null;
            });

            assertThat(atServer.next()).isEqualTo("reset 8 REMOTE");
            assertThat(atServer.next()).isEqualTo("closed");
            assertThat(atClient.next()).isEqualTo("closed");
            assertThat(request.isLocalOpen()).isFalse();
        }
    }

    @Test
    void credit_notReturned_senderTurnsUnwritableAndBytesStayBounded() throws Exception {
        atServer.holdCredit = true;
        try (MuxPair pair = pair()) {
            MuxStream request = open(pair, false);
            MuxStream stream = accepted.poll(10, TimeUnit.SECONDS);
            int written = pair.onClient(c -> writeWhileWritable(request));
            await().until(() -> atServer.bytes > 0 && !isWritableAfterRefill(pair, request));

            assertThat(written).isPositive();
            assertThat(atServer.bytes).isLessThanOrEqualTo(MuxConfig.DEFAULT_STREAM_WINDOW_BYTES);

            atServer.holdCredit = false;
            long held = atServer.bytes;
            pair.onServer(s -> {
                stream.consume((int) held);
                return null;
            });
            await().until(() -> pair.onClient(c -> request.isWritable()));
        }
    }

    private static int writeWhileWritable(MuxStream stream) {
        int written = 0;
        while (stream.isWritable()) {
            stream.writeData(Unpooled.copiedBuffer(new byte[16_384]), false);
            written += 16_384;
        }
        stream.flush();
        return written;
    }

    private static boolean isWritableAfterRefill(MuxPair pair, MuxStream stream) throws Exception {
        return pair.onClient(c -> {
            if (stream.isWritable()) {
                writeWhileWritable(stream);
                return true;
            }
            return false;
        });
    }

    @Test
    void bulk_both64MiB_arriveWholeWithSlowConsumer() throws Exception {
        int total = 64 << 20;
        Deque<Integer> owed = new ArrayDeque<>();
        RecordingListener slow = new RecordingListener() {
            @Override
            public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
                int n = data.readableBytes();
                super.data(stream, data, endOfStream);
                owed.add(n);
                // Returns credit late and in lumps, as a consumer with a queue does.
                if (owed.size() > 8 || endOfStream) {
                    owed.forEach(stream::consume);
                    owed.clear();
                    stream.flush();
                }
            }
        };
        slow.holdCredit = true;
        try (MuxPair pair = new MuxPair(CLIENT, SERVER, (stream, head, end) -> slow)) {
            Uploader uploader = new Uploader(total);
            pair.onClient(c -> {
                uploader.more(c.open(request(), false, uploader));
                return null;
            });

            assertThat(slow.next()).isEqualTo("end");
            assertThat(slow.bytes).isEqualTo(total);
            await().untilAsserted(() ->
                    assertThat(pair.onClient(MuxConnection::bytesOut)).isEqualTo(total));
        }
    }

    private static final class Uploader extends RecordingListener {
        private int left;

        Uploader(int total) {
            left = total;
        }

        void more(MuxStream stream) {
            while (left > 0 && stream.isWritable()) {
                int n = Math.min(left, 65_536);
                left -= n;
                stream.writeData(
                        stream.connection().channel().alloc().directBuffer(n).writeZero(n), left == 0);
            }
            stream.flush();
        }

        @Override
        public void writabilityChanged(MuxStream stream) {
            more(stream);
        }
    }

    @Test
    void connection_lost_everyStreamIsResetAndListenersHearOnce() throws Exception {
        try (MuxPair pair = pair()) {
            open(pair, false);
            accepted.poll(10, TimeUnit.SECONDS);

            pair.server.channel().close();

            assertThat(atClient.next()).startsWith("reset ");
            assertThat(atClient.next()).isEqualTo("closed");
            assertThat(atServer.next()).startsWith("reset ");
            assertThat(atServer.next()).isEqualTo("closed");
            assertThat(pair.closed.poll(10, TimeUnit.SECONDS)).isNotNull();
            assertThat(pair.closed.poll(10, TimeUnit.SECONDS)).isNotNull();
            assertThat(pair.closed.poll(100, TimeUnit.MILLISECONDS)).isNull();
        }
    }

    @Test
    void drain_runningStream_finishesThenTheConnectionCloses() throws Exception {
        try (MuxPair pair = pair()) {
            open(pair, true);
            MuxStream stream = accepted.poll(10, TimeUnit.SECONDS);
            pair.onServer(s -> {
                s.drain(Duration.ofSeconds(30));
                return null;
            });
            assertThat(pair.goAways.poll(10, TimeUnit.SECONDS)).startsWith(stream.id() + " 0");
            assertThat(pair.onClient(MuxConnection::canOpen)).isFalse();
            assertThatThrownBy(() -> open(pair, true)).hasRootCauseInstanceOf(ConnectionException.class);

            pair.onServer(s -> {
                stream.writeHead(response(), true);
                stream.flush();
                return null;
            });

            assertThat(atClient.next()).isEqualTo("head 200 end");
            assertThat(pair.closed.poll(10, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void drain_deadline_cutsWhatIsLeft() throws Exception {
        try (MuxPair pair = pair()) {
            open(pair, true);
            accepted.poll(10, TimeUnit.SECONDS);
            pair.onServer(s -> {
                s.drain(Duration.ofMillis(50));
                return null;
            });

            assertThat(atClient.next()).isEqualTo("reset 8 REMOTE");
            assertThat(pair.closed.poll(10, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void streams_aboveThePeersLimit_areRefusedLocally() throws Exception {
        MuxConfig two = MuxConfig.builder(Role.SERVER).maxConcurrentStreams(2).build();
        try (MuxPair pair = pair(CLIENT, two)) {
            open(pair, false);
            open(pair, false);

            assertThat(pair.onClient(MuxConnection::canOpen)).isFalse();
            assertThatThrownBy(() -> open(pair, false)).hasRootCauseInstanceOf(ConnectionException.class);
        }
    }

    @Test
    void streams_thousandAtOnce_allAnswered() throws Exception {
        AtomicInteger answered = new AtomicInteger();
        RecordingListener counting = new RecordingListener() {
            @Override
            public void closed(MuxStream stream) {
                answered.incrementAndGet();
            }
        };
        try (MuxPair pair = new MuxPair(CLIENT, SERVER, (stream, head, end) -> {
            stream.writeHead(response(), true);
            stream.flush();
            return atServer;
        })) {
            pair.onClient(c -> {
                for (int i = 0; i < 1000; i++) {
                    c.open(request(), true, counting).flush();
                }
                return null;
            });

            await().until(() -> answered.get() == 1000);
        }
    }

    @Test
    void peer_silentAfterPing_connectionCountsAsDead() throws Exception {
        MuxConfig impatient = MuxConfig.builder(Role.CLIENT)
                .ping(Duration.ofMillis(100), Duration.ofMillis(200))
                .build();
        try (MuxPair pair = pair(impatient, SERVER)) {
            pair.server.channel().config().setAutoRead(false);

            ConnectionException cause = pair.closed.poll(10, TimeUnit.SECONDS);

            assertThat(cause).isNotNull().hasMessageContaining("no answer to PING");
            assertThat(cause.initiator()).isEqualTo(Initiator.LOCAL);
        }
    }

    @Test
    void malformedField_resetsTheStreamNotTheConnection() throws Exception {
        try (MuxPair pair = pair()) {
            MuxStream bad = pair.onClient(c -> {
                Http2Headers head = new DefaultHttp2Headers(false)
                        .method("GET")
                        .path("/")
                        .scheme("https")
                        .authority("a")
                        .add("x-bad", "a\r\nb: c");
                MuxStream stream = c.open(head, true, atClient);
                stream.flush();
                return stream;
            });
            assertThat(bad.id()).isPositive();
            assertThat(atClient.next()).isEqualTo("reset 1 REMOTE");
            assertThat(atClient.next()).isEqualTo("closed");

            open(pair, true);
            assertThat(accepted.poll(10, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"data", "readComplete", "reset", "closed"})
    void listener_throws_onlyItsStreamSuffers(String callback) throws Exception {
        RecordingListener throwing = new RecordingListener() {
            private void failIf(String here) {
                if (here.equals(callback)) {
                    throw new IllegalStateException("thrown by the test in " + here);
                }
            }

            @Override
            public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
                super.data(stream, data, endOfStream);
                failIf("data");
            }

            @Override
            public void readComplete(MuxStream stream) {
                if (bytes > 0) {
                    failIf("readComplete");
                }
            }

            @Override
            public void reset(MuxStream stream, StreamException cause) {
                super.reset(stream, cause);
                failIf("reset");
            }

            @Override
            public void closed(MuxStream stream) {
                super.closed(stream);
                failIf("closed");
            }
        };
        List<MuxStream> both = new ArrayList<>();
        try (MuxPair pair = new MuxPair(CLIENT, SERVER, (stream, head, end) -> {
            both.add(stream);
            return both.size() == 1 ? throwing : atServer;
        })) {
            MuxStream bad = open(pair, false);
            MuxStream good = open(pair, false);
            pair.onClient(c -> {
                bad.writeData(Unpooled.copiedBuffer(new byte[10]), false);
                bad.flush();
                return null;
            });
            await().until(() -> throwing.bytes == 10);
            pair.onClient(c -> {
                bad.reset(Http2Error.CANCEL.code());
                good.writeData(Unpooled.copiedBuffer(new byte[10]), true);
                good.flush();
                return null;
            });

            assertThat(atServer.next()).isEqualTo("end");
            List<String> heard = new ArrayList<>(List.of(throwing.next()));
            if (heard.get(0).startsWith("reset")) {
                heard.add(throwing.next());
            }
            assertThat(heard).endsWith("closed");
            assertThat(throwing.events).isEmpty();
            assertThat(pair.closed).isEmpty();
        }
    }
}
