package io.tunnel4j.origin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.ingress.RemoteConfiguration;
import io.tunnel4j.ingress.RouterConfig;
import io.tunnel4j.ingress.StreamKind;
import io.tunnel4j.ingress.StreamRouter;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.wire.ResponseHeaders;
import io.tunnel4j.wire.Vectors;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The captured connection of the reference connector: the same bytes from the edge, and the same answers, stream by stream. */
@ExtendWith(LeakCheck.class)
class ReplayedSessionTest {
    private static final String FOLDER = "connector-edge/h2/";

    /** Offsets in the edge's bytes: before stream 27 is reset, and before the request that follows the pushes. */
    private static final int BEFORE_RESET_OF_27 = 0x3f2;

    private static final int BEFORE_STREAM_49 = 0x721;

    /** What one side sent on each stream. */
    private static final class Transcript {
        private final Map<Integer, Http2Headers> heads = new ConcurrentHashMap<>();
        private final Map<Integer, Http2Headers> trailers = new ConcurrentHashMap<>();
        private final Map<Integer, StringBuffer> bodies = new ConcurrentHashMap<>();
        private final Map<Integer, String> ends = new ConcurrentHashMap<>();
        private final Map<Integer, Boolean> interim = new ConcurrentHashMap<>();

        void read(InputStream bytes) throws Exception {
            DataInputStream in = new DataInputStream(bytes);
            DefaultHttp2HeadersDecoder hpack = new DefaultHttp2HeadersDecoder(false, 10 << 20);
            hpack.configuration().maxHeaderListSize(10 << 20, 11 << 20);
            while (true) {
                int first = in.read();
                if (first < 0) {
                    return;
                }
                int length = first << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                int stream = in.readInt();
                byte[] payload = in.readNBytes(length);
                frame(type, flags, stream, payload, hpack);
            }
        }

        private void frame(int type, int flags, int stream, byte[] payload, DefaultHttp2HeadersDecoder hpack)
                throws Exception {
            boolean ends = (flags & 1) != 0;
            if (type == 1) {
                ByteBuf block = Unpooled.wrappedBuffer(payload);
                Http2Headers fields = hpack.decodeHeaders(stream, block);
                if ("100".contentEquals(String.valueOf(fields.status()))) {
                    interim.put(stream, true);
                    return;
                }
                (heads.containsKey(stream) ? trailers : heads).put(stream, fields);
            } else if (type == 0) {
                bodies.computeIfAbsent(stream, s -> new StringBuffer()).append(new String(payload, ISO_8859_1));
            } else if (type == 3) {
                this.ends.merge(stream, "reset " + payload[3], (a, b) -> a + ", " + b);
                return;
            }
            if (ends && type <= 1) {
                this.ends.put(stream, "end");
            }
        }

        String body(int stream) {
            StringBuffer body = bodies.get(stream);
            return body == null ? "" : body.toString();
        }

        List<String> originFields(int stream) throws Exception {
            CharSequence value = heads.get(stream).get("cf-cloudflared-response-headers");
            if (value == null) {
                return List.of("none");
            }
            ResponseHeaders fields = ResponseHeaders.decode(value);
            return IntStream.range(0, fields.size())
                    .mapToObj(i -> fields.name(i) + ": " + fields.value(i))
                    .filter(Predicate.not(line -> line.startsWith("Date: ")))
                    .sorted()
                    .toList();
        }
    }

