package io.tunnel4j.registration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.Initiator;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.wire.RpcEncoder;
import io.tunnel4j.wire.RpcEncoder.Content;
import io.tunnel4j.wire.RpcMessage;
import io.tunnel4j.wire.RpcMessage.Outcome;
import io.tunnel4j.wire.RpcMessage.RpcError;
import io.tunnel4j.wire.RpcMessage.Target;
import io.tunnel4j.wire.TestMessages;
import io.tunnel4j.wire.WireException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The edge's end against a scripted connector: the captured messages, and what a captured connector never did. */
@ExtendWith(LeakCheck.class)
class RegistrationServerTest {
    private static final Target EXPORTED = new Target.ImportedCapability(0);
    private static final ConnectionAnswer ACCEPTED = new ConnectionAnswer.Accepted(new UUID(1, 2), "tst01", false);

    private final FakeStream stream = new FakeStream();
    private final RecordingHandler handler = new RecordingHandler();
    private final RegistrationServer server = RegistrationServer.on(stream, handler);

    static List<String> scenarios() {
        return Captured.scenarios();
    }

    static List<String> answered() {
        return scenarios().stream()
                .filter(scenario -> !scenario.equals("rpc-timeout"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("answered")
    void captured_connector_getsTheCapturedAnswers(String scenario) throws Exception {
        Captured captured = Captured.of(scenario);
        handler.answer.complete(captured.answer());
        stream.feedHead(server, "200");

        for (Captured.Message message : captured.messages()) {
            if (message.isFromConnector()) {
                stream.feed(server, message.bytes());
            }
        }

        for (Captured.Message message : captured.messages()) {
            if (!message.isFromConnector()) {
                assertThat(stream.next()).as(message.file()).isEqualTo(message.bytes());
            }
        }
        assertThat(stream.messages).isEmpty();
        assertThat(handler.request).usingRecursiveComparison().isEqualTo(captured.request());
        List<String> expected = new ArrayList<>(List.of("register"));
        if (captured.has("call-updateLocalConfiguration")) {
            expected.add("update");
            assertThat(handler.report).isEqualTo(captured.report());
        }
        if (captured.has("call-unregisterConnection")) {
            expected.add("unregister");
        }
        if (captured.has("abort")) {
            expected.add("ended null");
            assertThat(stream.events).endsWith("end", "flush");
        }
        assertThat(handler.events).isEqualTo(expected);
    }

    @Test
    void captured_connectorThatTimesOut_isHeardOutAndALateDecisionIsDropped() {
        for (Captured.Message message : Captured.of("rpc-timeout").messages()) {
            if (message.isFromConnector()) {
                stream.feed(server, message.bytes());
            }
        }

        assertThat(handler.events).containsExactly("register", "ended null");
        assertThat(stream.next()).isEqualTo(FakeStream.bytes(RpcEncoder.capability(0, 0)));
        handler.answer.complete(ACCEPTED);
        stream.runTasks();
        assertThat(stream.messages).isEmpty();
    }

    @Test
    void register_finishedBeforeTheDecision_isCanceledAndDoesNotCount() throws Exception {
        bootstrapped();
        stream.feed(server, call(5, RegistrationSchema.REGISTER_CONNECTION, params()));
        stream.feed(server, FakeStream.bytes(RpcEncoder.finish(5, true)));

        handler.answer.complete(ACCEPTED);

        assertThat(outcome(5)).isEqualTo(new Outcome.Canceled());
        stream.feed(server, call(5, RegistrationSchema.UPDATE_LOCAL_CONFIGURATION, Content.EMPTY));
        assertThat(outcome(5)).isInstanceOf(Outcome.Failure.class);
        assertThat(handler.events).containsExactly("register");
    }

    @Test
    void register_decidedOnAnotherThread_isAnsweredOnTheEventLoop() throws Exception {
        bootstrapped();
        stream.feed(server, call(1, RegistrationSchema.REGISTER_CONNECTION, params()));

        CompletableFuture.runAsync(() -> handler.answer.complete(ACCEPTED)).join();
        stream.runTasks();

        assertThat(outcome(1)).isInstanceOf(Outcome.Results.class);
    }

    @Test
    void register_handlerFails_isAnExceptionWithoutItsMessage() throws Exception {
        bootstrapped();
        handler.answer.completeExceptionally(new IllegalStateException("password of the database"));

        stream.feed(server, call(1, RegistrationSchema.REGISTER_CONNECTION, params()));

        assertThat(outcome(1))
                .isEqualTo(new Outcome.Failure(
                        new RpcError(RpcError.FAILED, "registerConnection: the edge cannot decide")));
    }

    @Test
    void register_twice_isAnException() throws Exception {
        registered();

        stream.feed(server, call(9, RegistrationSchema.REGISTER_CONNECTION, params()));

        assertThat(outcome(9)).isInstanceOf(Outcome.Failure.class);
        assertThat(handler.events).containsExactly("register");
    }

    @Test
    void update_beforeRegistration_isAnException() throws Exception {
        bootstrapped();

        stream.feed(server, call(1, RegistrationSchema.UPDATE_LOCAL_CONFIGURATION, Content.EMPTY));

        assertThat(outcome(1)).isInstanceOf(Outcome.Failure.class);
        assertThat(handler.events).isEmpty();
    }

    @Test
    void unregister_twice_tellsTheHandlerOnce() throws Exception {
        registered();

        stream.feed(server, call(2, RegistrationSchema.UNREGISTER_CONNECTION, Content.EMPTY));
        stream.feed(server, call(3, RegistrationSchema.UNREGISTER_CONNECTION, Content.EMPTY));

        assertThat(outcome(2)).isInstanceOf(Outcome.Results.class);
        assertThat(outcome(3)).isInstanceOf(Outcome.Results.class);
        assertThat(handler.events).containsExactly("register", "unregister");
    }

    @Test
    void call_wrongTargetInterfaceOrMethod_isAnExceptionAndTheStreamGoesOn() throws Exception {
        stream.feed(server, call(1, 0, params())); // before any bootstrap
        assertThat(outcome(1)).isInstanceOf(Outcome.Failure.class);
        bootstrapped();
        long id = RegistrationSchema.INTERFACE_ID;
        List<byte[]> calls = List.of(
                FakeStream.bytes(RpcEncoder.call(2, new Target.ImportedCapability(7), id, 0, params())),
                FakeStream.bytes(RpcEncoder.call(2, new Target.PromisedAnswer(77, true), id, 0, params())),
                FakeStream.bytes(RpcEncoder.call(2, new Target.PromisedAnswer(2, true), id, 0, params())),
                FakeStream.bytes(RpcEncoder.call(2, EXPORTED, 0xf548cef9dea2a4a1L, 0, params())),
                FakeStream.bytes(RpcEncoder.call(2, EXPORTED, id, 3, params())));

        for (byte[] call : calls) {
            stream.feed(server, call);
            assertThat(outcome(2)).isInstanceOf(Outcome.Failure.class);
            stream.feed(server, FakeStream.bytes(RpcEncoder.finish(2, false)));
        }

        stream.feed(server, call(2, RegistrationSchema.REGISTER_CONNECTION, params()));
        assertThat(handler.events).containsExactly("register");
    }

    @Test
    void call_toAFieldOfTheBootstrapAnswer_isAnException() throws Exception {
        bootstrapped();
        byte[] call = TestMessages.rpc(
                2,
                3,
                3,
                body -> body.i32(0, 1)
                        .i64(8, RegistrationSchema.INTERFACE_ID)
                        .struct(0, 1, 1)
                        .u16(4, 1)
                        .struct(0, 1, 1)
                        .i32(0, 0)
                        .structs(0, 1, 1, 0)
                        .get(0)
                        .u16(0, 1));

        stream.feed(server, call);

        assertThat(outcome(1)).isInstanceOf(Outcome.Failure.class);
    }

    @Test
    void bootstrap_again_exportsTheSameCapability() throws Exception {
        bootstrapped();

        stream.feed(server, TestRpc.bootstrap(6));

        assertThat(stream.next()).isEqualTo(FakeStream.bytes(RpcEncoder.capability(6, 0)));
        stream.feed(server, FakeStream.bytes(RpcEncoder.release(0, 2)));
        stream.feed(server, call(1, 0, params()));
        assertThat(outcome(1)).as("call to a capability that was given back").isInstanceOf(Outcome.Failure.class);
    }

    @Test
    void message_ofAnotherKind_comesBackUnimplemented() throws Exception {
        bootstrapped();
        for (byte[] message :
                List.of(TestRpc.resolve(4), TestRpc.disembargo(0), TestRpc.accept(), TestRpc.callForSomebodyElse(4))) {
            stream.feed(server, message);

            assertThat(TestRpc.echoed(stream.next()))
                    .isEqualTo(TestMessages.root(message).u16(0));
        }
        stream.feed(server, FakeStream.bytes(RpcEncoder.finish(4, false)));
        stream.feed(server, FakeStream.bytes(RpcEncoder.unimplemented(TestMessages.root(TestRpc.bootstrap(0)))));
        assertThat(stream.messages).isEmpty();
        assertThat(handler.events).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.tunnel4j.registration.TestRpc#malformed")
    void message_malformed_abortsAndEnds(TestRpc.Malformed malformed) throws Exception {
        stream.feed(server, malformed.bytes());

        assertThat(RpcMessage.decode(TestMessages.root(stream.next()))).isInstanceOf(RpcMessage.Abort.class);
        assertThat(stream.isLocalOpen()).isFalse();
        assertThat(handler.events).containsExactly("ended EDGE_PROTOCOL");
        assertThat(((WireException) handler.cause.getCause()).kind()).isEqualTo(malformed.kind());
        stream.feed(server, malformed.bytes());
        server.closed(stream);
        assertThat(handler.events).hasSize(1);
        assertThat(stream.consumed).isEqualTo(2 * malformed.bytes().length);
    }

    @Test
    void register_malformedParameters_abort() {
        bootstrapped();
        Content shortTunnelId = new Content(1, 3, params -> params.data(1, new byte[15]));

        stream.feed(server, call(1, RegistrationSchema.REGISTER_CONNECTION, shortTunnelId));

        assertThat(handler.events).containsExactly("ended EDGE_PROTOCOL");
    }

    @Test
    void question_numberStillOpen_aborts() {
        bootstrapped();

        stream.feed(server, TestRpc.bootstrap(0));

        assertThat(handler.events).containsExactly("ended EDGE_PROTOCOL");
    }

    @Test
    void questions_withoutFinish_abortAtTheLimit() {
        for (int question = 0; question < RegistrationServer.MAX_OPEN_QUESTIONS; question++) {
            stream.feed(server, TestRpc.bootstrap(question));
        }
        assertThat(handler.events).isEmpty();

        stream.feed(server, TestRpc.bootstrap(1000));

        assertThat(handler.events).containsExactly("ended EDGE_PROTOCOL");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, -1})
    void release_ofMoreThanWasGiven_aborts(int count) {
        bootstrapped();

        stream.feed(server, FakeStream.bytes(RpcEncoder.release(0, count)));

        assertThat(handler.events).containsExactly("ended EDGE_PROTOCOL");
    }

    @Test
    void report_large_isTakenAfterRegistrationOnly() throws Exception {
        byte[] report = new byte[3 * 1024 * 1024];
        Arrays.fill(report, (byte) 'x');
        byte[] call = call(2, RegistrationSchema.UPDATE_LOCAL_CONFIGURATION, RegistrationSchema.updateParams(report));
        registered();

        stream.feed(server, call);

        assertThat(outcome(2)).isInstanceOf(Outcome.Results.class);
        assertThat(handler.report).isEqualTo(report);
        RecordingHandler other = new RecordingHandler();
        new FakeStream().feed(RegistrationServer.on(new FakeStream(), other), call);
        assertThat(other.events).containsExactly("ended EDGE_PROTOCOL");
    }

    @Test
    void head_notOk_ends() {
        stream.feedHead(server, "502");

        assertThat(handler.events).containsExactly("ended EDGE_PROTOCOL");
        assertThat(handler.cause).hasMessageContaining("502");
    }

    @Test
    void stream_reset_ends() {
        bootstrapped();

        server.reset(stream, new StreamException(0, Initiator.REMOTE, "reset"));
        server.closed(stream);

        assertThat(handler.events).containsExactly("ended EDGE_UNREACHABLE");
    }

    @Test
    void connector_endsTheStream_endsInOrder() {
        bootstrapped();

        stream.feedEnd(server);

        assertThat(handler.events).containsExactly("ended null");
        assertThat(stream.isLocalOpen()).isFalse();
    }

    @Test
    void connector_thatDoesNotReadAnswers_getsNoCredit() {
        stream.writable = false;
        byte[] bootstrap = TestRpc.bootstrap(0);

        stream.feed(server, bootstrap);
        assertThat(stream.consumed).isZero();
        stream.writable = true;
        server.writabilityChanged(stream);

        assertThat(stream.consumed).isEqualTo(bootstrap.length);
    }

    private void bootstrapped() {
        stream.feed(server, TestRpc.bootstrap(0));
        stream.messages.clear();
    }

    private void registered() throws WireException {
        handler.answer.complete(ACCEPTED);
        bootstrapped();
        stream.feed(server, call(1, RegistrationSchema.REGISTER_CONNECTION, params()));
        assertThat(outcome(1)).isInstanceOf(Outcome.Results.class);
    }

    private static Content params() throws WireException {
        return RegistrationSchema.registerParams(Captured.of("success-index-1").request());
    }

    private static byte[] call(int questionId, int method, Content params) {
        return FakeStream.bytes(RpcEncoder.call(questionId, EXPORTED, RegistrationSchema.INTERFACE_ID, method, params));
    }

    private Outcome outcome(int questionId) throws WireException {
        RpcMessage.Return answer = (RpcMessage.Return) RpcMessage.decode(TestMessages.root(stream.next()));
        assertThat(answer.answerId()).isEqualTo(questionId);
        assertThat(answer.releaseParamCaps()).isFalse();
        return answer.outcome();
    }

    private static final class RecordingHandler implements RegistrationHandler {
        final List<String> events = new ArrayList<>();
        final CompletableFuture<ConnectionAnswer> answer = new CompletableFuture<>();
        ConnectionRequest request;
        byte[] report;
        TunnelException cause;

        @Override
        public CompletionStage<ConnectionAnswer> registerConnection(ConnectionRequest request) {
            events.add("register");
            this.request = request;
            return answer;
        }

        @Override
        public void updateLocalConfiguration(byte[] json) {
            events.add("update");
            report = json;
        }

        @Override
        public void unregisterConnection() {
            events.add("unregister");
        }

        @Override
        public void ended(TunnelException cause) {
            TunnelErrorCode code = cause == null ? null : cause.code();
            events.add("ended " + code);
            this.cause = cause;
        }
    }
}
