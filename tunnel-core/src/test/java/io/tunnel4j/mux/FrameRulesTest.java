package io.tunnel4j.mux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.tunnel4j.mux.MuxPair.RecordingListener;
import io.tunnel4j.testing.LeakCheck;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a peer may not send (RFC 9113), which error it earns, and the limits of docs/limits.md on frames that cost it nothing. */
@ExtendWith(LeakCheck.class)
class FrameRulesTest {
    private final RawPeer peer = RawPeer.greeted(MuxConfig.builder(Role.SERVER)
            .maxResetsPer30Seconds(200)
            .ping(Duration.ZERO, Duration.ofSeconds(1))
            .build());

    @AfterEach
    void close() {
        peer.close();
    }

    private void assertStreamError(int streamId, Http2Error error) {
        List<RawPeer.Frame> resets = peer.sent(RawPeer.RST_STREAM);
        assertThat(resets).hasSize(1);
        assertThat(resets.get(0).streamId()).isEqualTo(streamId);
        assertThat(resets.get(0).errorCode()).isEqualTo(error.code());
        assertThat(peer.isClosed()).as("connection").isFalse();
        peer.request(streamId + 2, true);
        assertThat(peer.opened).as("the connection goes on").anyMatch(s -> s.startsWith((streamId + 2) + " "));
    }

    private void assertConnectionError(Http2Error error) {
        List<RawPeer.Frame> goAways = peer.sent(RawPeer.GOAWAY);
        assertThat(goAways).hasSize(1);
        assertThat(goAways.get(0).errorCode()).isEqualTo(error.code());
        assertThat(peer.isClosed()).as("connection").isTrue();
        assertThat(peer.closed)
                .singleElement()
                .satisfies(cause -> assertThat(cause.initiator()).isEqualTo(Initiator.LOCAL));
    }

