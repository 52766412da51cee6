package io.tunnel4j.registration;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxPair;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.wire.RpcEncoder;
import io.tunnel4j.wire.RpcEncoder.Content;
import io.tunnel4j.wire.RpcMessage;
import io.tunnel4j.wire.RpcMessage.Target;
import io.tunnel4j.wire.StructReader;
import io.tunnel4j.wire.TestMessages;
import io.tunnel4j.wire.TunnelFields;
import io.tunnel4j.wire.WireException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Section 8 of the protocol document, statement by statement, for a connector: its control stream over HTTP/2 against an edge that
 * is a script of captured bytes. What other parts decide (when to report, whether to close the connection) is theirs to show.
 */
@ExtendWith(LeakCheck.class)
class RegistrationConformanceTest {
    private final Captured captured = Captured.of("success-locally-managed");
    private final ScriptedEdge edge = new ScriptedEdge();
    private final CompletableFuture<RegistrationClient> connector = new CompletableFuture<>();
    private Duration rpcTimeout = Duration.ofSeconds(30);
    private MuxPair pair;
    private MuxStream stream;
    private CompletionStage<ConnectionAnswer> answer;

    @BeforeEach
    void connect() throws Exception {
        pair = new MuxPair(
                MuxConfig.builder(Role.CLIENT).build(),
                MuxConfig.builder(Role.SERVER).build(),
                (accepted, head, end) -> {
                    RegistrationClient client = new RegistrationClient(accepted, rpcTimeout);
                    answer = client.register(request(captured));
                    connector.complete(client);
                    return client;
                });
    }

    @AfterEach
    void disconnect() throws Exception {
        pair.close();
    }

    private void open() throws Exception {
        Http2Headers head = new DefaultHttp2Headers()
                .method("GET")
                .scheme("https")
                .authority("any.test")
                .path("/whatever")
                .add(TunnelFields.UPGRADE, TunnelFields.CONTROL_STREAM);
        stream = pair.onClient(connection -> {
            MuxStream opened = connection.open(head, false, edge);
            opened.flush();
            return opened;
        });
    }

    // 8.1

    @Test
    void head_always_isOkWithoutFieldsOfTheTunnelLayer() throws Exception {
        open();
        edge.next();

        assertThat(edge.head.status().toString()).isEqualTo("200");
        assertThat(edge.head.names()).noneMatch(name -> name.toString().startsWith("cf-"));
    }

    @Test
    void message_always_hasOneSegment() throws Exception {
        open();

        for (int i = 0; i < 2; i++) {
            byte[] message = edge.next();
            assertThat(Unpooled.wrappedBuffer(message).getIntLE(0)).isZero();
            assertThat(TestMessages.root(message)).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 8, 9, 64})
    void answers_cutAnywhere_areUnderstood(int pieceBytes) throws Exception {
        open();
        ByteBuf both = Unpooled.buffer()
                .writeBytes(captured.message("return-bootstrap").bytes())
                .writeBytes(captured.message("return-registerConnection").bytes());

        while (both.isReadable()) {
            send(ByteBufUtil.getBytes(both.readSlice(Math.min(pieceBytes, both.readableBytes()))));
        }

        assertThat(decision()).isEqualTo(captured.answer());
    }

    @Test
    void answers_inSeveralSegments_areUnderstood() throws Exception {
        open();

        send(inSecondSegment(captured.message("return-bootstrap").bytes()));
        send(inSecondSegment(captured.message("return-registerConnection").bytes()));

        assertThat(decision()).isEqualTo(captured.answer());
    }

    // 8.3, 8.4, 8.5

    @Test
    void sequence_wholeLife_isTheCapturedOne() throws Exception {
        open();
        for (Captured.Message message : captured.messages()) {
            if (message.is("call-updateLocalConfiguration")) {
                onConnector(client -> client.updateLocalConfiguration(report()));
            } else if (message.is("call-unregisterConnection")) {
                onConnector(client -> client.unregister(Duration.ofSeconds(30)));
            }
            if (message.isFromConnector()) {
                assertThat(edge.next()).as(message.file()).isEqualTo(message.bytes());
            } else {
                send(message.bytes());
            }
        }

        assertThat(edge.events.poll(10, TimeUnit.SECONDS)).isEqualTo("end");
        assertThat(edge.events.poll(10, TimeUnit.SECONDS)).isEqualTo("reset 0");
    }

    @Test
    void call_always_namesTheDeclaringInterface() throws Exception {
        open();
        edge.next();

        RpcMessage.Call call = (RpcMessage.Call) decode(edge.next());

        assertThat(call.interfaceId()).isEqualTo(0xf71695ec7fe85497L);
        assertThat(call.methodId()).isZero();
        assertThat(call.target()).isEqualTo(new Target.PromisedAnswer(0, true));
    }

