package io.tunnel4j.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;

/** Messages for tests, which may look behind the public face of the codec. */
public final class TestMessages {
    private TestMessages() {}

    /** Cuts exactly one message and returns its root. */
    public static StructReader root(byte[] message) throws WireException {
        MessageFramer framer = new MessageFramer(1 << 20);
        framer.feed(Unpooled.wrappedBuffer(message));
        StructReader root = framer.next();
        if (root == null || !framer.isBetweenMessages()) {
            throw new WireException(WireException.Kind.TRUNCATED, "not one whole message");
        }
        return root;
    }

    /** Returns the bytes of a message and releases it. */
    public static byte[] bytes(ByteBuf message) {
        byte[] bytes = ByteBufUtil.getBytes(message);
        message.release();
        return bytes;
    }

    /** A received struct as content to send. */
    static RpcEncoder.Content copy(StructReader source) {
        return new RpcEncoder.Content(source.dataWords(), source.pointers(), target -> {
            try {
                StructCopy.fields(source, target);
            } catch (WireException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** An RPC message of any kind. */
    public static byte[] rpc(int tag, int dataWords, int pointers, Consumer<StructBuilder> body) {
        MessageBuilder message = new MessageBuilder();
        body.accept(message.root(1, 1).u16(0, tag).struct(0, dataWords, pointers));
        return bytes(message.finish());
    }

    /** A message whose only segment holds these words. */
    public static byte[] ofWords(long... words) {
        return ofSegments(words);
    }

    /** A message of these segments. */
    public static byte[] ofSegments(long[]... segments) {
        ByteBuf message = Unpooled.buffer();
        message.writeIntLE(segments.length - 1);
        for (long[] segment : segments) {
            message.writeIntLE(segment.length);
        }
        if (segments.length % 2 == 0) {
            message.writeIntLE(0);
        }
        for (long[] segment : segments) {
            for (long word : segment) {
                message.writeLongLE(word);
            }
        }
        return bytes(message);
    }
}
