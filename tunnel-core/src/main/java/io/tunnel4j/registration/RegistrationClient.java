package io.tunnel4j.registration;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.ScheduledFuture;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.registration.ControlStream.End;
import io.tunnel4j.wire.RpcEncoder;
import io.tunnel4j.wire.RpcEncoder.Content;
import io.tunnel4j.wire.RpcMessage;
import io.tunnel4j.wire.RpcMessage.Outcome;
import io.tunnel4j.wire.RpcMessage.Target;
import io.tunnel4j.wire.StructReader;
import io.tunnel4j.wire.WireException;
import io.tunnel4j.wire.WireException.Kind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connector's end of a control stream: the stage that asks the edge to take this connection, and later to let it go.
 *
 * <pre>
 *   register ──accepted──► (updateLocalConfiguration)* ──► unregister ──► Abort, end of stream
 *       └─────refused, failed, timed out──────────────────────────────► Abort, end of stream
 * </pre>
 *
 * <p>To be returned as the listener of a stream of the control kind that the edge opened. Confined to the connection's event loop; stages
 * complete there. Every call ends: by its answer, at its deadline, or with the stream. Failures are {@link TunnelException}s:
 * {@code TIMEOUT}; {@code EDGE_PROTOCOL} for an RPC exception, an abort or an answer that cannot be read; {@code EDGE_UNREACHABLE} when
 * the stream ends first. Closing the connection after a refusal or failure is the caller's: the edge may not do it.
 */
public final class RegistrationClient implements StreamListener {
    /** Time limit of the reference for an answer to registerConnection and updateLocalConfiguration. */
    public static final Duration DEFAULT_RPC_TIMEOUT = Duration.ofSeconds(5);

    /** Largest answer; a real one has some 150 bytes. */
    private static final int MAX_MESSAGE_BYTES = 64 * 1024;

    private static final RpcMessage.RpcError SHUTDOWN =
            new RpcMessage.RpcError(RpcMessage.RpcError.FAILED, "rpc: shutdown");

    private final MuxStream stream;
    private final long rpcTimeoutNanos;
    private final ControlStream control = new ControlStream(MAX_MESSAGE_BYTES, new EdgeMessages());
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    /** Questions that are not finished on both sides, by number. */
    private final Map<Integer, Question> questions = new HashMap<>();

    /** Numbers to use again, the last one freed first, as the reference does. */
    private final Deque<Integer> freeIds = new ArrayDeque<>();

    private int nextId;
    private Target registrationServer = new Target.PromisedAnswer(0, true);
    private boolean started;
    private @Nullable TunnelException failure;

    /**
     * Takes over an accepted control stream.
     *
     * @param stream the stream
     * @param rpcTimeout how long the edge may take to answer registerConnection and updateLocalConfiguration, each
     */
    public RegistrationClient(MuxStream stream, Duration rpcTimeout) {
        this.stream = stream;
        rpcTimeoutNanos = rpcTimeout.toNanos();
        if (rpcTimeoutNanos <= 0) {
            throw new IllegalArgumentException("rpcTimeout: " + rpcTimeout + " (expected: > 0)");
        }
        control.attach(stream);
    }

    /**
     * Answers the stream with its head and asks the edge to take the connection. To be called once, first.
     *
     * @param request what the connector offers
     * @return the edge's decision; a refusal is an answer, not a failure. After a refusal or failure the stream is over
     */
    public CompletionStage<ConnectionAnswer> register(ConnectionRequest request) {
        assert stream.eventLoop().inEventLoop();
        if (started) {
            throw new IllegalStateException("register: already called");
        }
        started = true;
        stream.writeHead(new DefaultHttp2Headers(false).status("200"), false);
        int bootstrap = ask("bootstrap", new BootstrapAnswer()).id;
        registrationServer = new Target.PromisedAnswer(bootstrap, true);
        control.send(RpcEncoder.bootstrap(bootstrap));
        CompletableFuture<ConnectionAnswer> answer = new CompletableFuture<>();
        call(
                "registerConnection",
                RegistrationSchema.REGISTER_CONNECTION,
                RegistrationSchema.registerParams(request),
                rpcTimeoutNanos,
                new RegisterAnswer(answer));
        return answer;
    }

    /**
     * Reports the configuration that this connector runs with.
     *
     * @param json the report
     * @return done when the edge has taken it; a failure is no reason to give the connection up
     */
    public CompletionStage<Void> updateLocalConfiguration(byte[] json) {
        assert stream.eventLoop().inEventLoop();
        CompletableFuture<Void> done = new CompletableFuture<>();
        call(
                "updateLocalConfiguration",
                RegistrationSchema.UPDATE_LOCAL_CONFIGURATION,
                RegistrationSchema.updateParams(json),
                rpcTimeoutNanos,
                new DoneAnswer(done, () -> {}));
        return done;
    }

