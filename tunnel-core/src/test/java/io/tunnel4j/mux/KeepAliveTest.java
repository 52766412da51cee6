package io.tunnel4j.mux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.tunnel4j.testing.LeakCheck;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Silence, PINGs and deadlines on a clock that the test drives. */
@ExtendWith(LeakCheck.class)
class KeepAliveTest {
    private final MuxConfig config = MuxConfig.builder(Role.SERVER)
            .ping(Duration.ofSeconds(15), Duration.ofSeconds(15))
            .build();
    private RawPeer peer = RawPeer.greeted(config);

    @AfterEach
    void close() {
        peer.close();
    }

    private List<RawPeer.Frame> pings() {
        return peer.sent(RawPeer.PING).stream().filter(frame -> !frame.isAck()).toList();
    }

    private void answer(RawPeer.Frame ping) {
        peer.send(RawPeer.PING, RawPeer.ACK, 0, ping.payload());
    }

    @Test
    void silence_within15Seconds_isAskedByPing() {
        peer.elapse(15);

        assertThat(pings()).hasSize(1);
    }

    @Test
    void ping_notAnsweredWithin15Seconds_endsTheConnection() {
        peer.elapse(15);
        assertThat(pings()).hasSize(1);
        peer.elapse(14 - 8);
        assertThat(peer.isClosed()).isFalse();

        peer.elapse(15);

        assertThat(peer.isClosed()).isTrue();
        assertThat(peer.closed.get(0)).hasMessageContaining("no answer to PING");
    }

    @Test
    void ping_answered_isFollowedByTheNextAfterSilence() {
        for (int i = 0; i < 5; i++) {
            List<RawPeer.Frame> pings = List.of();
            for (int tenths = 0; tenths < 160 && pings.isEmpty(); tenths++) {
                peer.elapseMillis(100);
                pings = pings();
            }
            assertThat(pings).hasSize(1);
            answer(pings.get(0));
        }

        assertThat(peer.isClosed()).isFalse();
    }

    @Test
    void ping_outstandingButOtherFramesCome_isNotRepeatedAndThePeerLives() {
        peer.elapse(15);
        assertThat(pings()).hasSize(1);

        for (int i = 0; i < 60; i++) {
            peer.send(RawPeer.WINDOW_UPDATE, 0, 0, new byte[] {0, 0, 0, 1});
            peer.send(RawPeer.PING, 0, 0, new byte[8]);
            peer.request(2 * i + 1, true);
            peer.elapse(1);
        }

        assertThat(peer.isClosed()).isFalse();
        assertThat(pings()).isEmpty();
    }

    @Test
    void answer_toAPingThatWasGivenUp_isNoMeasurement() {
        peer.elapse(15);
        RawPeer.Frame first = pings().get(0);
        peer.request(1, true);
        List<RawPeer.Frame> second = List.of();
        for (int tenths = 0; tenths < 300 && second.isEmpty(); tenths++) {
            peer.elapseMillis(100);
            second = pings();
        }
        assertThat(second).hasSize(1);
        assertThat(second.get(0).payload()).isNotEqualTo(first.payload());

        peer.elapseMillis(100);
        answer(first);
        assertThat(peer.mux.roundTripNanos()).isZero();
        peer.elapseMillis(100);
        answer(second.get(0));

        assertThat(peer.mux.roundTripNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(200));
    }

    @Test
    void probe_withoutAnswer_endsTheConnectionAtItsLimit() {
        peer.mux.probe(Duration.ofSeconds(5));
        assertThat(pings()).hasSize(1);

        peer.elapse(6);

        assertThat(peer.isClosed()).isTrue();
    }

    @Test
    void probe_whileAPingIsOutstanding_anyFrameProvesLife() {
        peer.elapse(15);
        assertThat(pings()).hasSize(1);
        peer.mux.probe(Duration.ofSeconds(5));

        peer.elapse(1);
        peer.request(1, true);
        peer.elapse(5);

        assertThat(pings()).isEmpty();
        assertThat(peer.isClosed()).isFalse();
    }

    @Test
    void settings_notWithinTheirTime_endTheConnection() {
        peer.close();
        peer = new RawPeer(config);

        peer.elapse(9);
        assertThat(peer.isClosed()).isFalse();
        peer.elapse(2);

        assertThat(peer.isClosed()).isTrue();
        assertThat(peer.closed.get(0).errorCode()).isEqualTo(Http2Error.SETTINGS_TIMEOUT.code());
    }

