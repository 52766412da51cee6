package io.tunnel4j.registration;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tunnel4j.wire.RpcEncoder;
import io.tunnel4j.wire.TestMessages;
import io.tunnel4j.wire.WireException;
import io.tunnel4j.wire.WireException.Kind;
import java.util.List;

/** Messages that no orderly peer sends, and a look into the answers to them. */
final class TestRpc {
    private static final int CALL = 2;
    private static final int RETURN = 3;
    private static final int RESOLVE = 5;
    private static final int ACCEPT = 11;
    private static final int DISEMBARGO = 13;

    private TestRpc() {}

    static byte[] resolve(int promiseId) {
        return TestMessages.rpc(
                RESOLVE, 1, 1, body -> body.i32(0, promiseId).struct(0, 1, 1).u16(0, 1));
    }

    static byte[] disembargo(int importId) {
        return TestMessages.rpc(DISEMBARGO, 1, 1, body -> body.struct(0, 1, 1).i32(0, importId));
    }

    static byte[] accept() {
        return TestMessages.rpc(ACCEPT, 1, 1, body -> body.i32(0, 5).text(0, "somewhere"));
    }

    /** A call whose results go to a third party. */
    static byte[] callForSomebodyElse(int questionId) {
        return TestMessages.rpc(CALL, 3, 3, body -> body.i32(0, questionId).u16(6, 2));
    }

    /** Kind of the message inside an Unimplemented. */
    static int echoed(byte[] unimplemented) throws WireException {
        var root = TestMessages.root(unimplemented);
        if (root.u16(0) != 0) {
            throw new AssertionError("message of kind " + root.u16(0) + " (expected: unimplemented)");
        }
        return root.struct(0).u16(0);
    }

    record Malformed(String name, byte[] bytes, Kind kind) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Malformed> malformed() {
        long root = 1L << 32 | 1L << 48; // struct (1, 1) right behind
        long call = 2;
        long bodyOutside = 0x1000L << 2 | 3L << 32 | 3L << 48;
        long bodyList = 1L | 2L << 32 | 8L << 35;
        return List.of(
                new Malformed("too many segments", table(1000, 1), Kind.TOO_MANY_SEGMENTS),
                new Malformed("all segments there are", table(0xffffffff, 1), Kind.TOO_MANY_SEGMENTS),
                new Malformed("message too large", table(0, 0x7fffffff), Kind.MESSAGE_TOO_LARGE),
                new Malformed("message too large, unsigned", table(0, 0xffffffff), Kind.MESSAGE_TOO_LARGE),
                new Malformed("empty segment", table(0, 0), Kind.POINTER_OUT_OF_BOUNDS),
                new Malformed("root outside", TestMessages.ofWords(bodyOutside), Kind.POINTER_OUT_OF_BOUNDS),
                new Malformed(
                        "body outside", TestMessages.ofWords(root, call, bodyOutside), Kind.POINTER_OUT_OF_BOUNDS),
                new Malformed("body is a list", TestMessages.ofWords(root, call, bodyList, 0), Kind.POINTER_KIND),
                new Malformed("root is a capability", TestMessages.ofWords(3), Kind.POINTER_KIND),
                new Malformed(
                        "far pointer to nowhere", TestMessages.ofWords(2L | 9L << 32), Kind.POINTER_OUT_OF_BOUNDS),
                new Malformed("far pointer to itself", TestMessages.ofWords(2), Kind.POINTER_KIND),
                new Malformed("double-far pointer to itself", TestMessages.ofWords(6, 6), Kind.POINTER_KIND),
                new Malformed(
                        "return that nobody asked for",
                        TestMessages.rpc(RETURN, 2, 1, body -> body.i32(0, 99)),
                        Kind.UNEXPECTED_MESSAGE),
                new Malformed(
                        "reason that is not text",
                        TestMessages.rpc(1, 1, 1, body -> body.data(0, new byte[] {'x'})),
                        Kind.TEXT),
                new Malformed(
                        "call without a known target",
                        TestMessages.rpc(
                                CALL, 3, 3, body -> body.struct(0, 1, 1).u16(4, 9)),
                        Kind.VALUE));
    }

    private static byte[] table(int lastSegment, int words) {
        ByteBuf table = Unpooled.buffer();
        table.writeIntLE(lastSegment).writeIntLE(words);
        return TestMessages.bytes(table);
    }

    static byte[] bootstrap(int questionId) {
        return TestMessages.bytes(RpcEncoder.bootstrap(questionId));
    }
}
