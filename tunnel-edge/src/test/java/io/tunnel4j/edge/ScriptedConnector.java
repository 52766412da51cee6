package io.tunnel4j.edge;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.tunnel4j.TunnelCredentials;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A connector that plays captured messages of the reference connector on its control stream, and whatever a test wants on the others. Built on Netty's frame
 * codec, so that it shares nothing with the code under test.
 */
final class ScriptedConnector implements AutoCloseable {
    static final String TUNNEL_ID = "11111111-2222-4333-8444-555555555555";
    static final String ACCOUNT = "0123456789abcdef0123456789abcdef";
    static final byte[] SECRET = secret();

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Queue<Step> script = new ArrayDeque<>();
    private final Map<Integer, Seen> streams = new ConcurrentHashMap<>();
    private volatile Consumer<Seen> responder = seen -> seen.respond(200, "");
    final BlockingQueue<Seen> requests = new LinkedBlockingQueue<>();
    final BlockingQueue<byte[]> edgeMessages = new LinkedBlockingQueue<>();
    final CountDownLatch closed = new CountDownLatch(1);
    final CountDownLatch scriptDone = new CountDownLatch(1);
    final CountDownLatch shutdownDone = new CountDownLatch(1);
    final AtomicInteger pings = new AtomicInteger();
    private final Manners manners;
    private final Channel channel;
    private ByteBuf control = Unpooled.buffer();
    private Http2FrameStream controlStream;
    private ChannelHandlerContext context;

    private record Step(boolean fromConnector, byte[] bytes, String name) {}

    /**
     * How it behaves below its script.
     *
     * @param serverName what it asks for by SNI
     * @param tls the protocol version
     * @param pieceBytes of a DATA frame of the control stream
     * @param answersPings as every HTTP/2 peer must
     */
    record Manners(String serverName, String tls, int pieceBytes, boolean answersPings) {
        static final Manners ORDINARY = new Manners("h2.cftunnel.com", "TLSv1.3", 1 << 14, true);

        Manners pieces(int bytes) {
            return new Manners(serverName, tls, bytes, answersPings);
        }

        Manners deaf() {
            return new Manners(serverName, tls, pieceBytes, false);
        }
    }

    private static byte[] secret() {
        byte[] secret = new byte[32];
        for (int i = 0; i < secret.length; i++) {
            secret[i] = (byte) i;
        }
        return secret;
    }

    /** Dials the edge and plays a scenario up to its unregistration. */
    static ScriptedConnector dial(InetSocketAddress edge, X509Certificate ca, String scenario) throws Exception {
        return new ScriptedConnector(edge, ca, scenario(scenario), Manners.ORDINARY);
    }

    static ScriptedConnector dial(InetSocketAddress edge, X509Certificate ca, String scenario, Manners manners)
            throws Exception {
        return new ScriptedConnector(edge, ca, scenario(scenario), manners);
    }

    /** Completes TLS and HTTP/2 and then says nothing on its control stream. */
    static ScriptedConnector dialMute(InetSocketAddress edge, X509Certificate ca) throws Exception {
        return new ScriptedConnector(edge, ca, List.of(), Manners.ORDINARY);
    }

    static ScriptedConnector dial(
            InetSocketAddress edge, X509Certificate ca, String scenario, String serverName, String tls)
            throws Exception {
        return new ScriptedConnector(edge, ca, scenario(scenario), new Manners(serverName, tls, 1 << 14, true));
    }

    /** Like {@link #dial(InetSocketAddress, X509Certificate, String)} with bytes replaced in the connector's messages, both of the same length. */
    static ScriptedConnector dialChanged(
            InetSocketAddress edge, X509Certificate ca, String scenario, byte[] original, byte[] replacement)
            throws Exception {
        List<Step> steps = new ArrayList<>();
        for (Step step : scenario(scenario)) {
            steps.add(
                    step.fromConnector ? new Step(true, replaced(step.bytes, original, replacement), step.name) : step);
        }
        return new ScriptedConnector(edge, ca, steps, Manners.ORDINARY);
    }

