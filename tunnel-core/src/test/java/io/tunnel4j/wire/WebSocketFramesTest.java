package io.tunnel4j.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.tunnel4j.testing.LeakCheck;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class WebSocketFramesTest {
    private final RecordingSink sink = new RecordingSink();

    private static ByteBuf hex(String digits) {
        return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(digits.replace(" ", "")));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 127, 65535, 65536, 200_000})
    void frame_maskedAndReadInPieces_givesThePayloadBack(int length) throws Exception {
        Random random = new Random(length);
        byte[] payload = new byte[length];
        random.nextBytes(payload);
        ByteBuf wire = Unpooled.buffer();
        WebSocketFrames.writeMaskedHeader(WebSocketFrames.BINARY, true, length, 0x01020304, wire);
        int start = wire.writerIndex();
        wire.writeBytes(payload);
        WebSocketFrames.mask(wire, start, length, 0x01020304);
        WebSocketDecoder decoder = new WebSocketDecoder(true, sink);

        while (wire.isReadable()) {
            decoder.decode(wire.readBytes(Math.min(1 + random.nextInt(9000), wire.readableBytes())));
        }

        assertThat(sink.bytes()).isEqualTo(payload);
        assertThat(sink.messages).isEqualTo(1);
        wire.release();
    }

    @ParameterizedTest
    @CsvSource({"0, 5", "1, 8", "3, 17", "7, 1", "2, 0"})
    void mask_atAnyOffset_equalsByteByByte(int offset, int length) {
        byte[] key = {0x11, (byte) 0xe2, 0x33, (byte) 0x84};
        ByteBuf bytes = Unpooled.buffer().writeBytes(new byte[offset + length]);

        int rotated = WebSocketFrames.rotate(0x11e23384, offset);
        WebSocketFrames.mask(bytes, offset, length, rotated);

        for (int i = 0; i < length; i++) {
            assertThat(bytes.getByte(offset + i)).isEqualTo(key[(offset + i) % 4]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 1000})
    void writeMasked_fromAndToAnyKindOfBuffer_equalsACopyThatIsMasked(int length) {
        byte[] text = new byte[length];
        new Random(length).nextBytes(text);
        for (ByteBuf payload : kindsOf(text)) {
            for (ByteBuf out : List.of(Unpooled.buffer(1), Unpooled.directBuffer(1), Unpooled.compositeBuffer())) {
                out.writeByte(9);
                payload.readerIndex(1);

                WebSocketFrames.writeMasked(payload, length, 0x11e23384, out);

                assertThat(payload.readableBytes()).isEqualTo(1);
                assertThat(ByteBufUtil.getBytes(out, 1, out.readableBytes() - 1))
                        .isEqualTo(masked(text, 0x11e23384));
                out.release();
            }
            payload.release();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 1000})
    void mask_inAnyKindOfBuffer_changesThoseBytesOnly(int length) {
        byte[] text = new byte[length];
        new Random(length).nextBytes(text);
        for (ByteBuf bytes : kindsOf(text)) {
            WebSocketFrames.mask(bytes, 1, length, 0x11e23384);

            assertThat(ByteBufUtil.getBytes(bytes, 1, length)).isEqualTo(masked(text, 0x11e23384));
            assertThat(bytes.getByte(0)).isEqualTo((byte) 1);
            assertThat(bytes.getByte(length + 1)).isEqualTo((byte) 2);
            bytes.release();
        }
    }

    /** A byte, the text and a byte: in an array, outside the heap, as a slice of each, and in two pieces. */
    private static List<ByteBuf> kindsOf(byte[] text) {
        byte[] all = new byte[text.length + 2];
        all[0] = 1;
        System.arraycopy(text, 0, all, 1, text.length);
        all[text.length + 1] = 2;
        int half = all.length / 2;
        ByteBuf heap = Unpooled.buffer().writeInt(0).writeBytes(all);
        ByteBuf direct = Unpooled.directBuffer().writeInt(0).writeBytes(all);
        return List.of(
                Unpooled.copiedBuffer(all),
                Unpooled.directBuffer().writeBytes(all),
                heap.slice(4, all.length),
                direct.slice(4, all.length),
                Unpooled.wrappedBuffer(Arrays.copyOf(all, half), Arrays.copyOfRange(all, half, all.length)));
    }

    private static byte[] masked(byte[] text, int key) {
        byte[] masked = text.clone();
        for (int i = 0; i < masked.length; i++) {
            masked[i] ^= (byte) (key >>> (24 - 8 * (i % 4)));
        }
        return masked;
    }

    @Test
    void header_unmasked_isAsInTheRfc() {
        ByteBuf out = Unpooled.buffer();

        WebSocketFrames.writeHeader(WebSocketFrames.TEXT, true, 5, out);
        WebSocketFrames.writeHeader(WebSocketFrames.BINARY, true, 256, out);
        WebSocketFrames.writeHeader(WebSocketFrames.BINARY, false, 65536, out);
        WebSocketFrames.writeClose(1000, out);

        assertThat(ByteBufUtil.hexDump(out)).isEqualTo("8105" + "827e0100" + "027f0000000000010000" + "880203e8");
    }

    @ParameterizedTest
    @CsvSource({"8201 78, true", "8202 78, false", "82, false", "0201 78, false", "0201 78 8000, true", "'', true"})
    void decoder_bytesSoFar_tellsWhetherAnEndHereCutsAnything(String wire, boolean between) throws Exception {
        WebSocketDecoder decoder = new WebSocketDecoder(false, sink);

        decoder.decode(hex(wire));

        assertThat(decoder.isBetweenMessages()).isEqualTo(between);
    }

    @Test
    void message_fragmentedWithPingBetween_isOneMessage() throws Exception {
        new WebSocketDecoder(false, sink).decode(hex("0103 48656c  8902 6869  8002 6c6f"));

        assertThat(sink.text()).isEqualTo("Hello");
        assertThat(sink.messages).isEqualTo(1);
        assertThat(sink.events).containsExactly("ping hi");
    }

    @Test
    void close_withCodeAndReason_endsTheStream() throws Exception {
        WebSocketDecoder decoder = new WebSocketDecoder(false, sink);

        decoder.decode(hex("8805 03e8 627965  8201 00"));
        decoder.decode(hex("8201 00"));

        assertThat(sink.events).containsExactly("close 1000 bye");
        assertThat(sink.bytes()).isEmpty();
    }

    @Test
    void close_withoutCode_isNoStatus() throws Exception {
        new WebSocketDecoder(true, sink).decode(hex("8880 00000000"));

        assertThat(sink.events).containsExactly("close 1005 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8205 00", // unmasked
                "c280 00000000", // reserved bit
                "8380 00000000", // reserved opcode
                "8b80 00000000", // reserved control opcode
                "0980 00000000", // fragmented ping
                "89fe 007e00000000", // long ping
                "8080 00000000", // continuation of nothing
                "0180 00000000 8180 00000000", // message inside a message
                "82ff ffffffffffffffff 00000000", // negative length
                "8881 00000000 03" // half a close code
            })
    void frame_forbiddenByTheRfc_isRefused(String wire) {
        WebSocketDecoder decoder = new WebSocketDecoder(true, sink);

        assertThatThrownBy(() -> decoder.decode(hex(wire)))
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.kind()).isEqualTo(WireException.Kind.WEBSOCKET));
    }

    private static final class RecordingSink implements WebSocketDecoder.Sink {
        private final ByteBuf all = Unpooled.buffer();
        final List<String> events = new ArrayList<>();
        int messages;

        @Override
        public void data(int opcode, ByteBuf payload, boolean endOfMessage) {
            all.writeBytes(payload);
            payload.release();
            messages += endOfMessage ? 1 : 0;
        }

        @Override
        public void ping(byte[] payload) {
            events.add("ping " + new String(payload, StandardCharsets.UTF_8));
        }

        @Override
        public void pong(byte[] payload) {
            events.add("pong " + new String(payload, StandardCharsets.UTF_8));
        }

        @Override
        public void close(int code, byte[] reason) {
            events.add("close " + code + " " + new String(reason, StandardCharsets.UTF_8));
        }

        byte[] bytes() {
            return Arrays.copyOf(all.array(), all.readableBytes());
        }

        String text() {
            return new String(bytes(), StandardCharsets.UTF_8);
        }
    }
}
