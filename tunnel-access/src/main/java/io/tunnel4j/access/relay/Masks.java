package io.tunnel4j.access.relay;

import java.nio.ByteBuffer;
import java.security.SecureRandom;

/**
 * Masking keys (RFC 6455 §5.3), from a secure source, drawn in batches because a draw for each frame would cost more than the masking.
 *
 * <p>Confined to the connection's event loop.
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
}