    /**
     * Asks the edge for no new streams, and ends the control stream in order once it has answered or the time is over.
     *
     * @param grace how long the edge may take to answer
     * @return done when the edge has answered
     */
    public CompletionStage<Void> unregister(Duration grace) {
        assert stream.eventLoop().inEventLoop();
        CompletableFuture<Void> done = new CompletableFuture<>();
        call(
                "unregisterConnection",
                RegistrationSchema.UNREGISTER_CONNECTION,
                Content.EMPTY,
                grace.toNanos(),
                new DoneAnswer(done, () -> end(false)));
        return done;
    }

    /**
     * Returns the end of the control stream, whoever brought it about.
     *
     * @return completes when no call can be answered any more; never fails
     */
    public CompletionStage<Void> ended() {
        return ended.minimalCompletionStage();
    }

    @Override
    public void data(MuxStream from, ByteBuf data, boolean endOfStream) {
        control.data(from, data, endOfStream);
    }

    @Override
    public void trailers(MuxStream from, Http2Headers trailers) {
        control.trailers(from, trailers);
    }

    @Override
    public void reset(MuxStream from, StreamException cause) {
        control.reset(from, cause);
    }

    @Override
    public void writabilityChanged(MuxStream from) {
        control.writabilityChanged(from);
    }

    @Override
    public void closed(MuxStream from) {
        control.closed(from);
    }

    private void call(String name, int method, Content params, long timeoutNanos, Answer answer) {
        if (control.isOver()) {
            answer.failed(
                    failure != null ? failure : gone(TunnelErrorCode.TERMINATED, name + ": control stream is over"));
            return;
        }
        Question question = ask(name, answer);
        question.deadline =
                stream.eventLoop().schedule(() -> timedOut(question, timeoutNanos), timeoutNanos, TimeUnit.NANOSECONDS);
        control.send(RpcEncoder.call(question.id, registrationServer, RegistrationSchema.INTERFACE_ID, method, params));
        control.flush();
    }

    private Question ask(String name, Answer answer) {
        Integer free = freeIds.pollLast();
        Question question = new Question(free != null ? free : nextId++, name, answer);
        questions.put(question.id, question);
        return question;
    }

    private void timedOut(Question question, long timeoutNanos) {
        question.isFinished = true;
        control.send(RpcEncoder.finish(question.id, true));
        control.flush();
        long millis = TimeUnit.NANOSECONDS.toMillis(timeoutNanos);
        question.answer.failed(
                gone(TunnelErrorCode.TIMEOUT, question.name + ": no answer from the edge within " + millis + " ms"));
    }

    private void returned(RpcMessage.Return message) throws WireException {
        Question question = questions.remove(message.answerId());
        if (question == null) {
            throw new WireException(
                    Kind.UNEXPECTED_MESSAGE, "return for question " + message.answerId() + ", which is not open");
        }
        question.cancelDeadline();
        freeIds.addLast(question.id);
        if (question.isFinished) {
            return;
        }
        control.send(RpcEncoder.finish(question.id, false));
        control.flush();
        if (message.outcome() instanceof Outcome.Results results) {
            question.answer.results(results.payload());
        } else if (message.outcome() instanceof Outcome.Failure failed) {
            question.answer.failed(gone(
                    TunnelErrorCode.EDGE_PROTOCOL,
                    question.name + ": the edge answered with an exception: "
                            + ControlStream.shortened(failed.error().reason())));
        } else {
            question.answer.failed(
                    gone(TunnelErrorCode.EDGE_PROTOCOL, question.name + ": the edge answered without results"));
        }
    }

    /** Says goodbye as the reference does: after a refusal the capability back, Abort, end of stream, and no interest in more. */
    private void end(boolean release) {
        if (control.isOver()) {
            return;
        }
        if (release && registrationServer instanceof Target.ImportedCapability imported) {
            control.send(RpcEncoder.release(imported.id(), 1));
        }
        endBecause(gone(TunnelErrorCode.TERMINATED, "control stream has been ended"));
    }

    private void endBecause(TunnelException cause) {
        control.end(SHUTDOWN);
        stream.resetAfterWrites(Http2Error.NO_ERROR.code());
        over(cause);
    }

    private void over(TunnelException cause) {
        failure = cause;
        List<Question> open = List.copyOf(questions.values());
        questions.clear();
        for (Question question : open) {
            question.cancelDeadline();
            if (!question.isFinished) {
                question.answer.failed(cause);
            }
        }
        ended.complete(null);
    }

    private static TunnelException gone(TunnelErrorCode code, String message) {
        return new TunnelException(code, message);
    }

    /** A question that waits for its Return. */
    private static final class Question {
        private final int id;
        private final String name;
        private final Answer answer;
        private @Nullable ScheduledFuture<?> deadline;

