package io.tunnel4j.mux;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.testing.LeakCheck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What lies unread of some streams takes no credit from the others, as far as the reserve reaches. */
@ExtendWith(LeakCheck.class)
class ConnectionWindowTest {
    private static final int FRAME = 16_384;
    private static final long RESERVE = 256 << 20;
    private static final int STREAM_WINDOW = MuxConfig.DEFAULT_STREAM_WINDOW_BYTES;

    private final WindowReserve reserve = new WindowReserve(RESERVE);
    private RawPeer peer = peer(reserve);
    private long credit = MuxConfig.DEFAULT_CONNECTION_WINDOW_BYTES;
    private int nextId = 1;
    private final List<Integer> resets = new ArrayList<>();

    private static RawPeer peer(WindowReserve reserve) {
        RawPeer peer = RawPeer.greeted(builder()
                .ping(Duration.ofSeconds(15), Duration.ofHours(1))
                .reserve(reserve)
                .build());
        peer.stream.holdCredit = true;
        return peer;
    }

    private static MuxConfig.Builder builder() {
        return MuxConfig.builder(Role.SERVER);
    }

    @AfterEach
    void close() {
        peer.close();
    }

    private MuxStream request() {
        peer.request(nextId, false);
        nextId += 2;
        return peer.streams.get(peer.streams.size() - 1);
    }

    /** Sends as much as the connection's window allows; returns how much that was. */
    private int send(MuxStream stream, int bytes) {
        int sent = 0;
        while (sent < bytes && credit() >= FRAME) {
            peer.send(RawPeer.DATA, 0, stream.id(), new byte[FRAME]);
            credit -= FRAME;
            sent += FRAME;
        }
        return sent;
    }

    private long credit() {
        resets();
        return credit;
    }

    /** What may lie until nothing goes any more. */
    private long stall(int streams) {
        long lies = 0;
        for (int i = 0; i < streams; i++) {
            lies += send(request(), STREAM_WINDOW);
        }
        return lies;
    }

    private long transfer(MuxStream stream, long bytes) {
        long sent = 0;
        for (int now = -1; sent < bytes && now != 0; sent += now) {
            now = send(stream, FRAME);
            stream.consume(now);
        }
        return sent;
    }

    @Test
    void streams_thirtyNotRead_theOthersGoOn() {
        assertThat(stall(30)).isEqualTo(30L * STREAM_WINDOW);

        assertThat(transfer(request(), 100 << 20)).isEqualTo(100 << 20);
    }

    @Test
    void streams_beyondAllBounds_whatLiesIsBounded() {
        assertThat(stall(200)).isBetween((long) ConnectionWindow.MAX_BYTES - FRAME, (long) ConnectionWindow.MAX_BYTES);
    }

    @Test
    void reserve_usedUp_windowStays() {
        peer.close();
        peer = peer(new WindowReserve(3 << 20));

        assertThat(stall(200)).isBetween((4L << 20) - FRAME, 4L << 20);
    }

    @Test
    void reserve_shared_isUsedByBoth() {
        WindowReserve small = new WindowReserve(3 << 20);
        try (RawPeer other = peer(small)) {
            peer.close();
            peer = peer(small);
            stall(200);
            assertThat(small.left()).isZero();

            other.request(1, false);
            for (int i = 0; i < 64; i++) {
                other.send(RawPeer.DATA, 0, 1, new byte[FRAME]);
            }
            assertThat(other.sent(RawPeer.WINDOW_UPDATE)).isEmpty();
        }
        peer.close();
        assertThat(small.left()).as("after both are closed").isEqualTo(3 << 20);
    }

    @Test
    void reserve_whenAllIsReadAfterAll_returns() {
        int stalled = 20;
        stall(stalled);
        assertThat(reserve.left()).isLessThan(RESERVE - (stalled - 1L) * STREAM_WINDOW);

        peer.streams.forEach(stream -> stream.consume(STREAM_WINDOW));
        peer.elapse(60);
        assertThat(reserve.left()).isEqualTo(RESERVE);

        assertThat(transfer(request(), 200 << 20)).isEqualTo(200 << 20);
        assertThat(stall(200)).as("what was given before, used up").isLessThanOrEqualTo(ConnectionWindow.MAX_BYTES);
    }

    @Test
    void reserve_streamsThatLieAreReset_returns() {
        stall(20);

        peer.streams.forEach(stream -> stream.reset(8));
        peer.elapse(60);

        assertThat(reserve.left()).isEqualTo(RESERVE);
    }

    @Test
    void reserve_usedUpByStreamsThatStall_theyAreGivenUp() {
        peer.close();
        peer = peer(new WindowReserve(3 << 20));
        MuxStream slow = request();
        send(slow, STREAM_WINDOW);
        MuxStream waits = request();
        stall(200);

        elapseReading(slow, Http2MuxStream.STALLED_SECONDS - 1);
        assertThat(resets()).as("before their time").isEmpty();
        elapseReading(slow, 20);

        assertThat(resets()).hasSize((4 << 20) / STREAM_WINDOW - 1).doesNotContain(slow.id(), waits.id());
        assertThat(peer.stream.events).contains("reset 8 LOCAL").doesNotContain("reset 8 REMOTE");
        assertThat(transfer(waits, 100 << 20)).isEqualTo(100 << 20);
    }

    @Test
    void window_notUsedUp_streamsThatStallStay() {
        stall(30);

        peer.elapse(600);

        assertThat(resets()).isEmpty();
    }

    /** Seconds in which one stream, of all that lie, is read a byte at a time. */
    private void elapseReading(MuxStream slow, long seconds) {
        for (long i = 0; i < seconds; i++) {
            slow.consume(1);
            peer.elapse(1);
        }
    }

    /** The streams that have been reset so far. */
    private List<Integer> resets() {
        for (RawPeer.Frame frame : peer.sent()) {
            if (frame.type() == RawPeer.RST_STREAM) {
                resets.add(frame.streamId());
            } else if (frame.type() == RawPeer.WINDOW_UPDATE && frame.streamId() == 0) {
                credit += frame.windowIncrement();
            }
        }
        return resets;
    }

    @Test
    void config_withoutReserve_windowStays() {
        peer.close();
        peer = RawPeer.greeted(builder().build());
        peer.stream.holdCredit = true;

        assertThat(stall(5)).isEqualTo(MuxConfig.DEFAULT_CONNECTION_WINDOW_BYTES);
    }
}
