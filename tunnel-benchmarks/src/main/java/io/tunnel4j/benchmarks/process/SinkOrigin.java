package io.tunnel4j.benchmarks.process;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.tunnel4j.transport.EventLoops;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The origin for what nginx does not do: takes uploads ({@code POST}), agrees to WebSockets and echoes, leaves requests for {@code /hold} without an
 * answer; and, on a second port, sends ({@code D}), takes ({@code U}) or echoes ({@code E}) raw bytes. Runs in a process of its own.
 */
public final class SinkOrigin {
    private static final String WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private SinkOrigin() {}

    /**
     * A running origin.
     *
     * @param process its process
     * @param httpPort HTTP/1.1
     * @param tcpPort raw bytes
     */
    public record Running(ManagedProcess process, int httpPort, int tcpPort) implements AutoCloseable {
        @Override
        public void close() {
            process.close();
        }
    }

    /**
     * Starts the process.
     *
     * @param directory for its output
     * @return once it listens
     */
    public static Running start(Path directory) {
        int http = ManagedProcess.freePort();
        int tcp = ManagedProcess.freePort();
        List<String> command = new ArrayList<>(java());
        command.addAll(List.of(SinkOrigin.class.getName(), Integer.toString(http), Integer.toString(tcp)));
        ManagedProcess process = ManagedProcess.start("sink", directory, command);
        return new Running(process.awaitPort(http).awaitPort(tcp), http, tcp);
    }

    /** A JVM with our class path, from whatever directory. */
    static List<String> java() {
        return List.of(
                Jvm.program("java"),
                "-Xmx256m",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                Jvm.classPath(entry -> true));
    }

    /**
     * Runs the origin until the process is ended.
     *
     * @param arguments the two ports
     */
    public static void main(String[] arguments) {
        EventLoops loops = EventLoops.start("sink", 1);
        listen(loops, Integer.parseInt(arguments[0]), new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new HttpServerCodec(8192, 65_536, 1 << 20), new Http());
            }
        });
        listen(loops, Integer.parseInt(arguments[1]), new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Raw());
                    }
                })
                .closeFuture()
                .syncUninterruptibly();
    }

    private static Channel listen(EventLoops loops, int port, ChannelHandler handler) {
        return new ServerBootstrap()
                .group(loops.group())
                .channel(loops.serverSocketChannel())
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(128 << 10, 256 << 10))
                .childHandler(handler)
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .syncUninterruptibly()
                .channel();
    }

    /** One HTTP connection. */
    private static final class Http extends ChannelInboundHandlerAdapter {
        private boolean holds;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            try {
                if (message instanceof HttpRequest request) {
                    holds = request.uri().startsWith("/hold");
                    String key = request.headers().get("sec-websocket-key");
                    if (key != null) {
                        upgrade(ctx, key);
                        return;
                    }
                }
                if (message instanceof LastHttpContent && !holds) {
                    ByteBuf body = Unpooled.copiedBuffer("taken", StandardCharsets.US_ASCII);
                    DefaultFullHttpResponse response =
                            new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
                    response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
                    ctx.writeAndFlush(response);
                }
            } finally {
                if (message instanceof HttpContent) {
                    ReferenceCountUtil.release(message);
                }
            }
        }

        private static void upgrade(ChannelHandlerContext ctx, String key) throws Exception {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + WEBSOCKET_GUID).getBytes(StandardCharsets.US_ASCII));
            String answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(digest) + "\r\n\r\n";
            ctx.pipeline().addFirst(new Raw.Echo());
            ctx.pipeline().remove(HttpServerCodec.class);
            ctx.pipeline().remove(Http.class);
            ctx.pipeline().firstContext().writeAndFlush(Unpooled.copiedBuffer(answer, StandardCharsets.US_ASCII));
        }
    }

    /** One raw connection: a letter, eight bytes of length, then what the letter says. */
    private static final class Raw extends ChannelInboundHandlerAdapter {
        private static final int PIECE_BYTES = 64 << 10;
        private static final ByteBuf PIECE = Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(PIECE_BYTES).writeZero(PIECE_BYTES).asReadOnly());

        private final ByteBuf head = Unpooled.buffer(9);
        private char kind;
        private long remaining;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            if (kind == 0) {
                head.writeBytes(in, Math.min(in.readableBytes(), 9 - head.readableBytes()));
                if (head.readableBytes() < 9) {
                    in.release();
                    return;
                }
                kind = (char) head.readByte();
                remaining = head.readLong();
                if (kind == 'D') {
                    send(ctx);
                }
            }
            if (kind == 'E') {
                ctx.write(in);
                return;
            }
            if (kind == 'U') {
                remaining -= in.readableBytes();
                if (remaining <= 0) {
                    ctx.write(Unpooled.copiedBuffer("K", StandardCharsets.US_ASCII));
                }
            }
            in.release();
        }

        private void send(ChannelHandlerContext ctx) {
            while (remaining > 0 && ctx.channel().isWritable()) {
                int bytes = (int) Math.min(PIECE_BYTES, remaining);
                remaining -= bytes;
                ctx.write(PIECE.retainedSlice(0, bytes), ctx.voidPromise());
            }
            ctx.flush();
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (kind == 'D' && ctx.channel().isWritable()) {
                ctx.executor().execute(() -> send(ctx));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }

        /** Sends back what comes. */
        private static final class Echo extends ChannelInboundHandlerAdapter {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ctx.writeAndFlush(message);
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                ctx.close();
            }
        }
    }
}