        /** Given up: its Finish is sent, only its number waits for the Return. */
        private boolean isFinished;

        Question(int id, String name, Answer answer) {
            this.id = id;
            this.name = name;
            this.answer = answer;
        }

        void cancelDeadline() {
            if (deadline != null) {
                deadline.cancel(false);
            }
        }
    }

    /** Hears what became of a question, exactly once. */
    private interface Answer {
        void results(RpcMessage.Payload payload) throws WireException;

        void failed(TunnelException cause);
    }

    /** The capability that the other calls go to: until it is here, they name the promise of it. */
    private final class BootstrapAnswer implements Answer {
        @Override
        public void results(RpcMessage.Payload payload) throws WireException {
            List<RpcMessage.Capability> table = payload.capTable();
            int index = payload.capability();
            if (index < 0 || index >= table.size() || table.get(index).kind() != RpcMessage.Capability.SENDER_HOSTED) {
                throw new WireException(Kind.VALUE, "bootstrap: the answer is not a capability of the edge");
            }
            registrationServer = new Target.ImportedCapability(table.get(index).id());
        }

        @Override
        public void failed(TunnelException cause) {
            if (!control.isOver()) {
                endBecause(cause);
            }
        }
    }

    private final class RegisterAnswer implements Answer {
        private final CompletableFuture<ConnectionAnswer> future;

        RegisterAnswer(CompletableFuture<ConnectionAnswer> future) {
            this.future = future;
        }

        @Override
        public void results(RpcMessage.Payload payload) {
            ConnectionAnswer answer;
            try {
                answer = RegistrationSchema.readRegisterResults(payload.content());
            } catch (WireException e) {
                failed(new TunnelException(
                        TunnelErrorCode.EDGE_PROTOCOL, "registerConnection: the edge's answer cannot be read", e));
                return;
            }
            if (answer instanceof ConnectionAnswer.Refused) {
                end(true);
            }
            future.complete(answer);
        }

        @Override
        public void failed(TunnelException cause) {
            end(false);
            future.completeExceptionally(cause);
        }
    }

    /** For calls whose results are empty. */
    private record DoneAnswer(CompletableFuture<Void> future, Runnable before) implements Answer {
        @Override
        public void results(RpcMessage.Payload payload) {
            before.run();
            future.complete(null);
        }

        @Override
        public void failed(TunnelException cause) {
            before.run();
            future.completeExceptionally(cause);
        }
    }

    private final class EdgeMessages implements ControlStream.Peer {
        private static final RpcMessage.RpcError NOTHING_HERE =
                new RpcMessage.RpcError(RpcMessage.RpcError.UNIMPLEMENTED, "a connector exports no capability");

        @Override
        public void received(RpcMessage message, StructReader root) throws WireException {
            if (message instanceof RpcMessage.Return answer) {
                returned(answer);
            } else if (message instanceof RpcMessage.Unimplemented unknown) {
                notUnderstood(unknown);
            } else if (message instanceof RpcMessage.Bootstrap bootstrap) {
                reply(RpcEncoder.exception(bootstrap.questionId(), NOTHING_HERE));
            } else if (message instanceof RpcMessage.Call call) {
                reply(RpcEncoder.exception(call.questionId(), NOTHING_HERE));
            } else if (message instanceof RpcMessage.Finish || message instanceof RpcMessage.Release) {
                return; // of the exceptions above, and of nothing
            } else {
                reply(RpcEncoder.unimplemented(root));
            }
        }

        private void notUnderstood(RpcMessage.Unimplemented unknown) {
            Question question = unknown.isQuestion() ? questions.remove(unknown.id()) : null;
            if (question != null) {
                question.cancelDeadline();
                freeIds.addLast(question.id);
                question.answer.failed(gone(
                        TunnelErrorCode.EDGE_PROTOCOL, question.name + ": the edge does not implement the message"));
            }
        }

        private void reply(ByteBuf message) {
            control.send(message);
            control.flush();
        }

        @Override
        public void ended(End end) {
            over(exception(end));
        }

        private TunnelException exception(End end) {
            if (end instanceof End.Malformed malformed) {
                return new TunnelException(
                        TunnelErrorCode.EDGE_PROTOCOL,
                        "control stream: the edge sent a malformed message",
                        malformed.cause());
            }
            if (end instanceof End.Aborted aborted) {
                return gone(TunnelErrorCode.EDGE_PROTOCOL, "control stream: the edge aborted: " + aborted.reason());
            }
            if (end instanceof End.Broken broken) {
                return gone(TunnelErrorCode.EDGE_UNREACHABLE, broken.message());
            }
            return gone(TunnelErrorCode.EDGE_UNREACHABLE, "control stream: the edge ended it");
        }
    }
}