    /** The origin of the capture, as far as its answers show it. */
    private static void serve(ScriptedOrigin.Connection connection) throws IOException {
        for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
            String path = head.split(" ", 3)[1];
            String text = "Content-Type: text/plain; charset=utf-8\r\n";
            if (path.equals("/hello")) {
                connection.write(
                        "HTTP/1.1 200 OK\r\nContent-Length: 29\r\n" + text + "\r\nhello app.example.com /hello\n");
            } else if (path.equals("/headers")) {
                connection.out().write(Vectors.bytes("headers/origin-response.bin"));
                return;
            } else if (path.equals("/sink")) {
                sink(connection, head, text);
            } else if (path.startsWith("/len")) {
                connection.write(
                        "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nContent-Type: application/octet-stream\r\n\r\n");
            } else if (path.endsWith("204")) {
                connection.write("HTTP/1.1 204 No Content\r\n\r\n");
            } else if (path.endsWith("304")) {
                connection.write("HTTP/1.1 304 Not Modified\r\nLocation: /elsewhere\r\n\r\n");
            } else if (path.equals("/trailers")) {
                connection.write("HTTP/1.1 200 OK\r\n" + text
                        + "Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n"
                        + "grpc-status: 0\r\nX-Late: undeclared\r\nX-Sum: abc123\r\n\r\n");
            } else if (path.equals("/sse")) {
                connection.write(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
                for (int i = 0; i < 4; i++) {
                    connection.write("9\r\ndata: " + i + "\n\n\r\n");
                }
                connection.write("0\r\n\r\n");
            } else if (path.equals("/abort-chunked")) {
                connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n");
                return;
            } else if (path.equals("/ws")) {
                connection.write(
                        "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                + "Sec-WebSocket-Protocol: chat\r\nX-Ws-Extra: yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
                connection.read(11);
                connection.write("\u0081\u0005hello");
                connection.read(9);
                connection.write("\u0081\u0003bye");
                return;
            } else {
                return;
            }
        }
    }

    private static void sink(ScriptedOrigin.Connection connection, String head, String text) throws IOException {
        String answer;
        if (head.contains("Transfer-Encoding: chunked")) {
            String body = connection.readUntil("\r\n0\r\n\r\n");
            int read = Integer.parseInt(body.substring(0, body.indexOf('\r')), 16);
            answer = "te=[chunked] cl=-1 read=" + read + " err=<nil> expect=\"\"\n";
        } else {
            String length = head.split("Content-Length: ")[1].split("\r\n")[0];
            int read = connection.read(Integer.parseInt(length)).length();
            answer = "te=[] cl=" + length + " read=" + read + " err=<nil> expect=\""
                    + (head.contains("Expect") ? "?" : "") + "\"\n";
        }
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + answer.length() + "\r\n" + text + "\r\n" + answer);
    }

