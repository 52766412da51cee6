package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.util.AsciiString;
import io.tunnel4j.mux.FlatHeaders;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the pieces of a chunked body lie in what arrives. Confined to the event loop.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc9112#section-7.1">RFC 9112 §7.1</a>
 */
final class ChunkReader {
    /** Longest chunk size line, extensions included. */
    static final int MAX_LINE_BYTES = 4096;

    /** All trailers together. */
    static final int MAX_TRAILER_BYTES = 64 << 10;

    private static final int MAX_SIZE_DIGITS = 15;

    private enum State {
        SIZE,
        DATA,
        DATA_END,
        TRAILER,
        DONE
    }

    private State state = State.SIZE;
    private byte[] line = {};
    private int lineBytes;
    private int trailerBytes;
    private long remaining;
    private @Nullable FlatHeaders trailers;

    void begin() {
        state = State.SIZE;
        lineBytes = 0;
        trailerBytes = 0;
        trailers = null;
    }

    boolean isDone() {
        return state == State.DONE;
    }

    /** Trailers of a body that is done, or null. */
    @Nullable
    FlatHeaders trailers() {
        return trailers;
    }

    /**
     * Advances over framing.
     *
     * @return how many body bytes lie at the reader index now; 0 when more input is needed, or the body is done
     */
    int next(ByteBuf in) {
        while (in.isReadable()) {
            switch (state) {
                case DATA -> {
                    int n = (int) Math.min(remaining, in.readableBytes());
                    remaining -= n;
                    if (remaining == 0) {
                        state = State.DATA_END;
                    }
                    return n;
                }
                case DONE -> {
                    return 0;
                }
                default -> {
                    if (readLine(in)) {
                        endOfLine();
                        lineBytes = 0;
                    }
                }
            }
        }
        return 0;
    }

    private boolean readLine(ByteBuf in) {
        while (in.isReadable()) {
            byte b = in.readByte();
            if (b == '\n') {
                if (lineBytes > 0 && line[lineBytes - 1] == '\r') {
                    lineBytes--;
                }
                return true;
            }
            if (lineBytes == line.length) {
                int max = state == State.TRAILER ? MAX_TRAILER_BYTES : MAX_LINE_BYTES;
                if (lineBytes >= max) {
                    throw ResponseHeadReader.malformed("has a chunk line or trailer that is too long");
                }
                line = Arrays.copyOf(line, Math.min(max, Math.max(32, 2 * lineBytes)));
            }
            line[lineBytes++] = b;
        }
        return false;
    }

    private void endOfLine() {
        switch (state) {
            case SIZE -> {
                remaining = size();
                state = remaining == 0 ? State.TRAILER : State.DATA;
            }
            case DATA_END -> {
                if (lineBytes != 0) {
                    throw ResponseHeadReader.malformed("has a chunk that is longer than its size");
                }
                state = State.SIZE;
            }
            default -> {
                if (lineBytes == 0) {
                    state = State.DONE;
                } else {
                    trailer();
                }
            }
        }
    }

    private long size() {
        long size = 0;
        int i = 0;
        for (; i < lineBytes; i++) {
            int digit = Character.digit(line[i], 16);
            if (digit < 0) {
                break;
            }
            size = size << 4 | digit;
        }
        // A size may be followed by blanks and extensions, which mean nothing to us.
        boolean ends = i == lineBytes || line[i] == ';' || line[i] == ' ' || line[i] == '\t';
        if (i == 0 || i > MAX_SIZE_DIGITS || !ends) {
            throw ResponseHeadReader.malformed("has a chunk without a size");
        }
        return size;
    }

    private void trailer() {
        trailerBytes += lineBytes;
        if (trailerBytes > MAX_TRAILER_BYTES) {
            throw ResponseHeadReader.malformed("has too many trailers");
        }
        int colon = 0;
        while (colon < lineBytes && line[colon] != ':') {
            colon++;
        }
        if (colon == lineBytes) {
            throw ResponseHeadReader.malformed("has a trailer without a colon");
        }
        AsciiString name = new AsciiString(line, 0, colon, true).toLowerCase();
        AsciiString value = new AsciiString(line, colon + 1, lineBytes - colon - 1, true).trim();
        if (!TrailerFields.mayPass(name, value)) {
            return;
        }
        if (trailers == null) {
            trailers = new FlatHeaders();
        }
        trailers.add(name, value);
    }
}
