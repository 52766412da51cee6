package io.tunnel4j.mux;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One end of a long link, in a JVM of its own: {@code listen HOST PORT BYTES} stands for the edge and measures, {@code dial HOST PORT BYTES} for
 * the connector. Raw connections go to the port, HTTP/2 to the one above it.
 */
final class LongLinkPeer {
    private static final int CHUNK = 16_384;
    private static final byte[] ZEROES = new byte[CHUNK];

    private final InetSocketAddress raw;
    private final InetSocketAddress multiplexed;
    private final int bytes;
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    private LongLinkPeer(String host, int port, int bytes) {
        raw = new InetSocketAddress(host, port);
        multiplexed = new InetSocketAddress(host, port + 1);
        this.bytes = bytes;
    }

    public static void main(String[] args) throws Exception {
        LongLinkPeer peer = new LongLinkPeer(args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3]));
        if (args[0].equals("listen")) {
            peer.listen(new PrintStream(new FileOutputStream(FileDescriptor.out), true));
        } else {
            peer.dial();
        }
        System.exit(0);
    }

    // --- The edge's end ---

    private void listen(PrintStream out) throws Exception {
        BlockingQueue<MuxConnection> ready = new LinkedBlockingQueue<>();
        new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(started(Role.CLIENT, ready))
                .bind(multiplexed)
                .sync();
        try (ServerSocket listener = new ServerSocket(raw.getPort(), 10, raw.getAddress())) {
            out.println("listening");
            for (int round = 0; round < 2; round++) {
                long down = rawTransfer(listener, 'd');
                long up = rawTransfer(listener, 'u');
                out.println("tcp " + down + " " + up);
                out.println("mux " + muxTransfer(listener, ready, false) + " " + muxTransfer(listener, ready, true));
            }
            command(listener, 'q').close();
        }
    }

    private static Socket command(ServerSocket listener, char order) throws IOException {
        Socket socket = listener.accept();
        socket.setTcpNoDelay(true);
        socket.getOutputStream().write(order);
        return socket;
    }

    private long rawTransfer(ServerSocket listener, char order) throws IOException {
        try (Socket socket = command(listener, order)) {
            long start = System.nanoTime();
            if (order == 'd') {
                receive(socket.getInputStream());
            } else {
                send(socket.getOutputStream());
                socket.getInputStream().read();
            }
            return System.nanoTime() - start;
        }
    }

    private long muxTransfer(ServerSocket listener, BlockingQueue<MuxConnection> ready, boolean upload)
            throws Exception {
        command(listener, 'm').close();
        MuxConnection connection = ready.poll(60, TimeUnit.SECONDS);
        if (connection == null) {
            throw new IllegalStateException("no HTTP/2 connection");
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        long start = System.nanoTime();
        connection.eventLoop().execute(() -> {
            Http2Headers head = new DefaultHttp2Headers()
                    .method(upload ? "POST" : "GET")
                    .scheme("https")
                    .authority("a")
                    .path("/");
            try {
                Sender sender = new Sender(bytes, done);
                MuxStream stream = connection.open(head, !upload, upload ? sender : new Receiver(bytes, done, false));
                if (upload) {
                    sender.writabilityChanged(stream);
                }
                stream.flush();
            } catch (ConnectionException e) {
                done.completeExceptionally(e);
            }
        });
        done.get(120, TimeUnit.SECONDS);
        long elapsed = System.nanoTime() - start;
        connection.close(0, "measured");
        return elapsed;
    }

    // --- The connector's end ---

    private void dial() throws Exception {
        while (true) {
            try (Socket socket = new Socket(raw.getAddress(), raw.getPort())) {
                socket.setTcpNoDelay(true);
                switch (socket.getInputStream().read()) {
                    case 'd' -> {
                        send(socket.getOutputStream());
                        socket.shutdownOutput();
                        socket.getInputStream().read();
                    }
                    case 'u' -> {
                        receive(socket.getInputStream());
                        socket.getOutputStream().write(1);
                    }
                    case 'm' ->
                        new Bootstrap()
                                .group(group)
                                .channel(NioSocketChannel.class)
                                .handler(started(Role.SERVER, new LinkedBlockingQueue<>()))
                                .connect(multiplexed)
                                .sync();
                    default -> {
                        return;
                    }
                }
            }
        }
    }

    private void send(OutputStream out) throws IOException {
        for (int left = bytes; left > 0; left -= CHUNK) {
            out.write(ZEROES, 0, Math.min(CHUNK, left));
        }
    }

    private void receive(InputStream in) throws IOException {
        byte[] chunk = new byte[65_536];
        int read = 0;
        for (int left = bytes; left > 0 && read >= 0; left -= read) {
            read = in.read(chunk);
        }
    }

    // --- HTTP/2 ---

    private ChannelInitializer<Channel> started(Role role, BlockingQueue<MuxConnection> ready) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelActive(ChannelHandlerContext ctx) {
                        MuxConnection.start(
                                ctx.channel(), MuxConfig.builder(role).build(), new Acceptor(ready));
                        ctx.pipeline().remove(this);
                    }
                });
            }
        };
    }

    private final class Acceptor implements ConnectionListener {
        private final BlockingQueue<MuxConnection> ready;

        Acceptor(BlockingQueue<MuxConnection> ready) {
            this.ready = ready;
        }

        @Override
        public void ready(MuxConnection connection) {
            ready.add(connection);
        }

        @Override
        public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
            if (!endOfStream) {
                return new Receiver(bytes, new CompletableFuture<>(), true);
            }
            Sender sender = new Sender(bytes, new CompletableFuture<>());
            stream.writeHead(new DefaultHttp2Headers().status("200"), false);
            sender.writabilityChanged(stream);
            return sender;
        }

        @Override
        public void closed(MuxConnection connection, ConnectionException cause) {}
    }

    /** Writes as long as the stream is writable; done when the other side has answered. */
    private static final class Sender extends MuxPair.RecordingListener {
        private final CompletableFuture<Void> done;
        private int left;

        Sender(int bytes, CompletableFuture<Void> done) {
            left = bytes;
            this.done = done;
        }

        @Override
        public void writabilityChanged(MuxStream stream) {
            while (left > 0 && stream.isWritable()) {
                int n = Math.min(CHUNK, left);
                left -= n;
                stream.writeData(Unpooled.wrappedBuffer(ZEROES, 0, n), left == 0);
            }
            stream.flush();
        }

        @Override
        public void head(MuxStream stream, Http2Headers head, boolean endOfStream) {
            done.complete(null);
        }

        @Override
        public void reset(MuxStream stream, StreamException cause) {
            done.completeExceptionally(cause);
        }
    }

    private static final class Receiver extends MuxPair.RecordingListener {
        private final CompletableFuture<Void> done;
        private final boolean answers;
        private int left;

        Receiver(int bytes, CompletableFuture<Void> done, boolean answers) {
            left = bytes;
            this.done = done;
            this.answers = answers;
        }

        @Override
        public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
            left -= data.readableBytes();
            super.data(stream, data, endOfStream);
            if (left == 0) {
                if (answers) {
                    stream.writeHead(new DefaultHttp2Headers().status("200"), true);
                    stream.flush();
                }
                done.complete(null);
            }
        }

        @Override
        public void reset(MuxStream stream, StreamException cause) {
            done.completeExceptionally(cause);
        }
    }
}
