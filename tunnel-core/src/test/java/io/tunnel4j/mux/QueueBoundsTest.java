package io.tunnel4j.mux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.tunnel4j.testing.LeakCheck;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What waits to be sent: bounded per stream and per connection, and no stream waits for another's reader. */
@ExtendWith(LeakCheck.class)
class QueueBoundsTest {
    private static final int PIECE = 16_384;

    private final RawPeer peer = RawPeer.greeted(MuxConfig.builder(Role.SERVER)
            .ping(Duration.ZERO, Duration.ofSeconds(1))
            .build());
    private int nextId = 1;

    @BeforeEach
    void giveTheConnectionCredit() {
        peer.credit(0, 1 << 30);
    }

    @AfterEach
    void close() {
        peer.close();
    }

    private MuxStream answered() {
        peer.request(nextId, true);
        nextId += 2;
        MuxStream stream = peer.streams.get(peer.streams.size() - 1);
        stream.writeHead(new DefaultHttp2Headers().status("200"), false);
        return stream;
    }

    /** Writes as long as the stream takes it. */
    private static int fill(MuxStream stream) {
        int written = 0;
        while (stream.isWritable()) {
            stream.writeData(Unpooled.wrappedBuffer(new byte[PIECE]), false);
            written += PIECE;
            stream.flush();
        }
        return written;
    }

    private long sentData() {
        return peer.sent(RawPeer.DATA).stream()
                .mapToLong(frame -> frame.payload().length)
                .sum();
    }

    @Test
    void stream_whosePeerDoesNotRead_queuesItsLimitAndOnePiece() {
        MuxStream stalled = answered();

        int written = fill(stalled);
        sentData();
        written += fill(stalled);

        assertThat(written)
                .as("the queue's limit, and what left with the first window")
                .isBetween(
                        MuxConfig.DEFAULT_STREAM_QUEUE_BYTES,
                        MuxConfig.DEFAULT_STREAM_QUEUE_BYTES + 65_535 + 2 * PIECE);
    }

    @Test
    void connection_fullOfStalledStreams_othersGoOn() {
        long held = 0;
        for (int i = 0; i < 100; i++) {
            held += fillUntilStalled(answered());
        }
        assertThat(held).isLessThanOrEqualTo(Http2Mux.CONNECTION_QUEUE_BYTES + 100 * PIECE);

        MuxStream live = answered();
        long got = 0;
        for (int i = 0; i < 1000 && got < 1 << 20; i++) {
            fill(live);
            long now = sentData();
            got += now;
            if (now > 0) {
                peer.credit(live.id(), (int) now);
            }
        }
        assertThat(got).isGreaterThanOrEqualTo(1 << 20);
    }

    /** Returns what the connection holds of it. */
    private long fillUntilStalled(MuxStream stream) {
        long written = 0;
        for (int round = 0; round < 10; round++) {
            written += fill(stream);
            written -= sentData();
        }
        return written;
    }

    @Test
    void connection_full_streamWaitsForItsOwnCreditOnly() {
        while (peer.streams.size() < 20) {
            fillUntilStalled(answered());
        }

        MuxStream late = answered();
        late.writeData(Unpooled.wrappedBuffer(new byte[65_535]), false);
        late.flush();
        sentData();

        assertThat(late.isWritable()).as("its own window is used up").isFalse();
        peer.credit(late.id(), 1000);
        assertThat(late.isWritable()).isTrue();
    }

    @Test
    void allowance_ofAStream_isItsCreditAndTheRoomInItsQueue() {
        MuxStream stream = answered();
        assertThat(stream.allowance()).isEqualTo(65_535 + MuxConfig.DEFAULT_STREAM_QUEUE_BYTES);

        // One frame leaves at once, the second is above the credit that is left and waits.
        stream.writeData(Unpooled.wrappedBuffer(new byte[60_000]), false);
        stream.writeData(Unpooled.wrappedBuffer(new byte[60_000]), false);

        assertThat(stream.allowance()).isEqualTo(5_535 + MuxConfig.DEFAULT_STREAM_QUEUE_BYTES - 60_000);
    }

    @Test
    void allowance_whileTheConnectionIsFull_isTheStreamsCreditAlone() {
        while (peer.streams.size() < 20) {
            fillUntilStalled(answered());
        }

        assertThat(answered().allowance()).isEqualTo(65_535);
        assertThat(peer.streams.get(0).allowance()).as("stalled").isZero();
    }
}
