package io.tunnel4j.origin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

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
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.ingress.RemoteConfiguration;
import io.tunnel4j.ingress.RouterConfig;
import io.tunnel4j.ingress.RouterListener;
import io.tunnel4j.ingress.StreamKind;
import io.tunnel4j.ingress.StreamRouter;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.wire.ResponseHeaders;
import io.tunnel4j.wire.TunnelFields;
import io.tunnel4j.wire.WireException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** An edge that does what a test says: opens streams over real sockets to a connector that consists of a {@link StreamRouter} only. */
public final class ScriptedEdge implements AutoCloseable {
    public static final UUID CONNECTOR_ID = UUID.fromString("11111111-2222-4333-8444-555555555555");

    private final EventLoopGroup group;
    public final RemoteConfiguration configuration;
    public final StreamRouter router;
    private final MuxConnection edge;
    private final MuxConnection connector;
    public final BlockingQueue<RouterListener.Outcome> outcomes = new LinkedBlockingQueue<>();

    public ScriptedEdge(Origin origin) throws Exception {
        this(Ingress.of(origin), config -> {});
    }

    public ScriptedEdge(Ingress ingress, Consumer<RouterConfig.Builder> adjust) throws Exception {
        this(ingress, adjust, MuxConfig.builder(Role.CLIENT).build());
    }

    public ScriptedEdge(Ingress ingress, Consumer<RouterConfig.Builder> adjust, MuxConfig edgeConfig) throws Exception {
        this(
                ingress,
                adjust,
                edgeConfig,
                new MultiThreadIoEventLoopGroup(
                        2, new DefaultThreadFactory("tunnel-test", true), NioIoHandler.newFactory()));
    }

    /** On event loops of the test's, which are closed with the edge. */
    ScriptedEdge(
            Ingress ingress, Consumer<RouterConfig.Builder> adjust, MuxConfig edgeConfig, EventLoopGroup eventLoops)
            throws Exception {
        group = eventLoops;
        configuration = new RemoteConfiguration(ingress);
        RouterConfig.Builder config = RouterConfig.builder(CONNECTOR_ID).listener(new RouterListener() {
            @Override
            public void requestEnded(int rule, StreamKind kind, Outcome outcome) {
                outcomes.add(outcome);
            }
        });
        adjust.accept(config);
        router = new StreamRouter(configuration, config.build());
        CompletableFuture<MuxConnection> accepted = new CompletableFuture<>();
        CompletableFuture<MuxConnection> dialled = new CompletableFuture<>();
        CompletableFuture<Void> ready = new CompletableFuture<>();
        Channel listener = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(onActive(
                        channel -> accepted.complete(MuxConnection.start(channel, edgeConfig, new Listener(ready)))))
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .handler(onActive(channel -> dialled.complete(MuxConnection.start(
                        channel, MuxConfig.builder(Role.SERVER).build(), new Listener(new CompletableFuture<>())))))
                .connect(listener.localAddress())
                .sync();
        edge = accepted.get(10, TimeUnit.SECONDS);
        connector = dialled.get(10, TimeUnit.SECONDS);
        ready.get(10, TimeUnit.SECONDS);
        listener.close().sync();
    }

