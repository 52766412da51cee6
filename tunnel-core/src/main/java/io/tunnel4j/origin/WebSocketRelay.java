package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.wire.WebSocketDecoder;
import io.tunnel4j.wire.WebSocketFrames;
import io.tunnel4j.wire.WireException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * TCP bytes in WebSocket messages, which end here: client messages of any kind and length are a byte stream for the origin, the origin's bytes go back in binary frames. Confined
 * to the event loop.
 */
class WebSocketRelay extends ByteRelay implements WebSocketDecoder.Sink {
    /** Keeps intermediaries from taking an idle connection for a dead one. */
    static final long PING_SECONDS = 54;

    /** After a client's close frame it waits for ours; the origin's last bytes may take this long. */
    private static final long CLOSE_GRACE_SECONDS = 5;

    /** Up to this length, frame header and payload are copied into one buffer; beyond, a second frame is cheaper. */
    private static final int COPY_BYTES = 2048;

    private final WebSocketDecoder decoder = new WebSocketDecoder(true, this);
    private final @Nullable ProxyHeader proxyHeader;
    private int closeCode = WebSocketFrames.NORMAL_CLOSURE;
    private boolean closeReceived;
    private boolean endsWhenAccepted;
    private @Nullable Future<?> ping;

    WebSocketRelay(LoopOrigins loop, OriginRequest request, @Nullable ProxyHeader proxyHeader) {
        super(loop, request);
        this.proxyHeader = proxyHeader;
        if (request.endOfStream()) {
            inputEnded();
        }
    }

    @Override
    void connected(Channel channel) {
        if (proxyHeader != null) {
            channel.write(proxyHeader.encode(channel), channel.voidPromise());
        }
        accept();
    }

    /** Tells the edge that the WebSocket stands. */
    final void accept() {
        CharSequence key = request().head().get(WebSocketAcceptance.KEY);
        if (key == null) {
            fail(new TunnelException(TunnelErrorCode.ORIGIN_PROTOCOL, "WebSocket handshake without sec-websocket-key"));
            return;
        }
        respond(200, ResponseHeads.of(200, WebSocketAcceptance.serialised(key), null), false);
        stream().flush();
        ping = stream().eventLoop().scheduleAtFixedRate(this::sendPing, PING_SECONDS, PING_SECONDS, TimeUnit.SECONDS);
        if (endsWhenAccepted) {
            end();
        }
    }

    private void sendPing() {
        control(WebSocketFrames.PING, new byte[0]);
        stream().flush();
    }

    @Override
    final void fromEdge(ByteBuf data) {
        try {
            decoder.decode(data);
        } catch (WireException e) {
            closeCode = WebSocketFrames.PROTOCOL_ERROR;
            end();
        }
    }

    @Override
    public final void data(int opcode, ByteBuf payload, boolean endOfMessage) {
        if (payload.isReadable()) {
            payload(payload);
        } else {
            payload.release();
        }
    }

    /** Payload of the client's messages; consumes the buffer. */
    void payload(ByteBuf payload) {
        toOrigin(payload);
    }

    @Override
    public final void ping(byte[] payload) {
        control(WebSocketFrames.PONG, payload);
        stream().flush();
    }

    @Override
    public final void pong(byte[] payload) {
        // The answer to our ping; liveness is the edge's task.
    }

    @Override
    public final void close(int code, byte[] reason) {
        closeReceived = true;
        closeCode = code;
        inputEnded();
        if (!isResponding()) {
            return;
        }
        closedByClient();
    }

    /** The client has closed: without an origin to wait for, the answer is due at once. */
    void closedByClient() {
        // The origin hears of it by its half-closed connection; its end brings ours.
    }

    @Override
    final long graceSeconds() {
        return closeReceived ? CLOSE_GRACE_SECONDS : HalfClose.GRACE_SECONDS;
    }

    @Override
    final void fromOrigin(ByteBuf data) {
        binary(data);
    }

    /** Sends payload in one binary frame; consumes the buffer. */
    final void binary(ByteBuf payload) {
        int bytes = payload.readableBytes();
        ByteBuf header = payload.alloc()
                .ioBuffer(
                        bytes <= COPY_BYTES
                                ? WebSocketFrames.MAX_HEADER_BYTES + bytes
                                : WebSocketFrames.MAX_HEADER_BYTES);
        WebSocketFrames.writeHeader(WebSocketFrames.BINARY, true, bytes, header);
        if (bytes <= COPY_BYTES) {
            header.writeBytes(payload);
            payload.release();
            respondData(header, false);
        } else {
            respondData(header, false);
            respondData(payload, false);
        }
    }

    private void control(int opcode, byte[] payload) {
        ByteBuf frame =
                stream().connection().channel().alloc().ioBuffer(WebSocketFrames.MAX_HEADER_BYTES + payload.length);
        WebSocketFrames.writeHeader(opcode, true, payload.length, frame);
        respondData(frame.writeBytes(payload), false);
    }

    @Override
    final void originEnded() {
        end();
    }

    /** Sends the close frame and ends the stream. */
    final void end() {
        if (!isResponding()) {
            endsWhenAccepted = true;
            return;
        }
        if (isStreamClosed()) {
            return;
        }
        ByteBuf frame = stream().connection().channel().alloc().ioBuffer(WebSocketFrames.MAX_HEADER_BYTES);
        WebSocketFrames.writeClose(closeCode, frame);
        respondData(frame, true);
    }

    @Override
    protected void abandoned() {
        super.abandoned();
        if (ping != null) {
            ping.cancel(false);
        }
    }
}
