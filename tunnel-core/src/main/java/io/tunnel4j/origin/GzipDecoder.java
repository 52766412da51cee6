package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Undoes gzip piece by piece: no more comes out than is asked for, so that a small body that unfolds into a huge one is bounded by back-pressure.
 *
 * <p>Not thread-safe. To be closed.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc1952">RFC 1952</a>
 */
final class GzipDecoder implements AutoCloseable {
    private static final int PIECE_BYTES = 16 << 10;
    private static final int HEADER_BYTES = 10;
    private static final int TRAILER_BYTES = 8;
    private static final int FLAG_HEADER_CRC = 2;
    private static final int FLAG_EXTRA = 4;
    private static final int FLAG_NAME = 8;
    private static final int FLAG_COMMENT = 16;

    private enum State {
        HEADER,
        EXTRA_LENGTH,
        EXTRA,
        NAME,
        COMMENT,
        HEADER_CRC,
        DEFLATED,
        TRAILER
    }

    private final ByteBufAllocator alloc;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final Deque<ByteBuf> input = new ArrayDeque<>();
    private final byte[] small = new byte[HEADER_BYTES];
    private int smallBytes;
    private int flags;
    private int extra;
    private State state = State.HEADER;
    private boolean anyMember;
    private boolean ended;
    private @Nullable Http2Headers trailers;
    private byte @Nullable [] array;

    GzipDecoder(ByteBufAllocator alloc) {
        this.alloc = alloc;
    }

    /** Adds compressed bytes; consumes the buffer. */
    void add(ByteBuf data, boolean last) {
        ended |= last;
        if (data.isReadable()) {
            input.add(data);
        } else {
            data.release();
        }
    }

    void end(Http2Headers withTrailers) {
        trailers = withTrailers;
        ended = true;
    }

    @Nullable
    Http2Headers trailers() {
        return trailers;
    }

    /** True when everything has been given out. */
    boolean isDone() {
        return ended && input.isEmpty() && state == State.HEADER && smallBytes == 0 && anyMember;
    }

    /**
     * Gives out plain bytes.
     *
     * @return a new buffer, or null when more input is needed, or everything is out
     * @throws io.tunnel4j.TunnelException if the bytes are no gzip, or break off
     */
    @Nullable
    ByteBuf next() {
        while (true) {
            if (state == State.DEFLATED) {
                ByteBuf plain = inflate();
                if (plain != null) {
                    return plain;
                }
                if (state == State.DEFLATED && input.isEmpty()) {
                    return starved();
                }
                continue;
            }
            ByteBuf in = input.peek();
            if (in == null) {
                return starved();
            }
            frame(in);
            if (!in.isReadable()) {
                input.remove();
                in.release();
            }
        }
    }

    private @Nullable ByteBuf starved() {
        if (ended && !isDone()) {
            throw ResponseHeadReader.malformed("has a gzip body that breaks off");
        }
        return null;
    }

    /** Takes bytes of a member's header or trailer. */
    private void frame(ByteBuf in) {
        switch (state) {
            case HEADER -> {
                if (collect(in, HEADER_BYTES)) {
                    if (small[0] != 0x1f || small[1] != (byte) 0x8b || small[2] != 8) {
                        throw ResponseHeadReader.malformed("says gzip but its body is not");
                    }
                    flags = small[3];
                    crc.reset();
                    inflater.reset();
                    state = State.EXTRA_LENGTH;
                    skipAbsent();
                }
            }
            case EXTRA_LENGTH -> {
                if (collect(in, 2)) {
                    extra = (small[0] & 0xff) | ((small[1] & 0xff) << 8);
                    state = State.EXTRA;
                    skipAbsent();
                }
            }
            case EXTRA -> {
                int n = Math.min(extra, in.readableBytes());
                in.skipBytes(n);
                extra -= n;
                skipAbsent();
            }
            case NAME, COMMENT -> {
                while (in.isReadable()) {
                    if (in.readByte() == 0) {
                        state = state == State.NAME ? State.COMMENT : State.HEADER_CRC;
                        skipAbsent();
                        return;
                    }
                }
            }
            case HEADER_CRC -> {
                if (collect(in, 2)) {
                    state = State.DEFLATED;
                }
            }
            default -> {
                if (collect(in, TRAILER_BYTES)) {
                    checkTrailer();
                    anyMember = true;
                    state = State.HEADER;
                }
            }
        }
    }

    /** Steps over header parts that the flags do not announce. */
    private void skipAbsent() {
        if ((state == State.EXTRA_LENGTH && (flags & FLAG_EXTRA) == 0) || (state == State.EXTRA && extra == 0)) {
            state = State.NAME;
        }
        if (state == State.NAME && (flags & FLAG_NAME) == 0) {
            state = State.COMMENT;
        }
        if (state == State.COMMENT && (flags & FLAG_COMMENT) == 0) {
            state = State.HEADER_CRC;
        }
        if (state == State.HEADER_CRC && (flags & FLAG_HEADER_CRC) == 0) {
            state = State.DEFLATED;
        }
    }

    private boolean collect(ByteBuf in, int wanted) {
        int n = Math.min(wanted - smallBytes, in.readableBytes());
        in.readBytes(small, smallBytes, n);
        smallBytes += n;
        if (smallBytes < wanted) {
            return false;
        }
        smallBytes = 0;
        return true;
    }

    private void checkTrailer() {
        long sum = 0;
        long size = 0;
        for (int i = 3; i >= 0; i--) {
            sum = sum << 8 | (small[i] & 0xff);
            size = size << 8 | (small[4 + i] & 0xff);
        }
        if (sum != crc.getValue() || size != (inflater.getBytesWritten() & 0xffff_ffffL)) {
            throw ResponseHeadReader.malformed("has a gzip body with a wrong check sum");
        }
    }

    /** One piece of plain bytes, or null when the member's data ends or more input is needed. */
    private @Nullable ByteBuf inflate() {
        byte[] out = array;
        if (out == null) {
            out = new byte[PIECE_BYTES];
            array = out;
        }
        try {
            while (true) {
                ByteBuf in = input.peek();
                if (in != null && inflater.needsInput()) {
                    inflater.setInput(in.nioBuffer());
                }
                long before = inflater.getBytesRead();
                int n = inflater.inflate(out);
                if (in != null) {
                    in.skipBytes((int) (inflater.getBytesRead() - before));
                    if (!in.isReadable()) {
                        input.remove();
                        in.release();
                        inflater.setInput(new byte[0]);
                    }
                }
                if (inflater.finished()) {
                    inflater.setInput(new byte[0]);
                    state = State.TRAILER;
                }
                if (n > 0) {
                    crc.update(out, 0, n);
                    return alloc.ioBuffer(n).writeBytes(out, 0, n);
                }
                if (inflater.needsDictionary()) {
                    throw ResponseHeadReader.malformed("has a gzip body with a preset dictionary");
                }
                if (state != State.DEFLATED || input.isEmpty()) {
                    return null;
                }
            }
        } catch (DataFormatException e) {
            throw ResponseHeadReader.malformed("has a damaged gzip body");
        }
    }

    @Override
    public void close() {
        inflater.end();
        input.forEach(ByteBuf::release);
        input.clear();
    }
}