    @Test
    void preface_withoutSettings_endsTheConnectionAtTheSameTime() {
        peer.close();
        peer = new RawPeer(config);
        peer.elapse(5);
        peer.channel.writeInbound(Http2CodecUtil.connectionPrefaceBuf());

        peer.elapse(4);
        assertThat(peer.isClosed()).isFalse();
        peer.elapse(2);

        assertThat(peer.isClosed()).isTrue();
    }

    @Test
    void drained_lastPingUnanswered_closesAfterTwoSeconds() {
        peer.mux.drain(Duration.ofMinutes(1));
        assertThat(pings()).as("has the peer read everything?").hasSize(1);

        peer.elapseMillis(1900);
        assertThat(peer.isClosed()).isFalse();
        peer.elapseMillis(200);

        assertThat(peer.isClosed()).isTrue();
    }

    @Test
    void defaults_ofAConnector_areThoseDocumented() {
        MuxConfig defaults = MuxConfig.builder(Role.SERVER).build();

        assertThat(defaults.streamWindowBytes).isEqualTo(1 << 20);
        assertThat(defaults.connectionWindowBytes).isEqualTo(1 << 20);
        assertThat(defaults.maxWindowBytes).isEqualTo(16 << 20);
        assertThat(defaults.maxFrameBytes).isEqualTo(1 << 20);
        assertThat(defaults.maxHeaderListBytes).isEqualTo(1_048_896);
        assertThat(defaults.maxConcurrentStreams).isEqualTo(4_294_967_295L);
        assertThat(defaults.streamQueueBytes).isEqualTo(256 << 10);
        assertThat(Http2Mux.CONNECTION_QUEUE_BYTES).isEqualTo(4 << 20);
        assertThat(defaults.pingInterval).isEqualTo(Duration.ofSeconds(15));
        assertThat(defaults.pingTimeout).isEqualTo(Duration.ofSeconds(15));
        assertThat(defaults.helloTimeout).isEqualTo(Duration.ofSeconds(10));
        assertThat(FloodGuard.MAX_PINGS).isEqualTo(30_000);
        assertThat(FloodGuard.MAX_SETTINGS).isEqualTo(300);
        assertThat(FloodGuard.MAX_IGNORED).isEqualTo(30_000);
        assertThat(StreamingFrameReader.MAX_EMPTY_DATA_FRAMES).isEqualTo(100);
    }

    @Test
    void interval_zero_neverAsks() {
        peer.close();
        peer = RawPeer.greeted(MuxConfig.builder(Role.SERVER)
                .ping(Duration.ZERO, Duration.ofSeconds(1))
                .build());

        peer.elapse(120);

        assertThat(pings()).isEmpty();
        assertThat(peer.isClosed()).isFalse();
    }

    @Test
    void window_grownByATransfer_fallsBackAfter30SecondsOfQuiet() {
        peer.request(1, false);
        growWindow();
        assertThat(connectionCredit()).isGreaterThan(2 << 20);

        for (int i = 0; i < 4; i++) {
            peer.elapse(15);
            pings().forEach(this::answer);
        }
        peer.sent();

        // Credit given out cannot be taken back: it is used up first, and then renewed up to the first window only.
        long unused = 0;
        long renewed = 0;
        for (int i = 0; i < 2000 && renewed == 0; i++) {
            peer.send(RawPeer.DATA, 0, 1, new byte[16_384]);
            unused += 16_384;
            renewed = connectionCredit();
        }
        assertThat(unused).as("what was still allowed").isGreaterThan(2 << 20);
        assertThat(renewed).isBetween(1L, (long) MuxConfig.DEFAULT_CONNECTION_WINDOW_BYTES);
    }

    /** What the peer has been allowed since the last call. */
    private long connectionCredit() {
        return peer.sent(RawPeer.WINDOW_UPDATE).stream()
                .filter(frame -> frame.streamId() == 0)
                .mapToLong(RawPeer.Frame::windowIncrement)
                .sum();
    }

    /** One round trip of 100 ms in which the window is filled. */
    private void growWindow() {
        List<RawPeer.Frame> pings = List.of();
        for (int i = 0; i < 64 && pings.isEmpty(); i++) {
            peer.send(RawPeer.DATA, 0, 1, new byte[16_384]);
            peer.elapseMillis(1);
            pings = pings();
        }
        assertThat(pings).hasSize(1);
        for (int i = 0; i < 60; i++) {
            peer.send(RawPeer.DATA, 0, 1, new byte[16_384]);
        }
        peer.sent();
        peer.elapseMillis(100);
        answer(pings.get(0));
    }
}
