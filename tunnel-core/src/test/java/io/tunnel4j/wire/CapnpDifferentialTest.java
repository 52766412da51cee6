package io.tunnel4j.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.capnproto.StructList;
import org.capnproto.TextList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our codec beside Cap'n Proto's own Java library: what one writes, the other reads as the same tree of chance structs.
 *
 * <p>The seed is printed on failure and taken from the system property {@code tunnel4j.seed}.
 */
class CapnpDifferentialTest {
    private static final int ROUNDS = 300;
    private static final int MAX_DEPTH = 5;

    private final long seed = Long.getLong("tunnel4j.seed", System.nanoTime());
    private final Random random = new Random(seed);

    /** What a pointer field holds: null, a {@code Node}, bytes, a text, texts as {@code String[]}, or structs as {@code Node[]}. */
    private record Node(long[] data, Object[] fields) {}

    @Test
    void ourMessage_readByTheLibrary_isTheSameTree() {
        for (int round = 0; round < ROUNDS; round++) {
            Node tree = node(0);
            MessageBuilder message = new MessageBuilder();
            write(tree, message.root(tree.data.length, tree.fields.length));

            byte[] bytes = TestMessages.bytes(message.finish());

            assertThat(string(read(tree, OracleStruct.read(bytes, tree.data.length, tree.fields.length))))
                    .as("seed %d round %d", seed, round)
                    .isEqualTo(string(tree));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5, 16, 4096})
    void theirMessage_inSegmentsOfAnySize_isTheSameTree(int segmentWords) throws WireException {
        int far = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Node tree = node(0);
            org.capnproto.MessageBuilder message = OracleStruct.message(segmentWords);
            write(tree, message.initRoot(new OracleStruct.Layout(tree.data.length, tree.fields.length)));
            byte[] bytes = OracleStruct.bytes(message);
            if (message.getSegmentsForOutput().length > MessageFramer.MAX_SEGMENTS) {
                continue;
            }
            far += message.getSegmentsForOutput().length - 1;

            StructReader root = TestMessages.root(bytes);

            assertThat(string(read(tree, root)))
                    .as("seed %d round %d", seed, round)
                    .isEqualTo(string(tree));
            assertThat(string(read(tree, copied(root))))
                    .as("copy, seed %d round %d", seed, round)
                    .isEqualTo(string(tree));
        }
        if (segmentWords < 4096) {
            assertThat(far).as("segments beyond the first").isPositive();
        }
    }

    private static StructReader copied(StructReader root) throws WireException {
        MessageBuilder copy = new MessageBuilder();
        StructCopy.copy(root, copy.root(0, 1), 0);
        return TestMessages.root(TestMessages.bytes(copy.finish())).struct(0);
    }

    private Node node(int depth) {
        return node(depth, random.nextInt(4), 1 + random.nextInt(3));
    }

    private Node node(int depth, int words, int pointers) {
        long[] data = random.longs(words).toArray();
        Object[] fields = new Object[pointers];
        for (int i = 0; i < pointers; i++) {
            fields[i] = field(depth);
        }
        return new Node(data, fields);
    }

    private Object field(int depth) {
        switch (random.nextInt(depth < MAX_DEPTH ? 6 : 4)) {
            case 0:
                return null;
            case 1:
                byte[] bytes = new byte[1 + random.nextInt(40)];
                random.nextBytes(bytes);
                return bytes;
            case 2:
                return text();
            case 3:
                String[] texts = new String[1 + random.nextInt(4)];
                for (int i = 0; i < texts.length; i++) {
                    texts[i] = text();
                }
                return texts;
            case 4:
                return node(depth + 1);
            default:
                int words = random.nextInt(3);
                int pointers = random.nextInt(3);
                Node[] nodes = new Node[random.nextInt(4)];
                for (int i = 0; i < nodes.length; i++) {
                    nodes[i] = node(depth + 1, words, pointers);
                }
                return nodes;
        }
    }

    private String text() {
        return random.ints(1 + random.nextInt(12), 0x20, 0x2fff)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static void write(Node node, StructBuilder struct) {
        for (int i = 0; i < node.data.length; i++) {
            struct.i64(i * Long.BYTES, node.data[i]);
        }
        for (int i = 0; i < node.fields.length; i++) {
            Object field = node.fields[i];
            if (field instanceof byte[] bytes) {
                struct.data(i, bytes);
            } else if (field instanceof String text) {
                struct.text(i, text);
            } else if (field instanceof String[] texts) {
                struct.texts(i, List.of(texts));
            } else if (field instanceof Node child) {
                write(child, struct.struct(i, child.data.length, child.fields.length));
            } else if (field instanceof Node[] nodes) {
                List<StructBuilder> elements = struct.structs(i, nodes.length, words(nodes), pointers(nodes));
                for (int n = 0; n < nodes.length; n++) {
                    write(nodes[n], elements.get(n));
                }
            }
        }
    }

    private static void write(Node node, OracleStruct.Builder struct) {
        for (int i = 0; i < node.data.length; i++) {
            struct.word(i, node.data[i]);
        }
        for (int i = 0; i < node.fields.length; i++) {
            Object field = node.fields[i];
            if (field instanceof byte[] bytes) {
                struct.data(i, bytes);
            } else if (field instanceof String text) {
                struct.text(i, text);
            } else if (field instanceof String[] texts) {
                TextList.Builder list = struct.texts(i, texts.length);
                for (int t = 0; t < texts.length; t++) {
                    list.set(t, new org.capnproto.Text.Reader(texts[t]));
                }
            } else if (field instanceof Node child) {
                write(child, struct.struct(i, child.data.length, child.fields.length));
            } else if (field instanceof Node[] nodes) {
                StructList.Builder<OracleStruct.Builder> list =
                        struct.structs(i, nodes.length, words(nodes), pointers(nodes));
                for (int n = 0; n < nodes.length; n++) {
                    write(nodes[n], list.get(n));
                }
            }
        }
    }

    /** Reads a struct of the shape of {@code shape}. */
    private static Node read(Node shape, StructReader struct) throws WireException {
        long[] data = new long[struct.dataWords()];
        for (int i = 0; i < data.length; i++) {
            data[i] = struct.i64(i * Long.BYTES);
        }
        Object[] fields = new Object[struct.pointers()];
        for (int i = 0; i < fields.length; i++) {
            Object field = shape.fields[i];
            if (!struct.has(i)) {
                continue;
            } else if (field instanceof byte[]) {
                fields[i] = struct.data(i);
            } else if (field instanceof String) {
                fields[i] = struct.text(i);
            } else if (field instanceof String[]) {
                fields[i] = struct.texts(i).toArray(new String[0]);
            } else if (field instanceof Node child) {
                fields[i] = read(child, struct.struct(i));
            } else if (field instanceof Node[] nodes) {
                List<StructReader> elements = struct.structs(i);
                Node[] read = new Node[elements.size()];
                for (int n = 0; n < read.length; n++) {
                    read[n] = read(nodes[n], elements.get(n));
                }
                fields[i] = read;
            }
        }
        return new Node(data, fields);
    }

    private static Node read(Node shape, OracleStruct.Reader struct) {
        long[] data = new long[struct.dataWords()];
        for (int i = 0; i < data.length; i++) {
            data[i] = struct.word(i);
        }
        Object[] fields = new Object[struct.pointers()];
        for (int i = 0; i < fields.length; i++) {
            Object field = shape.fields[i];
            if (struct.isNull(i)) {
                continue;
            } else if (field instanceof byte[]) {
                fields[i] = struct.data(i);
            } else if (field instanceof String) {
                fields[i] = struct.text(i);
            } else if (field instanceof String[]) {
                TextList.Reader texts = struct.texts(i);
                List<String> read = new ArrayList<>();
                for (int t = 0; t < texts.size(); t++) {
                    read.add(texts.get(t).toString());
                }
                fields[i] = read.toArray(new String[0]);
            } else if (field instanceof Node child) {
                fields[i] = read(child, struct.struct(i));
            } else if (field instanceof Node[] nodes) {
                StructList.Reader<OracleStruct.Reader> elements = struct.structs(i);
                Node[] read = new Node[elements.size()];
                for (int n = 0; n < read.length; n++) {
                    read[n] = read(nodes[n], elements.get(n));
                }
                fields[i] = read;
            }
        }
        return new Node(data, fields);
    }

    private static int words(Node[] nodes) {
        return nodes.length == 0 ? 0 : nodes[0].data.length;
    }

    private static int pointers(Node[] nodes) {
        return nodes.length == 0 ? 0 : nodes[0].fields.length;
    }

    private static String string(Object value) {
        StringBuilder out = new StringBuilder();
        if (value instanceof Node node) {
            out.append("struct").append(java.util.Arrays.toString(node.data));
            for (Object field : node.fields) {
                out.append("(").append(string(field)).append(")");
            }
        } else if (value instanceof byte[] bytes) {
            out.append("data").append(java.util.Arrays.toString(bytes));
        } else if (value instanceof Object[] list) {
            out.append("list");
            for (Object element : list) {
                out.append("[").append(string(element)).append("]");
            }
        } else {
            out.append(value);
        }
        return out.toString();
    }
}