    @Test
    void values_empty_areNullPointers() throws WireException {
        ClientInfo nobody = new ClientInfo(new UUID(1, 2), List.of(), "", "");
        ConnectionRequest request = ConnectionRequest.builder("", new byte[0], new UUID(3, 4), nobody)
                .build();
        byte[] call = FakeStream.bytes(
                RpcEncoder.call(1, new Target.ImportedCapability(0), 0, 0, RegistrationSchema.registerParams(request)));

        StructReader params = ((RpcMessage.Call) decode(call)).params().content();

        StructReader auth = params.struct(0);
        StructReader options = params.struct(2);
        StructReader client = options.struct(0);
        assertThat(List.of(auth.has(0), auth.has(1), options.has(1), client.has(1), client.has(2), client.has(3)))
                .containsOnly(false);
        assertThat(client.has(0)).isTrue();
    }

    @Test
    void questionNumbers_afterAFinish_areUsedAgain() throws Exception {
        registered();

        for (int round = 0; round < 3; round++) {
            CompletionStage<Void> done = onConnector(client -> client.updateLocalConfiguration(report()));
            assertThat(((RpcMessage.Call) decode(edge.next())).questionId()).isEqualTo(1);
            send(captured.message("return-updateLocalConfiguration").bytes());
            assertThat(decode(edge.next())).isEqualTo(new RpcMessage.Finish(1, false));
            done.toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void capTable_nullPointerOrEmptyList_isTheSame() throws Exception {
        open();
        send(captured.message("return-bootstrap").bytes());
        // The captured answer with the pointer to its empty table, word 7 of the segment, set to null.
        byte[] answerBytes = captured.message("return-registerConnection").bytes();
        Unpooled.wrappedBuffer(answerBytes).setLongLE(8 + 7 * Long.BYTES, 0);

        send(answerBytes);

        assertThat(decision()).isEqualTo(captured.answer());
    }

    @Test
    void rpcTimeout_registration_finishesWithReleaseAndAborts() throws Exception {
        rpcTimeout = Duration.ofMillis(200);
        open();
        edge.next();
        edge.next();

        assertThat(decode(edge.next())).isEqualTo(new RpcMessage.Finish(1, true));
        assertThat(edge.next()).isEqualTo(captured.message("abort").bytes());
        assertThat(edge.events.poll(10, TimeUnit.SECONDS)).isEqualTo("end");
        assertThat(failure().code()).isEqualTo(TunnelErrorCode.TIMEOUT);
    }

    @Test
    void rpcTimeout_default_isFiveSeconds() {
        assertThat(RegistrationClient.DEFAULT_RPC_TIMEOUT).isEqualTo(Duration.ofSeconds(5));
    }

    // 8.6

    @Test
    void location_empty_isNoReasonToFail() throws Exception {
        open();
        ConnectionAnswer nameless = new ConnectionAnswer.Accepted(new UUID(7, 8), "", true);

        send(FakeStream.bytes(RpcEncoder.results(1, RegistrationSchema.registerResults(nameless))));

        assertThat(decision()).isEqualTo(nameless);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15, 17})
    void uuid_notSixteenBytes_fails(int bytes) throws Exception {
        open();

        send(FakeStream.bytes(RpcEncoder.results(
                1,
                new Content(
                        0, 1, r -> r.struct(0, 1, 1).u16(0, 1).struct(0, 1, 2).data(0, new byte[bytes])))));

        assertThat(failure().code()).isEqualTo(TunnelErrorCode.EDGE_PROTOCOL);
    }

    @Test
    void report_refused_leavesTheRegistrationAlone() throws Exception {
        registered();
        CompletionStage<Void> report = onConnector(client -> client.updateLocalConfiguration(report()));
        edge.next();

        send(FakeStream.bytes(RpcEncoder.exception(1, new RpcMessage.RpcError(0, "no"))));

        assertThat(report.toCompletableFuture()).failsWithin(Duration.ofSeconds(10));
        assertThat(decode(edge.next())).isInstanceOf(RpcMessage.Finish.class);
        assertThat(connector.join().ended().toCompletableFuture()).isNotDone();
        assertThat(edge.events).isEmpty();
    }

    // 8.7

    @ParameterizedTest
    @CsvSource({
        "refused-duplicate, DUPLICATE_CONNECTION",
        "refused-retryable, REGISTRATION_REFUSED_RETRYABLE",
        "refused-permanent, REGISTRATION_REFUSED",
        "refused-unauthorized, UNAUTHORIZED"
    })
    void refusal_captured_isClassifiedAndEndsTheStream(String scenario, TunnelErrorCode code) throws Exception {
        Captured refusal = Captured.of(scenario);
        open();

        send(refusal.message("return-bootstrap").bytes());
        send(refusal.message("return-registerConnection").bytes());

        assertThat(decision())
                .isInstanceOfSatisfying(
                        ConnectionAnswer.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(code));
        List<Class<?>> kinds = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            kinds.add(decode(edge.next()).getClass());
        }
        assertThat(kinds)
                .containsExactly(
                        RpcMessage.Bootstrap.class,
                        RpcMessage.Call.class,
                        RpcMessage.Finish.class,
                        RpcMessage.Finish.class,
                        RpcMessage.Release.class,
                        RpcMessage.Abort.class);
        assertThat(edge.events.poll(10, TimeUnit.SECONDS)).isEqualTo("end");
    }

