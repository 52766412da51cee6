package io.tunnel4j.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tunnel4j.wire.WireException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageFramerTest {
    private static final int LIMIT = 4 * 1024 * 1024;

    @ParameterizedTest
    @CsvSource({
        "64, 1, TOO_MANY_SEGMENTS",
        "2147483647, 1, TOO_MANY_SEGMENTS",
        "-1, 0, TOO_MANY_SEGMENTS",
        "0, 524289, MESSAGE_TOO_LARGE",
        "0, -1, MESSAGE_TOO_LARGE",
        "0, -2147483648, MESSAGE_TOO_LARGE"
    })
    void table_aboveALimit_isRefusedBeforeTheContent(int lastSegment, int words, Kind kind) {
        MessageFramer framer = new MessageFramer(LIMIT);
        framer.feed(Unpooled.buffer().writeIntLE(lastSegment).writeIntLE(words));

        assertThat(catchThrowableOfType(WireException.class, framer::next).kind())
                .isEqualTo(kind);
    }

    @Test
    void table_segmentsTogetherAboveTheLimit_isRefusedBeforeTheTableIsWhole() {
        MessageFramer framer = new MessageFramer(LIMIT);
        ByteBuf table = Unpooled.buffer().writeIntLE(60);
        for (int i = 0; i < 3; i++) {
            table.writeIntLE(LIMIT / 16);
        }
        framer.feed(table);

        assertThat(catchThrowableOfType(WireException.class, framer::next).kind())
                .isEqualTo(Kind.MESSAGE_TOO_LARGE);
    }

    @Test
    void announcedMessage_ofTheLargestSize_costsNothingUntilItArrives() throws WireException {
        MessageFramer framer = new MessageFramer(LIMIT);
        ByteBuf table = Unpooled.buffer().writeIntLE(0).writeIntLE(LIMIT / 8).writeLongLE(0);

        framer.feed(table);
        StructReader root = framer.next();

        assertThat(root).isNull();
        assertThat(framer.isBetweenMessages()).isFalse();
        assertThat(framer.capacityBytes()).isLessThan(8 * 1024);
    }

    @Test
    void limit_raised_letsALargerMessagePass() throws WireException {
        byte[] message = TestMessages.rpc(1, 1, 1, body -> body.text(0, "x".repeat(1000)));
        MessageFramer small = new MessageFramer(message.length - 9);
        small.feed(Unpooled.wrappedBuffer(message));
        assertThat(catchThrowableOfType(WireException.class, small::next).kind())
                .isEqualTo(Kind.MESSAGE_TOO_LARGE);

        small.maxMessageBytes(message.length - 8);

        assertThat(small.next()).isNotNull();
        assertThat(small.next()).isNull();
    }
}
