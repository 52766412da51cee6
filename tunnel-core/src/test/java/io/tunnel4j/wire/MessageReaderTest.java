package io.tunnel4j.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tunnel4j.wire.WireException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pointers by hand: the legal forms that no captured message has, and every class of illegal one. */
class MessageReaderTest {
    /** Root struct with one data word and two pointers, right behind the root pointer. */
    private static final long ROOT = struct(0, 1, 2);

    private interface Access {
        Object read(StructReader root) throws WireException;
    }

    private record Malformed(String name, byte[] message, Access access, Kind kind) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Malformed> malformed() {
        return List.of(
                bad("struct before the segment", r -> r.struct(0), Kind.POINTER_OUT_OF_BOUNDS, struct(-9, 1, 0)),
                bad("struct behind the segment", r -> r.struct(0), Kind.POINTER_OUT_OF_BOUNDS, struct(1, 1, 0)),
                bad("struct across the end", r -> r.struct(0), Kind.POINTER_OUT_OF_BOUNDS, struct(0, 1, 5), 0),
                bad(
                        "struct of the greatest size",
                        r -> r.struct(0),
                        Kind.POINTER_OUT_OF_BOUNDS,
                        struct(0, 65535, 65535)),
                bad(
                        "struct at the greatest offset",
                        r -> r.struct(0),
                        Kind.POINTER_OUT_OF_BOUNDS,
                        struct(0x1fffffff, 1, 1)),
                bad("struct where a list is", r -> r.struct(0), Kind.POINTER_KIND, list(1, 2, 8), 0, 0),
                bad("struct where a capability is", r -> r.struct(0), Kind.POINTER_KIND, 3),
                bad("struct of a reserved kind", r -> r.struct(0), Kind.POINTER_KIND, 7),
                bad("data where a struct is", r -> r.data(0), Kind.POINTER_KIND, struct(1, 1, 0), 0, 0),
                bad("data of words", r -> r.data(0), Kind.POINTER_KIND, list(1, 5, 1), 0, 0),
                bad("data across the end", r -> r.data(0), Kind.POINTER_OUT_OF_BOUNDS, list(1, 2, 9), 0, 0),
                bad(
                        "data of the greatest size",
                        r -> r.data(0),
                        Kind.POINTER_OUT_OF_BOUNDS,
                        list(1, 2, 0x1fffffff),
                        0,
                        0),
                bad("data before the segment", r -> r.data(0), Kind.POINTER_OUT_OF_BOUNDS, list(-5, 2, 1), 0, 0),
                bad("text without NUL", r -> r.text(0), Kind.TEXT, list(1, 2, 8), 0, 0x4141414141414141L),
                bad("text without a byte", r -> r.text(0), Kind.TEXT, list(1, 2, 0), 0, 0),
                bad("text not UTF-8", r -> r.text(0), Kind.TEXT, list(1, 2, 3), 0, 0xc3ffL),
                bad("text with a surrogate", r -> r.text(0), Kind.TEXT, list(1, 2, 4), 0, 0x80a0edL),
                bad("texts where structs are", r -> r.texts(0), Kind.POINTER_KIND, list(1, 7, 0), 0, struct(0, 0, 1)),
                bad("texts across the end", r -> r.texts(0), Kind.POINTER_OUT_OF_BOUNDS, list(1, 6, 2), 0, 0),
                bad("texts of a number", r -> r.texts(0), Kind.POINTER_KIND, list(1, 6, 1), 0, 3),
                bad("structs where texts are", r -> r.structs(0), Kind.POINTER_KIND, list(1, 6, 1), 0, 0),
                bad(
                        "structs across the end",
                        r -> r.structs(0),
                        Kind.POINTER_OUT_OF_BOUNDS,
                        list(1, 7, 1),
                        0,
                        struct(1, 1, 0)),
                bad("structs without a tag", r -> r.structs(0), Kind.POINTER_OUT_OF_BOUNDS, list(1, 7, 0), 0),
                bad(
                        "structs with more elements than words",
                        r -> r.structs(0),
                        Kind.POINTER_OUT_OF_BOUNDS,
                        list(1, 7, 1),
                        0,
                        struct(2, 1, 0),
                        0),
                bad(
                        "structs with a list as tag",
                        r -> r.structs(0),
                        Kind.POINTER_KIND,
                        list(1, 7, 0),
                        0,
                        list(0, 2, 0)),
                bad(
                        "structs without size, many",
                        r -> r.structs(0),
                        Kind.TRAVERSAL_LIMIT,
                        list(1, 7, 0),
                        0,
                        struct(0x1fffffff, 0, 0)),
                bad("far pointer to no segment", r -> r.struct(0), Kind.POINTER_OUT_OF_BOUNDS, far(0, 1, false)),
                bad("far pointer to segment 2^32-1", r -> r.struct(0), Kind.POINTER_OUT_OF_BOUNDS, far(0, -1, false)),
                bad("far pointer behind the segment", r -> r.struct(0), Kind.POINTER_OUT_OF_BOUNDS, far(99, 0, false)),
                bad("far pointer to itself", r -> r.struct(0), Kind.POINTER_KIND, far(2, 0, false)),
                bad(
                        "far pointers in a circle",
                        r -> r.struct(0),
                        Kind.POINTER_KIND,
                        far(3, 0, false),
                        far(2, 0, false)),
                bad(
                        "double-far pointer, pad cut off",
                        r -> r.struct(0),
                        Kind.POINTER_OUT_OF_BOUNDS,
                        far(4, 0, true),
                        0,
                        0),
                bad("double-far pointer to itself", r -> r.struct(0), Kind.POINTER_KIND, far(2, 0, true), 0),
                bad(
                        "double-far pointer to a struct pointer",
                        r -> r.struct(0),
                        Kind.POINTER_KIND,
                        far(4, 0, true),
                        0,
                        struct(0, 1, 0),
                        struct(0, 1, 0)),
                bad(
                        "double-far pointer, tag with an offset",
                        r -> r.struct(0),
                        Kind.POINTER_KIND,
                        far(4, 0, true),
                        0,
                        far(0, 0, false),
                        struct(1, 1, 0)),
                bad(
                        "double-far pointer, tag is far",
                        r -> r.struct(0),
                        Kind.POINTER_KIND,
                        far(4, 0, true),
                        0,
                        far(0, 0, false),
                        far(0, 0, false)),
                bad(
                        "double-far pointer, content in no segment",
                        r -> r.struct(0),
                        Kind.POINTER_OUT_OF_BOUNDS,
                        far(4, 0, true),
                        0,
                        far(0, 7, false),
                        struct(0, 1, 0)),
                bad(
                        "double-far pointer, content behind the segment",
                        r -> r.struct(0),
                        Kind.POINTER_OUT_OF_BOUNDS,
                        far(4, 0, true),
                        0,
                        far(6, 0, false),
                        struct(0, 1, 0)),
                bad(
                        "capability behind a far pointer to nowhere",
                        r -> r.capability(0),
                        Kind.POINTER_OUT_OF_BOUNDS,
                        far(50, 0, false)));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void pointer_malformed_isATypedError(Malformed malformed) throws WireException {
        StructReader root = TestMessages.root(malformed.message);

        WireException refused = catchThrowableOfType(WireException.class, () -> malformed.access.read(root));

        assertThat(refused).isNotNull();
        assertThat(refused.kind()).as(refused.getMessage()).isEqualTo(malformed.kind);
    }