    private static ChannelInitializer<Channel> onActive(Consumer<Channel> start) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelActive(ChannelHandlerContext ctx) {
                        start.accept(ctx.channel());
                        ctx.pipeline().remove(this);
                    }
                });
            }
        };
    }

    private final class Listener implements ConnectionListener {
        private final CompletableFuture<Void> ready;

        Listener(CompletableFuture<Void> ready) {
            this.ready = ready;
        }

        @Override
        public void ready(MuxConnection connection) {
            ready.complete(null);
        }

        @Override
        public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
            return router.route(StreamKind.of(head), stream, head, endOfStream);
        }

        @Override
        public void closed(MuxConnection connection, ConnectionException cause) {}
    }

    /** Fields of a request: method, path, then names and values. */
    public static FlatHeaders head(String method, String path, String... fields) {
        FlatHeaders head = new FlatHeaders();
        head.add(AsciiString.of(":method"), AsciiString.of(method));
        head.add(AsciiString.of(":scheme"), AsciiString.of("https"));
        boolean hasAuthority = List.of(fields).contains(":authority");
        if (!hasAuthority) {
            head.add(AsciiString.of(":authority"), AsciiString.of("app.example.com"));
        }
        if (!path.isEmpty()) {
            head.add(AsciiString.of(":path"), new AsciiString(path.getBytes(ISO_8859_1)));
        }
        for (int pass = 0; pass < 2; pass++) {
            for (int i = 0; i < fields.length; i += 2) {
                if (fields[i].startsWith(":") == (pass == 0)) {
                    head.add(AsciiString.of(fields[i]), new AsciiString(fields[i + 1].getBytes(ISO_8859_1)));
                }
            }
        }
        return head;
    }

    /** Opens a stream without a body. */
    public Call get(String path, String... fields) throws Exception {
        return open(head("GET", path, fields), true);
    }

    public Call open(FlatHeaders head, boolean endOfStream) throws Exception {
        Call call = new Call();
        MuxStream stream = edge.eventLoop()
                .submit(() -> {
                    MuxStream opened = edge.open(head, endOfStream, call);
                    opened.flush();
                    return opened;
                })
                .get(10, TimeUnit.SECONDS);
        call.stream = stream;
        return call;
    }

    /** Opens a stream and sends its whole body in the same turn. */
    public Call post(FlatHeaders head, String body) throws Exception {
        Call call = new Call();
        call.stream = edge.eventLoop()
                .submit(() -> {
                    MuxStream opened = edge.open(head, false, call);
                    opened.writeData(Unpooled.copiedBuffer(body, ISO_8859_1), true);
                    opened.flush();
                    return opened;
                })
                .get(10, TimeUnit.SECONDS);
        return call;
    }

    public MuxConnection connectorSide() {
        return connector;
    }

    /** Pulls the plug. */
    public void disconnect() {
        edge.close(0, "test");
    }

    @Override
    public void close() throws Exception {
        router.close();
        edge.close(0, "test over");
        connector.close(0, "test over");
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    /** One stream as the edge sees it. */
    public static final class Call implements StreamListener {
        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        private final CompletableFuture<Http2Headers> head = new CompletableFuture<>();
        private final CompletableFuture<String> end = new CompletableFuture<>();
        private final StringBuffer body = new StringBuffer();
        private volatile MuxStream stream;
        private volatile Http2Headers trailers;
        private volatile boolean headEnded;
        private volatile boolean holdCredit;
        private int heldCredit;
        private volatile long bytes;

        @Override
        public void head(MuxStream from, Http2Headers fields, boolean endOfStream) {
            events.add(fields.status().toString());
            if (fields.status().charAt(0) != '1') {
                headEnded = endOfStream;
                head.complete(fields);
            }
            if (endOfStream) {
                end.complete("end");
            }
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // written on one event loop only
        public void data(MuxStream from, ByteBuf data, boolean endOfStream) {
            int n = data.readableBytes();
            bytes += n;
            if (body.length() < 1 << 20) {
                body.append(data.toString(ISO_8859_1));
            }
            if (n > 0) {
                events.add("data " + n);
            }
            data.release();
            if (holdCredit) {
                heldCredit += n;
            } else {
                from.consume(n);
            }
            if (endOfStream) {
                events.add("end");
                end.complete("end");
            }
        }

        @Override
        public void trailers(MuxStream from, Http2Headers fields) {
            trailers = fields;
            events.add("trailers");
            end.complete("end");
        }

        @Override
        public void reset(MuxStream from, StreamException cause) {
            events.add("reset " + cause.errorCode());
            end.complete("reset " + cause.errorCode());
        }

        @Override
        public void closed(MuxStream from) {
            events.add("closed");
            end.complete("closed");
        }

        public void send(String text, boolean endOfStream) throws Exception {
            sendBytes(text.getBytes(ISO_8859_1), endOfStream);
        }

        public void sendBytes(byte[] octets, boolean endOfStream) throws Exception {
            onLoop(() -> {
                stream.writeData(Unpooled.wrappedBuffer(octets), endOfStream);
                stream.flush();
            });
        }

        public void sendTrailers(String name, String value) throws Exception {
            FlatHeaders fields = new FlatHeaders();
            fields.add(AsciiString.of(name), AsciiString.of(value));
            onLoop(() -> {
                stream.writeTrailers(fields);
                stream.flush();
            });
        }

        public void reset(long code) throws Exception {
            onLoop(() -> stream.reset(code));
        }

        /** Stops giving credit back, like an eyeball that does not read. */
        public void holdCredit() {
            holdCredit = true;
        }

        /** Gives back all that was held, and holds no more. */
        public void giveHeldCredit() throws Exception {
            onLoop(() -> {
                holdCredit = false;
                stream.consume(heldCredit);
            });
        }

        private void onLoop(Runnable task) throws Exception {
            stream.eventLoop().submit(task).get(10, TimeUnit.SECONDS);
        }

        public MuxStream stream() {
            return stream;
        }

        public Http2Headers head() throws Exception {
            return head.get(10, TimeUnit.SECONDS);
        }

        public int status() throws Exception {
            return Integer.parseInt(head().status().toString());
        }

        public String meta() throws Exception {
            return String.valueOf(head().get(TunnelFields.RESPONSE_META));
        }

        /** True if the response ended with its head. */
        public boolean headEnded() throws Exception {
            head();
            return headEnded;
        }

        /** "end", or "reset CODE". */
        public String end() throws Exception {
            return end.get(10, TimeUnit.SECONDS);
        }

        public boolean hasEnded() {
            return end.isDone();
        }

        public boolean hasHead() {
            return head.isDone();
        }

        /** The whole body, once the response has ended. */
        public String body() throws Exception {
            end();
            return body.toString();
        }

        /** What has come so far. */
        public String bodySoFar() {
            return body.toString();
        }

        public long bytes() {
            return bytes;
        }

        public Http2Headers trailers() throws Exception {
            end();
            return trailers;
        }

        public String nextEvent() throws InterruptedException {
            String event = events.poll(10, TimeUnit.SECONDS);
            return event == null ? "nothing within 10 s" : event;
        }

        /** The origin's fields as "Name: value", in order. */
        public List<String> originFields() throws Exception {
            CharSequence value = head().get(TunnelFields.RESPONSE_HEADERS);
            if (value == null) {
                return List.of("no " + TunnelFields.RESPONSE_HEADERS);
            }
            List<String> fields = new ArrayList<>();
            try {
                ResponseHeaders decoded = ResponseHeaders.decode(value);
                for (int i = 0; i < decoded.size(); i++) {
                    fields.add(decoded.name(i) + ": " + decoded.value(i));
                }
            } catch (WireException e) {
                throw new AssertionError(e);
            }
            return fields;
        }
    }
}
