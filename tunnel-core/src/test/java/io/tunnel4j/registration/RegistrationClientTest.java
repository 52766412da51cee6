package io.tunnel4j.registration;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.Initiator;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.wire.RpcEncoder;
import io.tunnel4j.wire.RpcEncoder.Content;
import io.tunnel4j.wire.RpcMessage;
import io.tunnel4j.wire.RpcMessage.RpcError;
import io.tunnel4j.wire.RpcMessage.Target;
import io.tunnel4j.wire.TestMessages;
import io.tunnel4j.wire.WireException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The connector's end against a scripted edge: the captured messages, and what a captured edge never did. */
@ExtendWith(LeakCheck.class)
class RegistrationClientTest {
    private static final ConnectionAnswer ACCEPTED = new ConnectionAnswer.Accepted(new UUID(1, 2), "tst01", false);

    private final FakeStream stream = new FakeStream();
    private final RegistrationClient client = new RegistrationClient(stream, Duration.ofSeconds(5));

    /** The captured connector of rpc-timeout built its call after the bootstrap answer, which ours never waits for. */
    static List<String> replayable() {
        return Captured.scenarios().stream()
                .filter(scenario -> !scenario.equals("rpc-timeout"))
                .toList();
    }

    @Test
    void edge_announcesAMessageAbove64KiB_isMalformedBeforeItArrives() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());
        stream.messages.clear();
        int words = 64 * 1024 / 8 + 1;

        stream.feed(client, new byte[] {0, 0, 0, 0, (byte) words, (byte) (words >> 8), 0, 0});

        assertThat(failure(answer).code()).isEqualTo(TunnelErrorCode.EDGE_PROTOCOL);
        assertThat(decode(stream.next())).isInstanceOf(RpcMessage.Abort.class);
    }

    @ParameterizedTest
    @MethodSource("replayable")
    void captured_edge_isAnsweredByteForByte(String scenario) throws Exception {
        Captured captured = Captured.of(scenario);
        CompletionStage<ConnectionAnswer> answer = client.register(captured.request());

        for (Captured.Message message : captured.messages()) {
            if (message.is("call-updateLocalConfiguration")) {
                client.updateLocalConfiguration(captured.report());
            } else if (message.is("call-unregisterConnection")) {
                client.unregister(Duration.ofSeconds(30));
            } else if (message.is("abort") && !captured.has("release") && !captured.has("call-unregisterConnection")) {
                assertThat(stream.next()).isEqualTo(FakeStream.bytes(RpcEncoder.release(0, 1)));
            }
            if (message.isFromConnector()) {
                assertThat(stream.next()).as(message.file()).isEqualTo(message.bytes());
            } else {
                stream.feed(client, message.bytes());
            }
        }

        assertThat(stream.messages).isEmpty();
        assertThat(answer).isCompletedWithValue(captured.answer());
        boolean isOver = captured.has("abort");
        assertThat(client.ended().toCompletableFuture().isDone()).isEqualTo(isOver);
        if (isOver) {
            assertThat(stream.events).endsWith("message", "end", "flush", "reset 0");
        }
    }

    @Test
    void register_always_sendsHeadAndFirstMessagesInOneFlush() throws Exception {
        client.register(request());

        assertThat(stream.events).containsExactly("head 200", "message", "message", "flush");
    }

    @Test
    void register_noAnswerInTime_finishesAbortsAndFails() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());
        stream.feed(client, FakeStream.bytes(RpcEncoder.capability(0, 0)));
        stream.messages.clear();

        stream.advance(Duration.ofMillis(4999));
        assertThat(stream.messages).isEmpty();
        stream.advance(Duration.ofMillis(1));

        Captured captured = Captured.of("rpc-timeout");
        assertThat(stream.next()).isEqualTo(FakeStream.bytes(RpcEncoder.finish(1, true)));
        assertThat(stream.next()).isEqualTo(captured.message("abort").bytes());
        assertThat(failure(answer).code()).isEqualTo(TunnelErrorCode.TIMEOUT);
        assertThat(failure(answer)).hasMessage("registerConnection: no answer from the edge within 5000 ms");
        assertThat(stream.events).endsWith("reset 0");
    }

    @Test
    void register_bootstrapNeverAnswered_timesOutToo() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());

        stream.advance(Duration.ofSeconds(5));

        assertThat(failure(answer).code()).isEqualTo(TunnelErrorCode.TIMEOUT);
        assertThat(client.ended()).isCompleted();
    }

    @Test
    void register_answeredBeforeBootstrap_worksAndLaterCallsNameThePromise() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());
        stream.feed(client, results(1, RegistrationSchema.registerResults(ACCEPTED)));
        assertThat(answer).isCompletedWithValue(ACCEPTED);
        stream.messages.clear();

        client.updateLocalConfiguration(new byte[] {'{', '}'});

        RpcMessage.Call call = (RpcMessage.Call) decode(stream.next());
        assertThat(call.questionId()).isEqualTo(1);
        assertThat(call.target()).isEqualTo(new Target.PromisedAnswer(0, true));
    }

    @Test
    void register_exception_failsWithTheEdgesWords() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());

        stream.feed(client, FakeStream.bytes(RpcEncoder.exception(1, new RpcError(RpcError.FAILED, "no\nroom"))));

        assertThat(failure(answer).code()).isEqualTo(TunnelErrorCode.EDGE_PROTOCOL);
        assertThat(failure(answer)).hasMessage("registerConnection: the edge answered with an exception: no room");
        assertThat(stream.events).endsWith("end", "flush", "reset 0");
    }

    @Test
    void register_uuidOfWrongSize_fails() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());
        Content results = new Content(
                0, 1, r -> r.struct(0, 1, 1).u16(0, 1).struct(0, 1, 2).data(0, new byte[17]));

        stream.feed(client, results(1, results));

        assertThat(failure(answer).code()).isEqualTo(TunnelErrorCode.EDGE_PROTOCOL);
        assertThat(failure(answer).getCause()).hasMessage("connection uuid of 17 bytes (expected: 16)");
        assertThat(client.ended()).isCompleted();
    }

    @Test
    void register_emptyResults_fails() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());

        stream.feed(client, results(1, Content.EMPTY));

        assertThat(failure(answer).code()).isEqualTo(TunnelErrorCode.EDGE_PROTOCOL);
    }

    @Test
    void register_canceled_fails() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());

        stream.feed(client, FakeStream.bytes(RpcEncoder.canceled(1)));

        assertThat(failure(answer).code()).isEqualTo(TunnelErrorCode.EDGE_PROTOCOL);
    }

    @Test
    void register_callUnimplemented_fails() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());
        byte[] call = stream.messages.get(1);

        stream.feed(client, FakeStream.bytes(RpcEncoder.unimplemented(TestMessages.root(call))));

        assertThat(failure(answer)).hasMessage("registerConnection: the edge does not implement the message");
    }

    @Test
    void bootstrap_exception_failsTheRegistration() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());

        stream.feed(client, FakeStream.bytes(RpcEncoder.exception(0, new RpcError(RpcError.FAILED, "none"))));

        assertThat(failure(answer)).hasMessage("bootstrap: the edge answered with an exception: none");
        assertThat(client.ended()).isCompleted();
    }

    @Test
    void bootstrap_answerWithoutCapability_abortsAndFails() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());
        stream.messages.clear();

        stream.feed(client, results(0, Content.EMPTY));

        stream.next(); // the finish
        assertThat(decode(stream.next())).isInstanceOf(RpcMessage.Abort.class);
        assertThat(failure(answer).code()).isEqualTo(TunnelErrorCode.EDGE_PROTOCOL);
    }

    @Test
    void update_noAnswerInTime_failsAloneAndKeepsItsNumber() throws Exception {
        registered();
        CompletionStage<Void> first = client.updateLocalConfiguration(new byte[] {1});
        int number = ((RpcMessage.Call) decode(stream.next())).questionId();

        stream.advance(Duration.ofSeconds(5));

        assertThat(failure(first).code()).isEqualTo(TunnelErrorCode.TIMEOUT);
        assertThat(decode(stream.next())).isEqualTo(new RpcMessage.Finish(number, true));
        CompletionStage<Void> second = client.updateLocalConfiguration(new byte[] {2});
        int other = ((RpcMessage.Call) decode(stream.next())).questionId();
        assertThat(other).isNotEqualTo(number);
        stream.feed(client, results(number, Content.EMPTY));
        assertThat(stream.messages).isEmpty();
        stream.feed(client, results(other, Content.EMPTY));
        assertThat(second).isCompleted();
        client.updateLocalConfiguration(new byte[] {3});
        stream.next(); // the finish
        assertThat(((RpcMessage.Call) decode(stream.next())).questionId()).isEqualTo(other);
    }

    @Test
    void unregister_noAnswerWithinGrace_endsTheStreamAnyway() throws Exception {
        registered();
        CompletionStage<Void> done = client.unregister(Duration.ofSeconds(30));
        stream.messages.clear();

        stream.advance(Duration.ofSeconds(30));

        assertThat(failure(done).code()).isEqualTo(TunnelErrorCode.TIMEOUT);
        assertThat(decode(stream.next())).isInstanceOf(RpcMessage.Finish.class);
        assertThat(decode(stream.next())).isEqualTo(new RpcMessage.Abort(new RpcError(0, "rpc: shutdown")));
        assertThat(client.ended()).isCompleted();
    }

    @Test
    void unregister_duringUpdate_endsBoth() throws Exception {
        registered();
        CompletionStage<Void> update = client.updateLocalConfiguration(new byte[] {1});
        CompletionStage<Void> done = client.unregister(Duration.ofSeconds(30));
        stream.next();
        int number = ((RpcMessage.Call) decode(stream.next())).questionId();

        stream.feed(client, results(number, Content.EMPTY));

        assertThat(done).isCompleted();
        assertThat(failure(update).code()).isEqualTo(TunnelErrorCode.TERMINATED);
    }

    @Test
    void call_afterTheEnd_failsAtOnce() throws Exception {
        registered();
        client.unregister(Duration.ofSeconds(1));
        stream.advance(Duration.ofSeconds(1));
        stream.messages.clear();

        CompletionStage<Void> late = client.updateLocalConfiguration(new byte[] {1});

        assertThat(failure(late).code()).isEqualTo(TunnelErrorCode.TERMINATED);
        assertThat(stream.messages).isEmpty();
    }

    @Test
    void edge_aborts_failsOpenCallsWithItsWords() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());

        stream.feed(client, FakeStream.bytes(RpcEncoder.abort(new RpcError(RpcError.FAILED, "x".repeat(1000)))));

        assertThat(failure(answer).code()).isEqualTo(TunnelErrorCode.EDGE_PROTOCOL);
        assertThat(failure(answer).getMessage()).hasSizeLessThan(320).contains("the edge aborted: xxx");
        assertThat(client.ended()).isCompleted();
    }

    @Test
    void edge_endsTheStream_failsOpenCalls() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());

        stream.feedEnd(client);

        assertThat(failure(answer).code()).isEqualTo(TunnelErrorCode.EDGE_UNREACHABLE);
        assertThat(stream.events).endsWith("end", "flush");
    }

    @Test
    void edge_endsInsideAMessage_isMalformed() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());

        client.data(stream, Unpooled.copiedBuffer(new byte[] {0, 0, 0, 0, 9}), true);

        assertThat(failure(answer).code()).isEqualTo(TunnelErrorCode.EDGE_PROTOCOL);
    }

    @Test
    void stream_reset_failsOpenCallsOnce() throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());

        client.reset(stream, new StreamException(8, Initiator.REMOTE, "reset"));
        client.closed(stream);
        stream.advance(Duration.ofMinutes(1));

        assertThat(failure(answer).code()).isEqualTo(TunnelErrorCode.EDGE_UNREACHABLE);
        assertThat(failure(answer)).hasMessage("control stream reset with code 8");
    }

    @Test
    void edge_callsTheConnector_getsAnException() throws Exception {
        registered();
        stream.feed(client, FakeStream.bytes(RpcEncoder.bootstrap(7)));
        stream.feed(
                client, FakeStream.bytes(RpcEncoder.call(8, new Target.ImportedCapability(3), 1, 2, Content.EMPTY)));

        for (int question : new int[] {7, 8}) {
            RpcMessage.Return answer = (RpcMessage.Return) decode(stream.next());
            assertThat(answer.answerId()).isEqualTo(question);
            assertThat(answer.outcome())
                    .isEqualTo(new RpcMessage.Outcome.Failure(
                            new RpcError(RpcError.UNIMPLEMENTED, "a connector exports no capability")));
        }
        stream.feed(client, FakeStream.bytes(RpcEncoder.finish(7, true)));
        stream.feed(client, FakeStream.bytes(RpcEncoder.release(0, 1)));
        assertThat(stream.messages).isEmpty();
        assertThat(client.ended().toCompletableFuture()).isNotDone();
    }

    @Test
    void edge_sendsResolveOrDisembargo_getsItBack() throws Exception {
        registered();
        for (byte[] message : List.of(TestRpc.resolve(4), TestRpc.disembargo(0), TestRpc.accept())) {
            stream.feed(client, message);

            assertThat(TestRpc.echoed(stream.next()))
                    .isEqualTo(TestMessages.root(message).u16(0));
        }
    }

    @ParameterizedTest
    @MethodSource("io.tunnel4j.registration.TestRpc#malformed")
    void edge_sendsSomethingMalformed_abortsAndFails(TestRpc.Malformed malformed) throws Exception {
        CompletionStage<ConnectionAnswer> answer = client.register(request());
        stream.messages.clear();

        stream.feed(client, malformed.bytes());

        assertThat(failure(answer).code()).isEqualTo(TunnelErrorCode.EDGE_PROTOCOL);
        assertThat(((WireException) failure(answer).getCause()).kind()).isEqualTo(malformed.kind());
        assertThat(decode(stream.next())).isInstanceOf(RpcMessage.Abort.class);
        assertThat(stream.isLocalOpen()).isFalse();
        assertThat(stream.consumed).isEqualTo(malformed.bytes().length);
        stream.feed(client, malformed.bytes());
        assertThat(stream.messages).isEmpty();
    }

    private void registered() throws Exception {
        client.register(request());
        stream.feed(client, FakeStream.bytes(RpcEncoder.capability(0, 0)));
        stream.feed(client, results(1, RegistrationSchema.registerResults(ACCEPTED)));
        stream.messages.clear();
    }

    private static ConnectionRequest request() throws WireException {
        return Captured.of("success-locally-managed").request();
    }

    private static byte[] results(int answerId, Content content) {
        return FakeStream.bytes(RpcEncoder.results(answerId, content));
    }

    private static RpcMessage decode(byte[] message) throws WireException {
        return RpcMessage.decode(TestMessages.root(message));
    }

    private static TunnelException failure(CompletionStage<?> stage) {
        CompletableFuture<?> future = stage.toCompletableFuture();
        assertThat(future).isCompletedExceptionally();
        try {
            future.join();
            throw new AssertionError("completed normally");
        } catch (CompletionException e) {
            return (TunnelException) e.getCause();
        }
    }
}
