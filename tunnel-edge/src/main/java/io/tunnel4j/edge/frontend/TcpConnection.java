package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.AsciiString;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.wire.WebSocketDecoder;
import io.tunnel4j.wire.WebSocketFrames;
import io.tunnel4j.wire.WireException;
import java.net.InetSocketAddress;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One raw TCP connection as the client of a WebSocket exchange: what it sends becomes binary messages, what comes back is unwrapped.
 *
 * <p>The protocol has no half-close. A connector that announces to read on is told at once that the client has sent everything; from another the answer is taken
 * as long as it keeps coming, then the exchange ends. An exchange that breaks off ends with a reset, never with a clean end. Confined to the connection's event loop.
 */
final class TcpConnection extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(TcpConnection.class);
    private static final int MAX_OUTSTANDING_BYTES = 64 << 10;

    /** How long the origin may be silent after the client has sent everything. */
    private static final long HALF_CLOSE_SECONDS = 5;

    /** The reference drops what a message has beyond this (protocol document access §4). */
    private static final int MAX_MESSAGE_BYTES = 16_384;

    /** How long a client that still sends may do so after the end, that a reset does not overtake the last bytes for it. */
    private static final long LINGER_SECONDS = 2;

    /** Masks protect proxies between that take payload for HTTP; inside the tunnel there are none, so the payload stays as it is. */
    private static final int MASK = 0;

    private final Site site;
    private final LoopState loop;
    private final String hostname;
    private final InetSocketAddress remote;
    private final WebSocketDecoder decoder = new WebSocketDecoder(false, new FromOrigin());
    private final Stream stream;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Exchange exchange;
    private int outstanding;
    private boolean upgraded;
    private boolean heard;
    private boolean inputEnded;
    private boolean ended;

    TcpConnection(Site site, LoopState loop, String hostname, InetSocketAddress remote) {
        this.site = site;
        this.loop = loop;
        this.hostname = hostname;
        this.remote = remote;
        this.stream = new Stream(new ClientStream.ClientInfo(remote, remote, true, List.of(), "TCP"));
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return ctx;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        ctx.channel().config().setAutoRead(false);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws BadRequestException {
        FlatHeaders fields = new FlatHeaders();
        byte[] key = new byte[16];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) loop.random().nextInt();
        }
        fields.add(FieldNames.SEC_WEBSOCKET_KEY, Base64.getEncoder().encodeToString(key));
        RequestHead head = new RequestHead(
                AsciiString.cached("GET"),
                new AsciiString(hostname),
                AsciiString.cached("/"),
                fields,
                RequestHead.UNKNOWN_LENGTH,
                true);
        Exchange started = new Exchange(site, loop, stream, head, false);
        exchange = started;
        started.start();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf data = (ByteBuf) msg;
        Exchange to = exchange;
        if (to == null || ended) {
            data.release();
            return;
        }
        while (data.readableBytes() > MAX_MESSAGE_BYTES) {
            message(ctx, to, data.readRetainedSlice(MAX_MESSAGE_BYTES));
        }
        message(ctx, to, data);
        if (outstanding >= MAX_OUTSTANDING_BYTES) {
            ctx.channel().config().setAutoRead(false);
        }
    }

    /** Sends one message; consumes the payload. */
    private void message(ChannelHandlerContext ctx, Exchange to, ByteBuf payload) {
        int bytes = payload.readableBytes();
        ByteBuf header = ctx.alloc().ioBuffer(WebSocketFrames.MAX_HEADER_BYTES);
        WebSocketFrames.writeMaskedHeader(WebSocketFrames.BINARY, true, bytes, MASK, header);
        outstanding += bytes + header.readableBytes();
        to.requestData(header, false);
        to.requestData(payload, false);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (exchange != null) {
            exchange.requestReadComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (exchange != null) {
            exchange.clientWritabilityChanged();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            clientEnded(ctx);
        }
        ctx.fireUserEventTriggered(event);
    }

    private void clientEnded(ChannelHandlerContext ctx) {
        inputEnded = true;
        Exchange to = exchange;
        if (ended) {
            ctx.close();
        } else if (to != null && to.connectorReadsOn()) {
            to.requestData(Unpooled.EMPTY_BUFFER, true);
            to.requestReadComplete();
        } else {
            awaitAnswer(ctx);
        }
    }

    private void awaitAnswer(ChannelHandlerContext ctx) {
        heard = false;
        ctx.executor()
                .schedule(
                        () -> {
                            if (heard && !ended) {
                                awaitAnswer(ctx);
                            } else {
                                ctx.close();
                            }
                        },
                        HALF_CLOSE_SECONDS,
                        TimeUnit.SECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        Exchange running = exchange;
        exchange = null;
        if (running != null) {
            // Whoever goes without having ended may have sent half of something.
            running.clientGone(upgraded && inputEnded);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        log.debug("{}: {}", remote, cause.toString());
        ctx.close();
    }

    /** Ends in good order: the client gets all that was written, whatever it still sends. */
    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        ChannelHandlerContext ctx = context();
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (inputEnded || !written.isSuccess() || !(ctx.channel() instanceof DuplexChannel duplex)) {
                ctx.close();
                return;
            }
            duplex.shutdownOutput();
            ctx.channel().config().setAutoRead(true);
            ctx.executor().schedule(() -> ctx.close(), LINGER_SECONDS, TimeUnit.SECONDS);
        });
    }

    /** What the connector's WebSocket carries. */
    private final class FromOrigin implements WebSocketDecoder.Sink {
        @Override
        public void data(int opcode, ByteBuf payload, boolean endOfMessage) {
            if (payload.isReadable() && !ended) {
                heard = true;
                ChannelHandlerContext ctx = context();
                ctx.write(payload, ctx.voidPromise());
            } else {
                payload.release();
            }
        }

        @Override
        public void ping(byte[] payload) {
            Exchange to = exchange;
            if (to != null && !inputEnded) {
                ByteBuf pong = context().alloc().ioBuffer(WebSocketFrames.MAX_HEADER_BYTES + payload.length);
                WebSocketFrames.writeMaskedHeader(WebSocketFrames.PONG, true, payload.length, MASK, pong);
                pong.writeBytes(payload);
                outstanding += pong.readableBytes();
                to.requestData(pong, false);
                to.requestReadComplete();
            }
        }

        @Override
        public void pong(byte[] payload) {}

        @Override
        public void close(int code, byte[] reason) {
            end();
        }
    }

    /** The exchange's view of this connection. */
    private final class Stream extends ClientStream {
        private final ClientInfo info;

        Stream(ClientInfo info) {
            this.info = info;
        }

        @Override
        void writeHead(FlatHeaders head, boolean endOfStream) {
            if (!"100".contentEquals(String.valueOf(head.status()))) {
                log.debug("{}: no TCP connection to {}: {}", remote, hostname, head.status());
                abort();
            }
        }

        @Override
        void writeUpgrade(FlatHeaders head) {
            upgraded = true;
            context().channel().config().setAutoRead(true);
        }

        @Override
        void writeData(ByteBuf data, boolean endOfStream) {
            try {
                decoder.decode(data);
            } catch (WireException e) {
                log.debug("{}: {}", remote, e.getMessage());
                abort();
                return;
            }
            if (endOfStream) {
                end();
            }
        }

        @Override
        void writeTrailers(FlatHeaders trailers) {
            end();
        }

        @Override
        void flush() {
            context().flush();
        }

        @Override
        boolean isWritable() {
            return context().channel().isWritable();
        }

        @Override
        void consume(int bytes) {
            outstanding -= bytes;
            if (upgraded && outstanding < MAX_OUTSTANDING_BYTES / 2) {
                context().channel().config().setAutoRead(true);
            }
        }

        @Override
        void abort() {
            ended = true;
            ChannelHandlerContext ctx = context();
            ctx.flush();
            if (ctx.channel().isActive()) {
                ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            }
            ctx.close();
        }

        @Override
        void discardRequest() {
            end();
        }

        @Override
        boolean isLowerCase() {
            return true;
        }

        @Override
        boolean isHttp11() {
            return true;
        }

        @Override
        ClientInfo info() {
            return info;
        }
    }
}