    static Stream<Arguments> malformedHeads() {
        return Stream.of(
                Arguments.of("unknown pseudo-header", RawPeer.block(":method", "GET", ":path", "/", ":colour", "red")),
                Arguments.of("pseudo-header after a field", RawPeer.block(":method", "GET", "a", "b", ":path", "/")),
                Arguments.of("pseudo-header twice", RawPeer.block(":method", "GET", ":path", "/", ":path", "/b")),
                Arguments.of("no method", RawPeer.block(":scheme", "https", ":path", "/")),
                Arguments.of("te", RawPeer.block(":method", "GET", ":path", "/", "te", "gzip")),
                Arguments.of("response pseudo-header", RawPeer.block(":method", "GET", ":path", "/", ":status", "200")),
                Arguments.of("upper case", RawPeer.block(":method", "GET", ":path", "/", "X-Upper", "1")),
                Arguments.of("line break in a value", RawPeer.block(":method", "GET", ":path", "/", "a", "b\nc: d")),
                Arguments.of("connection field", RawPeer.block(":method", "GET", ":path", "/", "connection", "close")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformedHeads")
    void head_malformed_isAStreamError(String what, byte[] block) {
        peer.send(RawPeer.HEADERS, RawPeer.END_HEADERS | RawPeer.END_STREAM, 1, block);

        assertThat(peer.opened).as(what).isEmpty();
        assertStreamError(1, Http2Error.PROTOCOL_ERROR);
    }

    @Test
    void trailers_withAPseudoHeader_areAStreamError() {
        peer.request(1, false);

        peer.send(RawPeer.HEADERS, RawPeer.END_HEADERS | RawPeer.END_STREAM, 1, RawPeer.block(":path", "/b"));

        assertStreamError(1, Http2Error.PROTOCOL_ERROR);
    }

    @Test
    void streamId_belowAnEarlierOne_isAConnectionError() {
        peer.request(5, false);

        peer.request(3, true);

        assertConnectionError(Http2Error.PROTOCOL_ERROR);
        assertThat(peer.opened).containsExactly("5 GET /");
    }

    @Test
    void streamId_even_isAConnectionError() {
        peer.request(2, true);

        assertConnectionError(Http2Error.PROTOCOL_ERROR);
    }

    @Test
    void head_onAClosedStream_isStreamClosed() {
        peer.request(1, false);
        peer.send(RawPeer.RST_STREAM, 0, 1, new byte[] {0, 0, 0, 8});
        peer.sent();

        peer.request(1, true);

        assertStreamError(1, Http2Error.STREAM_CLOSED);
    }

    @Test
    void data_onAnIdleStream_isAConnectionError() {
        peer.send(RawPeer.DATA, 0, 7, new byte[1]);

        assertConnectionError(Http2Error.PROTOCOL_ERROR);
    }

    @Test
    void data_afterEndOfStream_isStreamClosed() {
        peer.request(1, true);

        peer.send(RawPeer.DATA, 0, 1, new byte[1]);

        assertStreamError(1, Http2Error.STREAM_CLOSED);
    }

    @Test
    void data_aboveTheWindow_isAFlowControlError() {
        peer.stream.holdCredit = true;
        peer.request(1, false);

        for (int i = 0; i <= MuxConfig.DEFAULT_STREAM_WINDOW_BYTES / 16_384 && !peer.isClosed(); i++) {
            peer.send(RawPeer.DATA, 0, 1, new byte[16_384]);
        }

        assertThat(peer.stream.bytes).isLessThanOrEqualTo(MuxConfig.DEFAULT_STREAM_WINDOW_BYTES);
        assertConnectionError(Http2Error.FLOW_CONTROL_ERROR);
    }

    @Test
    void frame_aboveTheLargest_isAConnectionError() {
        byte[] header = new byte[MuxConfig.DEFAULT_MAX_FRAME_BYTES + 1];

        peer.send(RawPeer.HEADERS, RawPeer.END_HEADERS, 1, header);

        assertConnectionError(Http2Error.FRAME_SIZE_ERROR);
    }

    @Test
    void headerList_aboveTheLimit_isAStreamError() {
        String half = "v".repeat(MuxConfig.DEFAULT_MAX_HEADER_LIST_BYTES / 2);
        byte[] block = RawPeer.block(":method", "GET", ":path", "/", "a", half, "b", half);
        int cut = block.length / 2;

        peer.send(RawPeer.HEADERS, RawPeer.END_STREAM, 1, Arrays.copyOf(block, cut));
        peer.send(RawPeer.CONTINUATION, RawPeer.END_HEADERS, 1, Arrays.copyOfRange(block, cut, block.length));

        assertThat(peer.opened).isEmpty();
        assertStreamError(1, Http2Error.PROTOCOL_ERROR);
    }

    /** In pieces of the smallest frame size, as the reference sends them. */
    private static void sendHead(RawPeer to, int streamId, int bytes) {
        byte[] block = RawPeer.block(":method", "GET", ":path", "/", "a", "v".repeat(bytes));
        int type = RawPeer.HEADERS;
        for (int from = 0; from < block.length && !to.isClosed(); from += 16_384) {
            int end = Math.min(block.length, from + 16_384);
            int flags = end == block.length ? RawPeer.END_HEADERS : 0;
            to.send(
                    type,
                    type == RawPeer.HEADERS ? RawPeer.END_STREAM : flags,
                    streamId,
                    Arrays.copyOfRange(block, from, end));
            type = RawPeer.CONTINUATION;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3 << 20, 5 << 20, 12 << 20, 15 << 20})
    void headerBlock_upToItsOwnLimit_isAStreamErrorAndTheConnectionGoesOn(int bytes) {
        peer.mux.maxHeaderBlockBytes(16 << 20);

        sendHead(peer, 1, bytes);

        assertThat(peer.opened).isEmpty();
        assertStreamError(1, Http2Error.PROTOCOL_ERROR);
    }

    @Test
    void headerBlock_aboveItsOwnLimit_isAConnectionError() {
        peer.mux.maxHeaderBlockBytes(64 << 10);

        sendHead(peer, 1, 65 << 10);

        assertConnectionError(Http2Error.PROTOCOL_ERROR);
    }

    /** Copying all there is for each further frame took seconds, in which the loop's other connections stood still. */
    @Test
    @Timeout(20)
    void headerBlocks_inManyFrames_costNoMoreThanTheirOctets() {
        peer.mux.maxHeaderBlockBytes(16 << 20);

        for (int i = 0; i < 10; i++) {
            sendHead(peer, 1 + 2 * i, 15 << 20);
        }

        assertThat(peer.isClosed()).isFalse();
        assertThat(peer.sent(RawPeer.RST_STREAM)).hasSize(10);
    }

    @Test
    void headerBlock_firstFramePaddedAndWithPriority_isRead() {
        byte[] block = RawPeer.block(":method", "GET", ":path", "/padded");
        byte[] first = new byte[1 + 5 + 4 + 3];
        first[0] = 3;
        System.arraycopy(block, 0, first, 6, 4);

        peer.send(RawPeer.HEADERS, RawPeer.END_STREAM | 0x8 | 0x20, 1, first);
        peer.send(RawPeer.CONTINUATION, RawPeer.END_HEADERS, 1, Arrays.copyOfRange(block, 4, block.length));

        assertThat(peer.opened).containsExactly("1 GET /padded");
    }

    @Test
    void headerBlock_morePaddingThanPayload_isAConnectionError() {
        peer.send(RawPeer.HEADERS, 0x8, 1, (byte) 4, (byte) 0, (byte) 0);

        assertConnectionError(Http2Error.PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @ValueSource(ints = {RawPeer.HEADERS, RawPeer.PING, RawPeer.SETTINGS, RawPeer.DATA, 42})
    void headerBlock_anotherFrameInside_isAConnectionError(int type) {
        peer.send(RawPeer.HEADERS, 0, 1, RawPeer.block(":method", "GET"));
        peer.send(type, RawPeer.END_HEADERS, type == RawPeer.HEADERS || type == RawPeer.DATA ? 1 : 0, new byte[8]);

        assertConnectionError(Http2Error.PROTOCOL_ERROR);
    }

    @Test
    void headerBlock_continuedOnAnotherStream_isAConnectionError() {
        peer.send(RawPeer.HEADERS, 0, 1, RawPeer.block(":method", "GET"));
        peer.send(RawPeer.CONTINUATION, RawPeer.END_HEADERS, 3, RawPeer.block(":path", "/"));

        assertConnectionError(Http2Error.PROTOCOL_ERROR);
    }

    @Test
    void headerBlock_ofManySmallFrames_isEnhanceYourCalm() {
        peer.send(RawPeer.HEADERS, 0, 1, RawPeer.block(":method", "GET"));
        for (int i = 1; i < HeaderBlock.MAX_SMALL_FRAMES; i++) {
            peer.send(RawPeer.CONTINUATION, 0, 1);
        }
        assertThat(peer.isClosed()).isFalse();

        peer.send(RawPeer.CONTINUATION, 0, 1);

        assertConnectionError(Http2Error.ENHANCE_YOUR_CALM);
    }

    @Test
    void headerBlock_unfinishedWhenTheConnectionEnds_isReleased() {
        peer.send(RawPeer.HEADERS, 0, 1, RawPeer.block(":method", "GET"));

        peer.close();

        assertThat(peer.opened).isEmpty();
    }

    @Test
    void pings_aboveTheLimitWithin30Seconds_areEnhanceYourCalm() {
        for (int i = 0; i < FloodGuard.MAX_PINGS; i++) {
            peer.send(RawPeer.PING, 0, 0, new byte[8]);
            peer.sent();
        }
        assertThat(peer.isClosed()).isFalse();

        peer.send(RawPeer.PING, 0, 0, new byte[8]);

        assertConnectionError(Http2Error.ENHANCE_YOUR_CALM);
    }

    @Test
    void settings_aboveTheLimit_areEnhanceYourCalm_butNotInTheNextPeriod() {
        for (int i = 0; i < FloodGuard.MAX_SETTINGS - 1; i++) {
            peer.send(RawPeer.SETTINGS, 0, 0, new byte[0]);
        }
        peer.elapse(31);
        peer.send(RawPeer.SETTINGS, 0, 0, new byte[0]);
        peer.send(RawPeer.SETTINGS, 0, 0, new byte[0]);
        assertThat(peer.isClosed()).isFalse();

        for (int i = 0; i < FloodGuard.MAX_SETTINGS && !peer.isClosed(); i++) {
            peer.send(RawPeer.SETTINGS, 0, 0, new byte[0]);
        }

        assertConnectionError(Http2Error.ENHANCE_YOUR_CALM);
    }

    @Test
    void priorities_aboveTheLimit_areEnhanceYourCalm() {
        for (int i = 0; i <= FloodGuard.MAX_IGNORED; i++) {
            assertThat(peer.isClosed()).isFalse();
            peer.send(RawPeer.PRIORITY, 0, 1, new byte[5]);
        }

        assertConnectionError(Http2Error.ENHANCE_YOUR_CALM);
    }

    @Test
    void emptyData_aboveTheLimitInARow_isEnhanceYourCalm() {
        peer.request(1, false);
        for (int i = 0; i <= StreamingFrameReader.MAX_EMPTY_DATA_FRAMES; i++) {
            assertThat(peer.isClosed()).isFalse();
            peer.send(RawPeer.DATA, 0, 1, new byte[0]);
        }

        assertConnectionError(Http2Error.ENHANCE_YOUR_CALM);
    }

    @Test
    void resets_aboveTheConfiguredLimit_areEnhanceYourCalm() {
        for (int i = 0; i <= 200; i++) {
            assertThat(peer.isClosed()).isFalse();
            peer.request(2 * i + 1, true);
            peer.send(RawPeer.RST_STREAM, 0, 2 * i + 1, new byte[4]);
            peer.sent(RawPeer.RST_STREAM);
        }

        assertThat(peer.isClosed()).isTrue();
        assertThat(peer.closed.get(0).errorCode()).isEqualTo(Http2Error.ENHANCE_YOUR_CALM.code());
    }

    @Test
    void paddedData_isCreditedWhole() {
        peer.request(1, false);

        for (int i = 0; i < 3 * MuxConfig.DEFAULT_STREAM_WINDOW_BYTES / 16_384; i++) {
            byte[] padded = new byte[16_384];
            padded[0] = (byte) 255;
            peer.send(RawPeer.DATA, 8, 1, padded);
            peer.sent();
        }

        assertThat(peer.isClosed()).isFalse();
        assertThat(peer.stream.bytes).isEqualTo(192L * (16_384 - 256));
    }

    /** Whoever is done with a stream resets it, so as to be sure; a peer that has had everything must not hear of it. */
    @Test
    void reset_bothEndsSaid_writesNoFrame() {
        peer.request(1, true);
        MuxStream stream = peer.streams.get(0);
        stream.writeHead(new DefaultHttp2Headers().status("200"), false);
        stream.writeData(Unpooled.copiedBuffer(new byte[10]), true);

        stream.reset(Http2Error.CANCEL.code());
        stream.flush();
        peer.elapseMillis(1);

        assertThat(peer.sent()).extracting(RawPeer.Frame::type).containsExactly(RawPeer.HEADERS, RawPeer.DATA);
        assertThat(peer.mux.activeStreams()).isZero();
        assertThat(peer.stream.events).containsExactly("closed");
    }

    @Test
    void reset_fromTheLastDataOfThePeer_writesNoFrame() throws Exception {
        try (RawPeer server = new RawPeer(MuxConfig.builder(Role.CLIENT).build())) {
            server.send(RawPeer.SETTINGS, 0, 0);
            server.send(RawPeer.SETTINGS, RawPeer.ACK, 0);
            RecordingListener listener = new RecordingListener() {
                @Override
                public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
                    super.data(stream, data, endOfStream);
                    stream.reset(Http2Error.CANCEL.code());
                }
            };
            MuxStream request = server.mux.open(
                    new DefaultHttp2Headers()
                            .method("GET")
                            .scheme("https")
                            .path("/")
                            .authority("a"),
                    true,
                    listener);
            request.flush();
            server.elapseMillis(1);
            server.channel.releaseOutbound();

            server.send(RawPeer.HEADERS, RawPeer.END_HEADERS, request.id(), RawPeer.block(":status", "200"));
            server.send(RawPeer.DATA, RawPeer.END_STREAM, request.id(), new byte[10]);
            server.elapseMillis(1);

            assertThat(server.sent(RawPeer.RST_STREAM)).isEmpty();
            assertThat(server.mux.activeStreams()).isZero();
            assertThat(listener.events).containsExactly("head 200", "end", "closed");
        }
    }
}
