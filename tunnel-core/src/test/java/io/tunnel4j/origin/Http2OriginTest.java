package io.tunnel4j.origin;

import static io.tunnel4j.origin.ScriptedEdge.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.OriginTls;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.origin.ScriptedEdge.Call;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.testing.TlsServer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code http2Origin}: HTTP/2 by ALPN, with what gRPC needs of it. */
@ExtendWith(LeakCheck.class)
class Http2OriginTest {
    private final BlockingQueue<Http2Headers> heads = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private TlsServer server;
    private ScriptedEdge edge;

    /** Answers as a gRPC server would: head at once, each message back as it comes, status in trailers. */
    private final class EchoWithTrailers implements StreamListener {
        private final boolean fails;

        EchoWithTrailers(boolean fails) {
            this.fails = fails;
        }

        void begin(MuxStream stream, boolean endOfStream) {
            FlatHeaders head = new FlatHeaders();
            head.add(AsciiString.of(":status"), AsciiString.of("200"));
            head.add(AsciiString.of("content-type"), AsciiString.of("application/grpc"));
            stream.writeHead(head, false);
            if (endOfStream) {
                end(stream);
            }
            stream.flush();
        }

        @Override
        public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
            stream.consume(data.readableBytes());
            if (fails) {
                data.release();
                stream.reset(2);
                return;
            }
            stream.writeData(data, false);
            if (endOfStream) {
                end(stream);
            }
            stream.flush();
        }

        private void end(MuxStream stream) {
            FlatHeaders trailers = new FlatHeaders();
            trailers.add(AsciiString.of("grpc-status"), AsciiString.of("0"));
            stream.writeTrailers(trailers);
        }

        @Override
        public void trailers(MuxStream stream, Http2Headers trailers) {
            events.add("trailers " + trailers.get("x-sum"));
            end(stream);
            stream.flush();
        }

        @Override
        public void reset(MuxStream stream, StreamException cause) {
            events.add("reset " + cause.errorCode());
        }
    }

    private void start(List<String> protocols) throws Exception {
        server = new TlsServer("localhost", protocols, (channel, protocol) -> {
            if (protocol.equals("h2")) {
                MuxConnection.start(channel, MuxConfig.builder(Role.SERVER).build(), new Acceptor());
            } else {
                channel.pipeline().addLast(new Http1Answer());
            }
        });
        edge = new ScriptedEdge(
                Origin.http(URI.create("https://localhost:" + server.address().getPort()))
                        .tls(OriginTls.builder()
                                .caPool(server.certificate())
                                .onlyCaPool()
                                .build())
                        .options(OriginOptions.builder().http2Origin(true).build()));
    }

    private static final class Http1Answer extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ((ByteBuf) message).release();
            ctx.writeAndFlush(Unpooled.copiedBuffer(
                    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", StandardCharsets.US_ASCII));
        }
    }

    private final class Acceptor implements ConnectionListener {
        @Override
        public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
            heads.add(head);
            EchoWithTrailers answer =
                    new EchoWithTrailers(head.path().toString().equals("/fail"));
            answer.begin(stream, endOfStream);
            return answer;
        }

        @Override
        public void closed(MuxConnection connection, ConnectionException cause) {}
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
        server.close();
    }

    @Test
    void grpc_unary_hasTrailers() throws Exception {
        start(List.of("h2"));

        Call call = edge.post(head("POST", "/svc/Method", "te", "trailers", "content-type", "application/grpc"), "msg");

        assertThat(call.body()).isEqualTo("msg");
        assertThat(call.originFields()).containsExactly("Content-Type: application/grpc");
        assertThat(call.trailers().get("grpc-status")).hasToString("0");
        Http2Headers seen = heads.poll(10, TimeUnit.SECONDS);
        assertThat(seen.get("te")).hasToString("trailers");
        assertThat(seen.authority()).hasToString("app.example.com");
        assertThat(seen.get("cf-warp-tag-id")).hasToString(ScriptedEdge.CONNECTOR_ID.toString());
    }

    @Test
    void grpc_bidirectional_flowsBothWaysAtOnce() throws Exception {
        start(List.of("h2", "http/1.1"));

        Call call = edge.open(head("POST", "/svc/Stream", "te", "trailers"), false);
        assertThat(call.status()).isEqualTo(200);
        for (String message : List.of("one", "two", "three")) {
            call.send(message, false);
            Awaitility.await().until(() -> call.bodySoFar().endsWith(message));
        }
        call.sendTrailers("x-sum", "1");

        assertThat(call.trailers().get("grpc-status")).hasToString("0");
        assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("trailers 1");
    }

    @Test
    void streams_manyAtOnce_shareOneConnection() throws Exception {
        start(List.of("h2"));

        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            calls.add(edge.post(head("POST", "/" + i), "body " + i));
        }

        for (int i = 0; i < 50; i++) {
            assertThat(calls.get(i).body()).isEqualTo("body " + i);
        }
        assertThat(server.connections()).isEqualTo(1);
    }

    @Test
    void bytes_manyBothWays_areTheSame() throws Exception {
        start(List.of("h2"));

        Call call = edge.open(head("POST", "/"), false);
        for (int i = 0; i < 30; i++) {
            call.sendBytes(new byte[100_000], i == 29);
        }

        assertThat(call.end()).isEqualTo("end");
        assertThat(call.bytes()).isEqualTo(3_000_000);
    }

    @Test
    void stream_resetByOrigin_isReset() throws Exception {
        start(List.of("h2"));

        Call call = edge.open(head("POST", "/fail"), false);
        call.head();
        call.send("x", false);

        assertThat(call.end()).isEqualTo("reset 2");
    }

    @Test
    void stream_resetByEdge_isCancelledAtTheOrigin() throws Exception {
        start(List.of("h2"));

        Call call = edge.open(head("POST", "/"), false);
        call.head();
        call.reset(8);

        assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("reset 8");
    }

    @Test
    void origin_withoutHttp2_isServedByHttp1() throws Exception {
        start(List.of("http/1.1"));

        assertThat(edge.get("/").body()).isEqualTo("one");
        assertThat(edge.get("/").body()).isEqualTo("one");
    }
}
