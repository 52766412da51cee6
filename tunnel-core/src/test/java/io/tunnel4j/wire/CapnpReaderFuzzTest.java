package io.tunnel4j.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;

/** Any bytes as a Cap'n Proto message: a value or a {@link WireException}, in time and memory that the input pays for. */
class CapnpReaderFuzzTest {
    @FuzzTest(maxDuration = "60s")
    void message_anyBytes_isReadOrRefused(byte[] input) {
        try {
            StructReader root = TestMessages.root(input);
            byte[] copy = copy(root);
            walk(TestMessages.root(input), 0);
            if (copy.length > 64 + 8 * (input.length + 64)) {
                throw new AssertionError("copy of " + copy.length + " bytes from " + input.length);
            }
            copy(TestMessages.root(copy).struct(0));
        } catch (WireException refused) {
            // what hostile bytes deserve
        }
    }

    private static byte[] copy(StructReader root) throws WireException {
        MessageBuilder copy = new MessageBuilder();
        StructCopy.copy(root, copy.root(0, 1), 0);
        return TestMessages.bytes(copy.finish());
    }

    /** Reads every field in every way until one way fails for good. */
    private static void walk(StructReader struct, int level) throws WireException {
        if (level > MessageReader.MAX_DEPTH) {
            throw new AssertionError("deeper than the limit");
        }
        for (int i = 0; i < struct.dataWords(); i++) {
            struct.i64(8 * i);
            struct.bit(64 * i + 63);
        }
        for (int i = 0; i < struct.pointers(); i++) {
            struct.capability(i);
            try {
                struct.text(i);
            } catch (WireException other) {
                struct.capability(i);
            }
            try {
                struct.texts(i);
            } catch (WireException other) {
                struct.capability(i);
            }
            List<StructReader> elements = List.of();
            try {
                elements = struct.structs(i);
            } catch (WireException other) {
                struct.capability(i);
            }
            for (StructReader element : elements) {
                walk(element, level + 1);
            }
            if (elements.isEmpty() && struct.has(i)) {
                walk(struct.struct(i), level + 1);
            }
        }
    }
}