    @Test
    void refusal_retryAfter_isDecoded() throws Exception {
        open();

        send(Captured.of("refused-retryable")
                .message("return-registerConnection")
                .bytes());

        assertThat(decision()).isEqualTo(new ConnectionAnswer.Refused("try later", true, Duration.ofSeconds(30)));
    }

    private void registered() throws Exception {
        open();
        send(captured.message("return-bootstrap").bytes());
        send(captured.message("return-registerConnection").bytes());
        decision();
        for (int i = 0; i < 4; i++) {
            edge.next();
        }
    }

    private ConnectionAnswer decision() throws Exception {
        connector.get(10, TimeUnit.SECONDS);
        return answer.toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private TunnelException failure() throws Exception {
        connector.get(10, TimeUnit.SECONDS);
        try {
            throw new AssertionError(
                    answer.toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join());
        } catch (CompletionException e) {
            return (TunnelException) e.getCause();
        }
    }

    private void send(byte[] bytes) throws Exception {
        pair.onClient(connection -> {
            stream.writeData(Unpooled.copiedBuffer(bytes), false);
            stream.flush();
            return true;
        });
    }

    private <T> T onConnector(Function<RegistrationClient, T> task) throws Exception {
        RegistrationClient client = connector.get(10, TimeUnit.SECONDS);
        return pair.onServer(connection -> task.apply(client));
    }

    private byte[] report() {
        try {
            return captured.report();
        } catch (WireException e) {
            throw new AssertionError(e);
        }
    }

    private static ConnectionRequest request(Captured from) {
        try {
            return from.request();
        } catch (WireException e) {
            throw new AssertionError(e);
        }
    }

    private static RpcMessage decode(byte[] message) {
        try {
            return RpcMessage.decode(TestMessages.root(message));
        } catch (WireException e) {
            throw new AssertionError(e);
        }
    }

    /** The same message with its content in segment 1 and a far pointer in segment 0. */
    private static byte[] inSecondSegment(byte[] message) {
        ByteBuf bytes = Unpooled.wrappedBuffer(message);
        long[] words = new long[bytes.getIntLE(4)];
        for (int i = 0; i < words.length; i++) {
            words[i] = bytes.getLongLE(8 + i * Long.BYTES);
        }
        return TestMessages.ofSegments(new long[] {2L | 1L << 32}, words);
    }

    /** Remembers the messages that a connector sends; several may share a DATA frame. */
    private static final class ScriptedEdge implements StreamListener {
        private final ByteBuf received = Unpooled.buffer();
        final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
        final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        volatile Http2Headers head;

        byte[] next() throws InterruptedException {
            byte[] message = messages.poll(10, TimeUnit.SECONDS);
            assertThat(message).as("a message within 10 s").isNotNull();
            return message;
        }

        @Override
        public void head(MuxStream from, Http2Headers response, boolean endOfStream) {
            head = response;
        }

        @Override
        public void data(MuxStream from, ByteBuf data, boolean endOfStream) {
            int bytes = data.readableBytes();
            received.writeBytes(data);
            data.release();
            cut();
            from.consume(bytes);
            if (endOfStream) {
                events.add("end");
            }
        }

        private void cut() {
            while (received.readableBytes() >= Long.BYTES) {
                int length = Long.BYTES * (1 + received.getIntLE(received.readerIndex() + Integer.BYTES));
                if (received.readableBytes() < length) {
                    return;
                }
                messages.add(ByteBufUtil.getBytes(received.readSlice(length)));
            }
        }

        @Override
        public void trailers(MuxStream from, Http2Headers trailers) {
            events.add("trailers");
        }

        @Override
        public void reset(MuxStream from, StreamException cause) {
            events.add("reset " + cause.errorCode());
        }
    }
}
