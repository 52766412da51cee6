package io.tunnel4j.edge.gate.token;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes and reads the data types of SSH (RFC 4251 §5). Not thread-safe. */
final class SshWire {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    SshWire string(byte[] bytes) {
        uint32(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    SshWire string(String text) {
        return string(text.getBytes(StandardCharsets.UTF_8));
    }

    SshWire uint32(int value) {
        out.writeBytes(ByteBuffer.allocate(4).putInt(value).array());
        return this;
    }

    SshWire uint64(long value) {
        out.writeBytes(ByteBuffer.allocate(8).putLong(value).array());
        return this;
    }

    SshWire mpint(BigInteger value) {
        return string(value.signum() == 0 ? new byte[0] : value.toByteArray());
    }

    SshWire raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    /**
     * Reads a string.
     *
     * @throws IllegalArgumentException if its length is not what is there
     */
    static byte[] readString(ByteBuffer in) {
        try {
            int length = in.getInt();
            if (length < 0 || length > in.remaining()) {
                throw new IllegalArgumentException(
                        "SSH string of length " + length + " (expected: at most " + in.remaining() + ")");
            }
            byte[] bytes = new byte[length];
            in.get(bytes);
            return bytes;
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("SSH data ends too early", e);
        }
    }
}
