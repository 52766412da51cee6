package io.tunnel4j.origin;

import static io.tunnel4j.origin.ScriptedEdge.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.Role;
import io.tunnel4j.origin.ScriptedEdge.Call;
import io.tunnel4j.testing.ClockedLoops;
import io.tunnel4j.testing.LeakCheck;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a connector holds at most: per stream, per connection, in all. */
@ExtendWith(LeakCheck.class)
class OriginBoundsTest {
    private ScriptedOrigin origin;
    private ScriptedEdge edge;

    @AfterEach
    void stop() throws Exception {
        edge.close();
        origin.close();
    }

    @Test
    void requests_aboveTheProcessBound_are503AndTheOthersGoOn() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        origin = new ScriptedOrigin(connection -> {
            connection.readHead();
            go.await(20, TimeUnit.SECONDS);
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        edge = new ScriptedEdge(
                Ingress.of(Origin.http("127.0.0.1", origin.port())), config -> config.maxProcessBytes(1 << 20));

        List<Call> calls = new ArrayList<>();
        int room = (1 << 20) / MemoryBudget.EXCHANGE_BYTES;
        for (int i = 0; i < room; i++) {
            calls.add(edge.open(head("GET", "/held", "x-n", "" + i), false));
        }
        Call over = edge.get("/over");
        assertThat(over.status()).isEqualTo(503);
        assertThat(over.meta()).isEqualTo("{\"src\":\"origin\"}");

        calls.remove(0).reset(8);
        edge.outcomes.clear();
        go.countDown();
        Awaitility.await().until(() -> edge.get("/next").status() == 200);
        for (Call call : calls) {
            call.reset(8);
        }
    }

    /** In the same turn of the event loop: the answer is complete before the stream has been accepted. */
    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void requests_answeredAtOnce_giveBackWhatTheyHold(String method) throws Exception {
        origin = new ScriptedOrigin(connection -> {});
        edge = new ScriptedEdge(
                Ingress.of(Origin.channel(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Empty());
                    }
                })),
                config -> config.maxProcessBytes(1 << 20));

        int room = (1 << 20) / MemoryBudget.EXCHANGE_BYTES;
        for (int i = 0; i <= room; i++) {
            Call call = edge.open(head(method, "/"), method.equals("GET"));
            assertThat(call.status()).as("request %d", i).isEqualTo(204);
            assertThat(edge.outcomes.poll(10, TimeUnit.SECONDS).status()).isEqualTo(204);
        }
    }

    private static final class Empty extends SimpleChannelInboundHandler<HttpObject> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
            if (message instanceof HttpRequest) {
                DefaultFullHttpResponse response =
                        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT);
                response.headers().set("content-length", "0");
                ctx.writeAndFlush(response);
            }
        }
    }

    @Test
    void settings_nothingSet_haveTheDocumentedNumbers() throws Exception {
        origin = new ScriptedOrigin(connection -> {});
        edge = new ScriptedEdge(Origin.http("127.0.0.1", origin.port()));

        OriginSettings settings =
                OriginSettings.builder(ScriptedEdge.CONNECTOR_ID).build();

        assertThat(settings.maxProcessBytes)
                .isEqualTo(Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 4));
        assertThat(settings.maxBufferedRequestBytes).isEqualTo(1 << 20);
    }

    private Call answered(String... pieces) throws Exception {
        origin = new ScriptedOrigin(connection -> {
            connection.readHead();
            for (String piece : pieces) {
                connection.write(piece);
            }
            connection.awaitClose();
        });
        edge = new ScriptedEdge(Origin.http("127.0.0.1", origin.port()));
        return edge.get("/");
    }

    @Test
    void responseHead_above3MiB_is502() throws Exception {
        assertThat(answered("HTTP/1.1 200 OK\r\nX-Large: ", "x".repeat(3 << 20), "\r\n\r\n")
                        .status())
                .isEqualTo(502);
    }

    @Test
    void interimResponses_moreThan64_are502() throws Exception {
        String interim = "HTTP/1.1 103 Early Hints\r\n\r\n";
        String last = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

        assertThat(answered(interim.repeat(64) + last).status()).isEqualTo(200);
        stop();
        assertThat(answered(interim.repeat(65) + last).status()).isEqualTo(502);
    }

    @Test
    void chunkLine_above4096Octets_resetsTheStream() throws Exception {
        assertThat(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1;" + "x".repeat(4096))
                        .end())
                .isEqualTo("reset 2");
    }

    @Test
    void trailers_above64KiB_resetTheStream() throws Exception {
        String trailer = "X-Large: " + "x".repeat(4000) + "\r\n";
        assertThat(answered(
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
                                trailer.repeat(17),
                                "\r\n")
                        .end())
                .isEqualTo("reset 2");
    }

    @Test
    void tls_originThatSaysNothing_is502AfterTenSeconds() throws Exception {
        CountDownLatch hello = new CountDownLatch(1);
        origin = new ScriptedOrigin(connection -> {
            connection.readByte();
            hello.countDown();
            connection.awaitClose();
        });
        ClockedLoops loops = new ClockedLoops();
        edge = new ScriptedEdge(
                Ingress.of(Origin.http(URI.create("https://localhost:" + origin.port()))),
                config -> {},
                MuxConfig.builder(Role.CLIENT).build(),
                loops);
        Call call = edge.get("/");
        assertThat(hello.await(10, TimeUnit.SECONDS)).isTrue();
        edge.connectorSide().eventLoop().submit(() -> {}).sync();

        loops.elapse(9);
        edge.connectorSide().eventLoop().submit(() -> {}).sync();
        assertThat(call.hasHead()).isFalse();
        loops.elapse(1);

        assertThat(call.status()).isEqualTo(502);
        assertThat(edge.outcomes.poll(10, TimeUnit.SECONDS).error()).hasMessageContaining("TLS");
    }

    @Test
    void http2Origin_requestsThatWaitForIt_above1000Are503() throws Exception {
        origin = new ScriptedOrigin(ScriptedOrigin.Connection::awaitClose);
        edge = new ScriptedEdge(Origin.http(URI.create("https://localhost:" + origin.port()))
                .options(OriginOptions.builder().http2Origin(true).build()));
        List<Call> waiting = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            waiting.add(edge.get("/" + i));
        }

        assertThat(edge.get("/over").status()).isEqualTo(503);

        assertThat(waiting).noneMatch(Call::hasHead);
    }

    @Test
    void body_collectedAboveTheProcessBound_is503() throws Exception {
        origin = new ScriptedOrigin(connection -> {});
        edge = new ScriptedEdge(
                Ingress.of(Origin.http("127.0.0.1", origin.port())
                        .options(OriginOptions.builder()
                                .disableChunkedEncoding(true)
                                .build())),
                config -> config.maxProcessBytes(1 << 20).maxBufferedRequestBytes(2 << 20));

        Call call = edge.open(head("POST", "/"), false);
        for (int i = 0; i < 11; i++) {
            call.sendBytes(new byte[100_000], false);
        }

        assertThat(call.status()).isEqualTo(503);
        assertThat(call.end()).isEqualTo("end");
        assertThat(edge.get("/").status()).isEqualTo(502);
    }
}