    /** Copying knows no schema: it accepts what is only unexpected, and refuses what is wrong in itself. */
    @ParameterizedTest
    @MethodSource("malformed")
    void copy_ofAMalformedMessage_givesAReadableCopyOrATypedError(Malformed malformed) throws WireException {
        MessageBuilder copy = new MessageBuilder();
        try {
            StructCopy.copy(TestMessages.root(malformed.message), copy.root(0, 1), 0);
        } catch (WireException refused) {
            assertThat(refused.kind()).isEqualTo(malformed.kind);
            return;
        }
        StructReader copied =
                TestMessages.root(TestMessages.bytes(copy.finish())).struct(0);
        WireException refused = catchThrowableOfType(WireException.class, () -> malformed.access.read(copied));
        assertThat(refused.kind()).isIn(Kind.POINTER_KIND, Kind.TEXT);
    }

    @Test
    void pointer_toItsOwnStruct_endsAtTheDepthLimit() throws WireException {
        StructReader struct = TestMessages.root(TestMessages.ofWords(struct(0, 0, 1), struct(-1, 0, 1)));
        for (int level = 1; level < MessageReader.MAX_DEPTH; level++) {
            struct = struct.struct(0);
        }
        StructReader deepest = struct;

        WireException refused = catchThrowableOfType(WireException.class, () -> deepest.struct(0));

        assertThat(refused.kind()).isEqualTo(Kind.TOO_DEEP);
    }

    @Test
    void structs_insideEachOther_endAtTheDepthLimit() {
        // A list of one struct whose pointer leads to the list again; the words behind it are a budget to spend.
        long[] words = new long[40];
        words[0] = struct(0, 0, 1);
        words[1] = list(0, 7, 1);
        words[2] = struct(1, 0, 1);
        words[3] = list(-2, 7, 1);
        byte[] message = TestMessages.ofWords(words);

        WireException refused = catchThrowableOfType(WireException.class, () -> {
            StructReader struct = TestMessages.root(message);
            while (true) {
                struct = struct.structs(0).get(0);
            }
        });

        assertThat(refused.kind()).isEqualTo(Kind.TOO_DEEP);
    }