    private static ConnectionListener into(StreamRouter router) {
        return new ConnectionListener() {
            @Override
            public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
                StreamKind kind = StreamKind.of(head);
                return kind == StreamKind.CONTROL_STREAM
                        ? new Ignored()
                        : router.route(kind, stream, head, endOfStream);
            }

            @Override
            public void closed(MuxConnection connection, ConnectionException cause) {}
        };
    }

    private static final class Ignored implements StreamListener {
        @Override
        public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
            stream.consume(data.readableBytes());
            data.release();
        }

        @Override
        public void trailers(MuxStream stream, Http2Headers trailers) {}

        @Override
        public void reset(MuxStream stream, StreamException cause) {}
    }

    /** The configuration pushed in the capture names an origin at port 9001; a port of the same length takes its place. */
    private static byte[] withPort(byte[] session, int port) {
        String text = new String(session, ISO_8859_1);
        assertThat(text).containsOnlyOnce("http://127.0.0.1:9001");
        return text.replace("http://127.0.0.1:9001", "http://127.0.0.1:" + port).getBytes(ISO_8859_1);
    }

    private static ServerSocket fourDigits() throws IOException {
        for (int port = 9001; port < 10_000; port++) {
            try {
                return new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
            } catch (BindException taken) {
                // The next one, then.
            }
        }
        throw new IOException("no free port of four digits");
    }

    /** Replays the edge's side; what the connector answers goes into the transcript. */
    private static void replay(StreamRouter router, int port, Transcript ours) throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("tunnel-test", true), NioIoHandler.newFactory());
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Channel channel = new Bootstrap()
                    .group(group)
                    .channel(NioSocketChannel.class)
                    .handler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelActive(ChannelHandlerContext ctx) {
                            MuxConnection.start(
                                    ctx.channel(),
                                    MuxConfig.builder(Role.SERVER).build(),
                                    into(router));
                            ctx.pipeline().remove(this);
                        }
                    })
                    .connect(new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort()))
                    .sync()
                    .channel();
            try (Socket edge = listener.accept()) {
                Thread reader = new Thread(() -> {
                    try {
                        ours.read(edge.getInputStream());
                    } catch (Exception e) {
                        ours.ends.put(0, String.valueOf(e));
                    }
                });
                reader.setDaemon(true);
                reader.start();
                byte[] session = withPort(Vectors.bytes(FOLDER + "session-to-connector.bin"), port);
                edge.getOutputStream().write(session, 0, BEFORE_RESET_OF_27);
                Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> ours.ends.containsKey(27));
                edge.getOutputStream().write(session, BEFORE_RESET_OF_27, BEFORE_STREAM_49 - BEFORE_RESET_OF_27);
                Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> ours.ends.containsKey(47));
                edge.getOutputStream().write(session, BEFORE_STREAM_49, session.length - BEFORE_STREAM_49);
                Awaitility.await()
                        .atMost(30, TimeUnit.SECONDS)
                        .until(() -> ours.ends.containsKey(49) && ours.ends.containsKey(51));
            }
            channel.closeFuture().sync();
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void session_replayed_isAnsweredAsByTheReference() throws Exception {
        Transcript reference = new Transcript();
        reference.read(new ByteArrayInputStream(Vectors.bytes(FOLDER + "session-from-connector.bin")));
        Transcript ours = new Transcript();
        try (ScriptedOrigin http = new ScriptedOrigin(fourDigits(), ReplayedSessionTest::serve);
                ScriptedOrigin tcp = new ScriptedOrigin(c -> c.in().transferTo(c.out()))) {
            Ingress ingress = Ingress.builder()
                    .rule("app.example.com", Origin.http("127.0.0.1", http.port()))
                    .rule("tcp.example.com", Origin.tcp("127.0.0.1", tcp.port()))
                    .otherwise(Origin.status(404))
                    .build();
            try (StreamRouter router = new StreamRouter(
                    new RemoteConfiguration(ingress),
                    RouterConfig.builder(ScriptedEdge.CONNECTOR_ID).build())) {
                replay(router, http.port(), ours);
            }
        }

        // 33 goes to a fixed port of the capturing machine; 43 and 45 have an error text where the reference lost it.
        Map<Integer, String> differences = new TreeMap<>();
        for (int stream : reference.heads.keySet()) {
            if (stream > 1 && stream != 33) {
                compare(stream, reference, ours, differences);
            }
        }
        assertThat(differences).isEmpty();
        assertThat(ours.interim).containsOnlyKeys(51);
    }

    private static void compare(int stream, Transcript reference, Transcript ours, Map<Integer, String> differences)
            throws Exception {
        Http2Headers expected = reference.heads.get(stream);
        Http2Headers actual = ours.heads.get(stream);
        if (actual == null) {
            differences.put(stream, "no answer");
            return;
        }
        StringBuilder difference = new StringBuilder();
        boolean push = stream == 43 || stream == 45;
        for (String name : List.of(":status", "cf-cloudflared-response-meta", "content-length")) {
            String wanted = String.valueOf(expected.get(name));
            if (!wanted.equals(String.valueOf(actual.get(name))) && !(push && name.equals("content-length"))) {
                difference.append(name + ": " + actual.get(name) + " instead of " + wanted + "; ");
            }
        }
        if (!reference.originFields(stream).equals(ours.originFields(stream))) {
            difference.append(ours.originFields(stream) + " instead of " + reference.originFields(stream) + "; ");
        }
        // A WebSocket that ends here gets a close frame first, which the reference leaves out.
        String body = stream == 31 ? reference.body(31) + "\u0088\u0002\u0003\u00e8" : reference.body(stream);
        if (!push && !body.equals(ours.body(stream))) {
            difference.append("body " + ours.body(stream) + " instead of " + body + "; ");
        }
        if (!String.valueOf(reference.trailers.get(stream)).equals(String.valueOf(ours.trailers.get(stream)))
                && (ours.trailers.get(stream) == null
                        || !reference
                                .trailers
                                .get(stream)
                                .names()
                                .equals(ours.trailers.get(stream).names()))) {
            difference.append("trailers " + ours.trailers.get(stream) + "; ");
        }
        String end = String.valueOf(ours.ends.get(stream));
        if (!String.valueOf(reference.ends.get(stream)).equals(end) && !end.equals("end")) {
            difference.append("end " + end + " instead of " + reference.ends.get(stream) + "; ");
        }
        if (!difference.isEmpty()) {
            differences.put(stream, difference.toString());
        }
    }
}
