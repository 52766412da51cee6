package io.tunnel4j.wire;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Reads WebSocket frames out of a byte stream and hands their payload on as it arrives: no frame and no message is ever collected, so
 * their length does not matter. Control frames, at most 125 bytes, are collected. Masked payload is unmasked in place.
 *
 * <p>Not thread-safe. After a close frame or an error everything else is dropped.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc6455#section-5">RFC 6455 §5</a>
 */
public final class WebSocketDecoder {
    private static final int FIN = 0x80;
    private static final int RESERVED = 0x70;
    private static final int OPCODE = 0x0f;
    private static final int CONTROL = 0x8;
    private static final int MASKED = 0x80;
    private static final int LENGTH = 0x7f;

    private final boolean masked;
    private final Sink sink;

    /** The frame header, until it is complete. */
    private final byte[] header = new byte[WebSocketFrames.MAX_HEADER_BYTES];

    private int headerBytes;
    private int headerNeeded = 2;

    private final byte[] control = new byte[WebSocketFrames.MAX_CONTROL_BYTES];
    private int controlBytes;

    private int opcode;
    private boolean fin;
    private long remaining;
    private int key;
    private boolean inPayload;
    private int messageOpcode;
    private boolean finished;

    /**
     * Creates a decoder at the start of the stream.
     *
     * @param masked true if the peer is the client, whose frames are masked; frames of the other kind are refused
     * @param sink gets what is decoded
     */
    public WebSocketDecoder(boolean masked, Sink sink) {
        this.masked = masked;
        this.sink = sink;
    }

    /** Gets what a {@link WebSocketDecoder} decodes, in order, within the call of {@link #decode}. */
    public interface Sink {
        /**
         * Payload of a text or binary message arrived.
         *
         * @param opcode {@link WebSocketFrames#TEXT} or {@link WebSocketFrames#BINARY}, also for continuations
         * @param payload the receiver releases it; empty only at the end of a message
         * @param endOfMessage true for the message's last piece
         */
        void data(int opcode, ByteBuf payload, boolean endOfMessage);

        /**
         * A ping arrived, to be answered by a pong.
         *
         * @param payload the payload
         */
        void ping(byte[] payload);

        /**
         * A pong arrived.
         *
         * @param payload the payload
         */
        void pong(byte[] payload);

        /**
         * A close frame arrived; nothing follows.
         *
         * @param code close code, {@link WebSocketFrames#NO_STATUS} if there is none
         * @param reason UTF-8 text, may be empty
         */
        void close(int code, byte[] reason);
    }

    /**
     * Decodes bytes.
     *
     * @param in consumes; its bytes may be changed
     * @throws WireException with {@link WireException.Kind#WEBSOCKET} for a frame that RFC 6455 forbids; the peer is to be told close code 1002
     */
    public void decode(ByteBuf in) throws WireException {
        try {
            while (!finished) {
                if (inPayload) {
                    if (!payload(in)) {
                        return;
                    }
                } else if (!header(in)) {
                    return;
                }
            }
        } catch (WireException e) {
            finished = true;
            throw e;
        } finally {
            in.release();
        }
    }

    /**
     * Tells whether the bytes so far end between two messages, where a peer may end without cutting anything.
     *
     * @return false inside a frame or between the frames of a message
     */
    public boolean isBetweenMessages() {
        return finished || (!inPayload && headerBytes == 0 && messageOpcode == 0);
    }

    /** Takes header bytes; true when the header is complete. */
    private boolean header(ByteBuf in) throws WireException {
        while (headerBytes < headerNeeded) {
            if (!in.isReadable()) {
                return false;
            }
            int n = Math.min(headerNeeded - headerBytes, in.readableBytes());
            in.readBytes(header, headerBytes, n);
            headerBytes += n;
            if (headerBytes == 2) {
                begin();
            }
        }
        headerBytes = 0;
        headerNeeded = 2;
        remaining = length();
        int end = masked ? lengthBytes() + 2 : 0;
        key = masked
                ? header[end] << 24
                        | (header[end + 1] & 0xff) << 16
                        | (header[end + 2] & 0xff) << 8
                        | (header[end + 3] & 0xff)
                : 0;
        controlBytes = 0;
        inPayload = true;
        return true;
    }