    /** A connector of another tunnel. */
    static ScriptedConnector dialFor(InetSocketAddress edge, X509Certificate ca, TunnelCredentials credentials)
            throws Exception {
        List<Step> steps = new ArrayList<>();
        for (Step step : scenario("success-index-1")) {
            byte[] bytes = replaced(step.bytes, bytes(UUID.fromString(TUNNEL_ID)), bytes(credentials.tunnelId()));
            steps.add(new Step(step.fromConnector, replaced(bytes, SECRET, credentials.secret()), step.name));
        }
        return new ScriptedConnector(edge, ca, steps, Manners.ORDINARY);
    }

    private static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    private static byte[] replaced(byte[] in, byte[] original, byte[] replacement) {
        byte[] out = in.clone();
        for (int i = 0; i + original.length <= in.length; i++) {
            if (Arrays.equals(in, i, i + original.length, original, 0, original.length)) {
                System.arraycopy(replacement, 0, out, i, replacement.length);
            }
        }
        return out;
    }

    private ScriptedConnector(InetSocketAddress edge, X509Certificate ca, List<Step> steps, Manners manners)
            throws Exception {
        script.addAll(steps);
        this.manners = manners;
        SslContext ssl = SslContextBuilder.forClient()
                .trustManager(ca)
                .protocols(manners.tls())
                .build();
        channel = new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel ch) {
                        ch.pipeline()
                                .addLast(ssl.newHandler(ch.alloc(), manners.serverName(), edge.getPort()))
                                .addLast(new ChannelInboundHandlerAdapter() {
                                    @Override
                                    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                                        if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
                                            ctx.pipeline()
                                                    .addLast(Http2FrameCodecBuilder.forServer()
                                                            .initialSettings(new Http2Settings()
                                                                    .initialWindowSize(1 << 20)
                                                                    .maxFrameSize(1 << 20)
                                                                    .maxConcurrentStreams(0xffff_ffffL)
                                                                    .maxHeaderListSize(1 << 20))
                                                            .encoderIgnoreMaxHeaderListSize(true)
                                                            .decoderEnforceMaxRstFramesPerWindow(0, 0)
                                                            .autoAckPingFrame(manners.answersPings())
                                                            .build())
                                                    .addLast(new Frames());
                                        }
                                    }
                                });
                    }
                })
                .connect(edge)
                .sync()
                .channel();
        channel.closeFuture().addListener(f -> closed.countDown());
    }

    /** What answers requests from now on; runs on the connector's event loop. */
    ScriptedConnector responding(Consumer<Seen> newResponder) {
        responder = newResponder;
        return this;
    }

    ScriptedConnector awaitScript() throws InterruptedException {
        if (!scriptDone.await(60, TimeUnit.SECONDS)) {
            throw new AssertionError("script stuck before " + script.peek());
        }
        return this;
    }

    Seen nextRequest() throws InterruptedException {
        Seen seen = requests.poll(30, TimeUnit.SECONDS);
        if (seen == null) {
            throw new AssertionError("no request within 30 s");
        }
        return seen;
    }

    /** The next request for a path; those that earlier tests have left under way are skipped. */
    Seen nextRequest(String path) throws InterruptedException {
        Seen seen = nextRequest();
        while (!seen.path().equals(path)) {
            seen = nextRequest();
        }
        return seen;
    }

    boolean awaitClosed(int seconds) throws InterruptedException {
        return closed.await(seconds, TimeUnit.SECONDS);
    }

    void killTcp() {
        channel.close();
    }

    /** Says that it takes no more streams, as a connector does that wants to be replaced. */
    void goAway() {
        channel.eventLoop()
                .execute(() -> context.writeAndFlush(
                        new io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR)));
    }

    /** Goes on with the script: the connector's graceful shutdown. */
    void unregister() {
        channel.eventLoop().execute(() -> {
            Step next = script.peek();
            if (next == null || !next.name.contains("unregister")) {
                throw new IllegalStateException("scenario has no unregistration: " + next);
            }
            write(script.poll());
            context.flush();
        });
    }

    private void advance() {
        while (!script.isEmpty()
                && script.peek().fromConnector
                && !script.peek().name.contains("unregister")) {
            write(script.poll());
        }
        context.flush();
        if (script.isEmpty() || script.peek().name.contains("unregister")) {
            boolean last = script.isEmpty();
            if (last && scriptDone.getCount() == 0 || last && endsWithAbort) {
                // The reference ends the control stream after its Abort.
                context.write(new DefaultHttp2DataFrame(true).stream(controlStream));
                context.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR).stream(controlStream));
                shutdownDone.countDown();
            }
            scriptDone.countDown();
        }
    }

    private boolean endsWithAbort;

    private void write(Step step) {
        endsWithAbort = step.name.contains("abort");
        for (int at = 0; at < step.bytes.length; at += manners.pieceBytes()) {
            int length = Math.min(manners.pieceBytes(), step.bytes.length - at);
            context.writeAndFlush(
                    new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(step.bytes, at, length)).stream(controlStream));
        }
    }

    private static List<Step> scenario(String name) throws IOException {
        try (Stream<Path> files = Files.list(vector("control-stream/" + name))) {
            return files.filter(f -> f.toString().endsWith(".bin"))
                    .sorted()
                    .map(f -> {
                        try {
                            String file = f.getFileName().toString();
                            return new Step(file.contains("connector-to-edge"), Files.readAllBytes(f), file);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    })
                    .toList();
        }
    }

    static Path vector(String name) {
        try {
            return Path.of(
                    ScriptedConnector.class.getResource("/vectors/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] vectorBytes(String name) throws IOException {
        try (InputStream in = ScriptedConnector.class.getResourceAsStream("/vectors/" + name)) {
            return in.readAllBytes();
        }
    }

    @Override
    public void close() throws Exception {
        channel.close().sync();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        control.release();
    }

    /** A stream the edge opened. */
    final class Seen {
        final Http2FrameStream stream;
        final Http2Headers head;
        final boolean ended;
        final ByteBuf body = Unpooled.buffer();
        final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        volatile Http2Headers trailers;
        volatile boolean grantsCredit = true;

        Seen(Http2FrameStream stream, Http2Headers head, boolean ended) {
            this.stream = stream;
            this.head = head;
            this.ended = ended;
        }

        String path() {
            return head.path().toString();
        }

        String header(String name) {
            CharSequence value = head.get(name);
            return value == null ? null : value.toString();
        }

        String event() throws InterruptedException {
            String event = events.poll(30, TimeUnit.SECONDS);
            return event == null ? "nothing within 30 s" : event;
        }

        /** A whole response with an origin's fields. */
        void respond(int status, String text, String... originFields) {
            head(status, text.length(), originFields);
            data(text, true);
        }

        void head(int status, int contentLength, String... originFields) {
            Http2Headers response = new DefaultHttp2Headers()
                    .status(Integer.toString(status))
                    .add("cf-cloudflared-response-headers", serialise(contentLength, originFields))
                    .add("cf-cloudflared-response-meta", "{\"src\":\"origin\"}")
                    .add("content-type", "text/sniffed")
                    .add("date", "Thu, 01 Jan 1970 00:00:00 GMT");
            if (contentLength >= 0) {
                response.add("content-length", Integer.toString(contentLength));
            }
            write(new DefaultHttp2HeadersFrame(response, false).stream(stream));
        }

        void raw(Http2Headers response, boolean end) {
            write(new DefaultHttp2HeadersFrame(response, end).stream(stream));
        }

        void data(String text, boolean end) {
            data(text.getBytes(StandardCharsets.ISO_8859_1), end);
        }

        void data(byte[] bytes, boolean end) {
            write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(bytes), end).stream(stream));
        }

        void trailers(String... fields) {
            Http2Headers last = new DefaultHttp2Headers();
            for (int i = 0; i < fields.length; i += 2) {
                last.add(fields[i], fields[i + 1]);
            }
            write(new DefaultHttp2HeadersFrame(last, true).stream(stream));
        }

        void reset(Http2Error error) {
            write(new DefaultHttp2ResetFrame(error).stream(stream));
        }

        private void write(Object frame) {
            channel.eventLoop().execute(() -> context.writeAndFlush(frame));
        }

        String bodyText() {
            return body.toString(StandardCharsets.ISO_8859_1);
        }
    }

    static String serialise(int contentLength, String... fields) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < fields.length; i += 2) {
            out.append(out.isEmpty() ? "" : ";").append(pair(fields[i], fields[i + 1]));
        }
        if (contentLength >= 0) {
            out.append(out.isEmpty() ? "" : ";").append(pair("Content-Length", Integer.toString(contentLength)));
        }
        return out.toString();
    }

    private static String pair(String name, String value) {
        java.util.Base64.Encoder encoder = java.util.Base64.getEncoder().withoutPadding();
        return encoder.encodeToString(name.getBytes(StandardCharsets.ISO_8859_1)) + ":"
                + encoder.encodeToString(value.getBytes(StandardCharsets.ISO_8859_1));
    }

    private final class Frames extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            try {
                if (msg instanceof Http2HeadersFrame headers) {
                    headers(ctx, headers);
                } else if (msg instanceof Http2DataFrame data) {
                    data(ctx, data);
                } else if (msg instanceof Http2PingFrame ping && !ping.ack()) {
                    pings.incrementAndGet();
                } else if (msg instanceof Http2ResetFrame reset) {
                    Seen seen = streams.get(reset.stream().id());
                    if (seen != null) {
                        seen.events.add("reset " + reset.errorCode());
                    }
                }
            } finally {
                ReferenceCountUtil.release(msg);
            }
        }

        private void headers(ChannelHandlerContext ctx, Http2HeadersFrame frame) {
            if ("control-stream"
                    .contentEquals(String.valueOf(frame.headers().get("cf-cloudflared-proxy-connection-upgrade")))) {
                controlStream = frame.stream();
                ctx.write(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers()
                                .status("200")
                                .add("content-type", "application/octet-stream")
                                .add("date", "Sun, 22 Nov 2026 02:04:44 GMT"))
                        .stream(controlStream));
                advance();
                return;
            }
            Seen known = streams.get(frame.stream().id());
            if (known != null) {
                known.trailers = frame.headers();
                known.events.add("trailers");
                return;
            }
            Seen seen = new Seen(frame.stream(), frame.headers(), frame.isEndStream());
            streams.put(frame.stream().id(), seen);
            requests.add(seen);
            responder.accept(seen);
        }

        private void data(ChannelHandlerContext ctx, Http2DataFrame frame) {
            int credit = frame.initialFlowControlledBytes();
            if (controlStream != null && frame.stream().id() == controlStream.id()) {
                control.writeBytes(frame.content());
                ctx.writeAndFlush(new DefaultHttp2WindowUpdateFrame(credit).stream(frame.stream()));
                messages();
                return;
            }
            Seen seen = streams.get(frame.stream().id());
            if (seen == null) {
                return;
            }
            seen.body.writeBytes(frame.content());
            if (seen.grantsCredit) {
                ctx.writeAndFlush(new DefaultHttp2WindowUpdateFrame(credit).stream(frame.stream()));
            }
            seen.events.add("data " + seen.body.writerIndex() + (frame.isEndStream() ? " end" : ""));
        }

        private void messages() {
            while (control.readableBytes() >= 8) {
                int words = control.getIntLE(control.readerIndex() + 4);
                int length = 8 + 8 * words;
                if (control.readableBytes() < length) {
                    return;
                }
                byte[] message = new byte[length];
                control.readBytes(message);
                edgeMessages.add(message);
                if (!script.isEmpty() && !script.peek().fromConnector) {
                    script.poll();
                    advance();
                }
            }
        }
    }
}
