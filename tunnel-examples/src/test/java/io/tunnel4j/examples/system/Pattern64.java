package io.tunnel4j.examples.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/** A long, reproducible stream of bytes in which no two blocks are alike, and its digest. */
final class Pattern64 {
    private static final int BLOCK = 1 << 16;

    private final byte[] block = new byte[BLOCK];
    private long number;

    Pattern64(long seed) {
        new Random(seed).nextBytes(block);
    }

    private byte[] next() {
        ByteBuffer.wrap(block).putLong(number++);
        return block;
    }

    /** Writes that many bytes and returns their digest. */
    String writeTo(OutputStream out, long bytes) throws IOException {
        MessageDigest digest = sha256();
        for (long left = bytes; left > 0; left -= BLOCK) {
            byte[] part = next();
            int length = (int) Math.min(left, BLOCK);
            digest.update(part, 0, length);
            out.write(part, 0, length);
        }
        out.flush();
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Reads that many bytes and returns their digest. */
    static String digestOf(InputStream in, long bytes) throws IOException {
        MessageDigest digest = sha256();
        byte[] part = new byte[BLOCK];
        for (long left = bytes; left > 0; ) {
            int n = in.read(part, 0, (int) Math.min(part.length, left));
            if (n < 0) {
                throw new IOException("ended " + left + " bytes early");
            }
            digest.update(part, 0, n);
            left -= n;
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