    private int lengthBytes() {
        int length = header[1] & LENGTH;
        return length == 127 ? 8 : length == 126 ? 2 : 0;
    }

    private long length() throws WireException {
        long length = 0;
        int extra = lengthBytes();
        for (int i = 0; i < extra; i++) {
            length = length << 8 | (header[2 + i] & 0xff);
        }
        if (length < 0) {
            throw malformed("frame length above 2^63-1");
        }
        return extra == 0 ? header[1] & LENGTH : length;
    }

    /** Judges the first two bytes, which say how long the header is. */
    private void begin() throws WireException {
        fin = (header[0] & FIN) != 0;
        opcode = header[0] & OPCODE;
        if ((header[0] & RESERVED) != 0) {
            throw malformed("reserved bits set, no extension was agreed");
        }
        if (((header[1] & MASKED) != 0) != masked) {
            throw malformed(masked ? "unmasked frame of a client" : "masked frame of a server");
        }
        if (opcode >= CONTROL) {
            if (opcode > WebSocketFrames.PONG) {
                throw malformed("reserved opcode " + opcode);
            }
            if (!fin || (header[1] & LENGTH) > WebSocketFrames.MAX_CONTROL_BYTES) {
                throw malformed("control frame that is fragmented or above 125 bytes");
            }
        } else if (opcode == WebSocketFrames.CONTINUATION) {
            if (messageOpcode == 0) {
                throw malformed("continuation without a message");
            }
        } else if (opcode > WebSocketFrames.BINARY) {
            throw malformed("reserved opcode " + opcode);
        } else if (messageOpcode != 0) {
            throw malformed("new message inside a fragmented one");
        } else {
            messageOpcode = opcode;
        }
        headerNeeded = 2 + lengthBytes() + (masked ? 4 : 0);
    }

    /** Hands on payload; true when the frame is complete. */
    private boolean payload(ByteBuf in) throws WireException {
        int n = (int) Math.min(remaining, in.readableBytes());
        if (n == 0 && remaining > 0) {
            return false;
        }
        WebSocketFrames.mask(in, in.readerIndex(), n, key);
        key = WebSocketFrames.rotate(key, n);
        remaining -= n;
        if (opcode >= CONTROL) {
            in.readBytes(control, controlBytes, n);
            controlBytes += n;
            if (remaining == 0) {
                inPayload = false;
                controlFrame();
            }
            return remaining == 0;
        }
        boolean endOfMessage = fin && remaining == 0;
        int message = messageOpcode;
        if (remaining == 0) {
            inPayload = false;
            if (fin) {
                messageOpcode = 0;
            }
        }
        if (n > 0 || endOfMessage) {
            sink.data(message, in.readRetainedSlice(n), endOfMessage);
        }
        return remaining == 0;
    }

    private void controlFrame() throws WireException {
        byte[] payload = Arrays.copyOf(control, controlBytes);
        switch (opcode) {
            case WebSocketFrames.PING -> sink.ping(payload);
            case WebSocketFrames.PONG -> sink.pong(payload);
            default -> {
                finished = true;
                if (payload.length == 1) {
                    throw malformed("close frame with half a code");
                }
                if (payload.length == 0) {
                    sink.close(WebSocketFrames.NO_STATUS, payload);
                } else {
                    int code = (payload[0] & 0xff) << 8 | (payload[1] & 0xff);
                    sink.close(code, Arrays.copyOfRange(payload, 2, payload.length));
                }
            }
        }
    }

    private static WireException malformed(String what) {
        return new WireException(WireException.Kind.WEBSOCKET, "WebSocket: " + what);
    }
}
