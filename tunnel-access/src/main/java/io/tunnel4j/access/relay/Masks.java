package io.tunnel4j.access.relay;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * Masking keys and masking of RFC 6455 §5.3.
 *
 * <p>Keys come from a secure source, drawn in batches because one draw per frame would cost more than the masking. Confined to the connection's
 * event loop.
 */
final class Masks {
    private static final int BATCH_BYTES = 512;

    private final SecureRandom random;
    private final byte[] batch = new byte[BATCH_BYTES];
    private final ByteBuffer keys = ByteBuffer.wrap(batch).limit(0);

    Masks(SecureRandom random) {
        this.random = random;
    }

    /** Returns a fresh key. */
    int next() {
        if (!keys.hasRemaining()) {
            random.nextBytes(batch);
            keys.clear();
        }
        return keys.getInt();
    }

    /**
     * Masks the readable bytes in place.
     *
     * @param payload borrowed; nobody else may be reading it
     */
    static void apply(ByteBuf payload, int key) {
        if (payload.nioBufferCount() == 1) {
            apply(payload.internalNioBuffer(payload.readerIndex(), payload.readableBytes()), key);
        } else {
            for (ByteBuffer part : payload.nioBuffers()) {
                apply(part, key);
                key = Integer.rotateLeft(key, 8 * (part.limit() & 3));
            }
        }
    }

    private static void apply(ByteBuffer bytes, int key) {
        ByteBuffer view = bytes.slice().order(ByteOrder.BIG_ENDIAN);
        int end = view.limit();
        int longs = end & ~7;
        long wide = ((long) key << 32) | (key & 0xffff_ffffL);
        int i = 0;
        for (; i < longs; i += 8) {
            view.putLong(i, view.getLong(i) ^ wide);
        }
        for (; i < end; i++) {
            view.put(i, (byte) (view.get(i) ^ (key >>> (24 - 8 * (i & 3)))));
        }
    }
}