    @Test
    void texts_allPointingToOneLongText_endAtTheTraversalLimit() {
        int count = 1000;
        long[] words = new long[3 + count + count];
        words[0] = struct(0, 0, 1);
        words[1] = list(0, 6, count);
        for (int i = 0; i < count; i++) {
            words[2 + i] = list(count - i - 1, 2, 8 * count);
        }
        byte[] message = TestMessages.ofWords(words);

        WireException refused = catchThrowableOfType(
                WireException.class, () -> TestMessages.root(message).texts(0));

        assertThat(refused.kind()).isEqualTo(Kind.TRAVERSAL_LIMIT);
    }

    @Test
    void message_readEightTimes_isWithinTheTraversalLimit() throws WireException {
        byte[] message = TestMessages.rpc(1, 1, 1, body -> body.text(0, "x".repeat(10_000)));
        StructReader body = TestMessages.root(message).struct(0);

        for (int i = 0; i < 7; i++) {
            assertThat(body.text(0)).hasSize(10_000);
        }
    }

    @Test
    void doubleFarPointer_toStruct_isFollowed() throws WireException {
        byte[] message = TestMessages.ofSegments(
                new long[] {far(0, 1, true)},
                new long[] {far(1, 2, false), struct(0, 1, 1)},
                new long[] {0, 42, list(0, 2, 3), 0x6968L});

        StructReader root = TestMessages.root(message);

        assertThat(root.i64(0)).isEqualTo(42);
        assertThat(root.text(0)).isEqualTo("hi");
    }

    @Test
    void doubleFarPointer_toTextAndList_isFollowed() throws WireException {
        byte[] message = TestMessages.ofSegments(
                new long[] {struct(0, 0, 2), far(0, 1, true), far(2, 1, true)},
                new long[] {far(0, 2, false), list(0, 2, 3), far(1, 2, false), list(0, 7, 1)},
                new long[] {0x6968L, struct(1, 1, 0), 7});

        StructReader root = TestMessages.root(message);

        assertThat(root.text(0)).isEqualTo("hi");
        assertThat(root.structs(1)).extracting(element -> element.i64(0)).containsExactly(7L);
    }

    @Test
    void structOfAnotherSchema_shorterOrLonger_readsWhatIsThere() throws WireException {
        StructReader shorter = TestMessages.root(TestMessages.ofWords(struct(0, 1, 0), 0x0102030405060708L));

        assertThat(shorter.u8(0)).isEqualTo(8);
        assertThat(shorter.u16(6)).isEqualTo(0x0102);
        assertThat(shorter.i32(4)).isEqualTo(0x01020304);
        assertThat(shorter.bit(3)).isTrue();
        assertThat(shorter.i64(8)).isZero();
        assertThat(shorter.u8(8) + shorter.u16(8) + shorter.i32(8)).isZero();
        assertThat(shorter.bit(64)).isFalse();
        assertThat(shorter.has(0)).isFalse();
        assertThat(shorter.text(0)).isEmpty();
        assertThat(shorter.data(0)).isEmpty();
        assertThat(shorter.texts(0)).isEmpty();
        assertThat(shorter.structs(0)).isEmpty();
        assertThat(shorter.capability(0)).isEqualTo(-1);
        assertThat(shorter.struct(0).struct(5).i64(0)).isZero();
    }

    @Test
    void builder_fieldOutsideItsStruct_isAnError() {
        StructBuilder struct = new MessageBuilder().root(1, 1);

        assertThatThrownBy(() -> struct.i64(8, 1)).hasMessage("data offset: 8 (expected: in 1 words)");
        assertThatThrownBy(() -> struct.text(1, "x")).hasMessage("pointer: 1 (expected: below 1)");
    }

    @Test
    void text_ofAnyCharacters_survives() throws WireException {
        String text = "a\u0000b\u00e9\u20ac\ud83d\ude00";
        byte[] message = TestMessages.rpc(1, 1, 1, body -> body.text(0, text));

        assertThat(TestMessages.root(message).struct(0).text(0)).isEqualTo(text);
        assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSize(12);
    }

    private static Malformed bad(String name, Access access, Kind kind, long... words) {
        long[] message = new long[2 + words.length];
        message[0] = ROOT;
        message[1] = 0;
        System.arraycopy(words, 0, message, 2, words.length);
        if (words.length == 1) {
            message = java.util.Arrays.copyOf(message, 4); // the root's second pointer
        }
        return new Malformed(name, TestMessages.ofWords(message), access, kind);
    }

    private static long struct(int offset, int data, int pointers) {
        return CapnpPointer.structPointer(offset, data, pointers);
    }

    private static long list(int offset, int size, int count) {
        return CapnpPointer.listPointer(offset, size, count);
    }

    private static long far(int offset, int segment, boolean isDouble) {
        return 2L | (isDouble ? 4 : 0) | (long) offset << 3 | (long) segment << 32;
    }
}
