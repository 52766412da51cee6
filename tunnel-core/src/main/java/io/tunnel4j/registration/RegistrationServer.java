package io.tunnel4j.registration;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.registration.ControlStream.End;
import io.tunnel4j.wire.RpcEncoder;
import io.tunnel4j.wire.RpcEncoder.Content;
import io.tunnel4j.wire.RpcMessage;
import io.tunnel4j.wire.RpcMessage.RpcError;
import io.tunnel4j.wire.RpcMessage.Target;
import io.tunnel4j.wire.StructReader;
import io.tunnel4j.wire.TunnelFields;
import io.tunnel4j.wire.WireException;
import io.tunnel4j.wire.WireException.Kind;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The edge's end of a control stream: serves the registration interface to a connector, ours or the reference's.
 *
 * <p>Answers bootstrap and the three methods on either kind of target, whatever numbers the questions have and however often they are used again;
 * other methods with an RPC exception; other messages with Unimplemented. What cannot be read ends the stream with an Abort.
 * Confined to the connection's event loop.
 */
public final class RegistrationServer implements StreamListener {
    /** Questions without a Finish; a connector has two. */
    static final int MAX_OPEN_QUESTIONS = 16;

    /** Largest message before the connector has proved who it is; a real one has some 600 bytes. */
    static final int MAX_REGISTRATION_BYTES = 64 * 1024;

    /** Largest message afterwards: a configuration report of thousands of rules. */
    static final int MAX_REPORT_BYTES = 4 * 1024 * 1024;

    private static final int EXPORT_ID = 0;

    private final RegistrationHandler handler;
    private final ControlStream control = new ControlStream(MAX_REGISTRATION_BYTES, new ConnectorMessages());

    /** Questions without a Finish, and those whose answer is still being made, by the connector's number. */
    private final Map<Integer, Answer> answers = new HashMap<>();

    private State state = State.NEW;
    private int exportedReferences;

    private enum State {
        /** Nobody has registered. */
        NEW,
        /** The handler decides. */
        DECIDING,
        /** The connection serves the tunnel. */
        REGISTERED,
        /** Refused, or unregistered. */
        CLOSED
    }

    private RegistrationServer(RegistrationHandler handler) {
        this.handler = requireNonNull(handler, "handler");
    }

    /**
     * Opens the control stream on a fresh connection. To be called on its event loop, once it is ready.
     *
     * @param connection a connection in client role
     * @param handler what to do with the calls
     * @return the server of the new stream
     * @throws ConnectionException if the stream cannot be opened
     */
    public static RegistrationServer open(MuxConnection connection, RegistrationHandler handler)
            throws ConnectionException {
        RegistrationServer server = new RegistrationServer(handler);
        Http2Headers head = new DefaultHttp2Headers(false)
                .method("GET")
                .scheme("https")
                .authority("control")
                .path("/")
                .add(TunnelFields.UPGRADE, TunnelFields.CONTROL_STREAM);
        MuxStream stream = connection.open(head, false, server);
        server.control.attach(stream);
        stream.flush();
        return server;
    }

    /**
     * Serves a control stream whose head has been sent.
     *
     * @param stream the open stream
     * @param handler what to do with the calls
     * @return the stream's listener
     */
    static RegistrationServer on(MuxStream stream, RegistrationHandler handler) {
        RegistrationServer server = new RegistrationServer(handler);
        server.control.attach(stream);
        return server;
    }

    @Override
    public void head(MuxStream from, Http2Headers head, boolean endOfStream) {
        control.head(from, head, endOfStream);
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

    private void call(RpcMessage.Call call) throws WireException {
        Answer answer = open(call.questionId());
        RpcError error = targetError(call);
        if (error != null) {
            answer.send(RpcEncoder.exception(call.questionId(), error));
            return;
        }
        switch (call.methodId()) {
            case RegistrationSchema.REGISTER_CONNECTION ->
                register(
                        answer,
                        RegistrationSchema.readRegisterParams(call.params().content()));
            case RegistrationSchema.UNREGISTER_CONNECTION -> {
                if (state == State.REGISTERED) {
                    state = State.CLOSED;
                    handler.unregisterConnection();
                }
                answer.send(RpcEncoder.results(call.questionId(), Content.EMPTY));
            }
            case RegistrationSchema.UPDATE_LOCAL_CONFIGURATION -> {
                byte[] json = RegistrationSchema.readUpdateParams(call.params().content());
                if (state == State.REGISTERED) {
                    handler.updateLocalConfiguration(json);
                    answer.send(RpcEncoder.results(call.questionId(), Content.EMPTY));
                } else {
                    answer.fail(RpcError.FAILED, "updateLocalConfiguration: the connection is not registered");
                }
            }
            default ->
                answer.fail(
                        RpcError.UNIMPLEMENTED,
                        "RegistrationServer has no method " + call.methodId() + " (expected: 0 to 2)");
        }
    }

    /** Why a call cannot be delivered; null when it can. */
    private @Nullable RpcError targetError(RpcMessage.Call call) {
        if (call.target() instanceof Target.ImportedCapability imported
                && (imported.id() != EXPORT_ID || exportedReferences == 0)) {
            return new RpcError(RpcError.FAILED, "call to capability " + imported.id() + ", which is not exported");
        }
        if (call.target() instanceof Target.PromisedAnswer promised) {
            Answer source = answers.get(promised.questionId());
            if (source == null || !source.isBootstrap || !promised.isWhole()) {
                return new RpcError(
                        RpcError.FAILED,
                        "call to the answer of question " + promised.questionId() + ", which is no capability");
            }
        }
        if (call.interfaceId() != RegistrationSchema.INTERFACE_ID) {
            return new RpcError(RpcError.UNIMPLEMENTED, "the capability is a RegistrationServer only");
        }
        return null;
    }

    private void register(Answer answer, ConnectionRequest request) {
        if (state != State.NEW) {
            answer.fail(RpcError.FAILED, "registerConnection: already called on this connection");
            return;
        }
        state = State.DECIDING;
        handler.registerConnection(request).whenComplete((decision, failure) -> {
            if (control.stream().eventLoop().inEventLoop()) {
                decided(answer, decision, failure);
            } else {
                control.stream().eventLoop().execute(() -> decided(answer, decision, failure));
            }
        });
    }

    private void decided(Answer answer, @Nullable ConnectionAnswer decision, @Nullable Throwable failure) {
        if (control.isOver()) {
            return;
        }
        if (decision instanceof ConnectionAnswer.Accepted && !answer.isFinished) {
            state = State.REGISTERED;
            control.maxMessageBytes(MAX_REPORT_BYTES);
        } else {
            state = State.CLOSED;
        }
        if (failure != null || decision == null) {
            // The failure may hold what a connector is not to know.
            answer.fail(RpcError.FAILED, "registerConnection: the edge cannot decide");
        } else {
            answer.send(RpcEncoder.results(answer.id, RegistrationSchema.registerResults(decision)));
        }
    }

    private Answer open(int questionId) throws WireException {
        if (answers.containsKey(questionId)) {
            throw new WireException(Kind.VALUE, "question " + questionId + " is still open");
        }
        if (answers.size() == MAX_OPEN_QUESTIONS) {
            throw new WireException(
                    Kind.VALUE,
                    "more than " + MAX_OPEN_QUESTIONS + " open questions (expected: Finish for answered ones)");
        }
        Answer answer = new Answer(questionId);
        answers.put(questionId, answer);
        return answer;
    }

    private void finish(RpcMessage.Finish finish) {
        Answer answer = answers.get(finish.questionId());
        if (answer == null || answer.isFinished) {
            return; // of a call that got Unimplemented
        }
        answer.isFinished = true;
        if (answer.isReturned) {
            answers.remove(answer.id);
        }
        if (answer.isBootstrap && finish.releaseResultCaps()) {
            exportedReferences--;
        }
    }

    private void release(RpcMessage.Release release) throws WireException {
        int count = release.referenceCount();
        if (release.id() != EXPORT_ID || count < 0 || count > exportedReferences) {
            throw new WireException(
                    Kind.VALUE,
                    "release of " + count + " references to capability " + release.id() + " (expected: at most "
                            + exportedReferences + " to " + EXPORT_ID + ")");
        }
        exportedReferences -= count;
    }

    /** One question of the connector: open until it is both returned and finished. */
    private final class Answer {
        private final int id;
        private boolean isBootstrap;
        private boolean isReturned;
        private boolean isFinished;

        Answer(int id) {
            this.id = id;
        }

        void fail(int type, String reason) {
            send(RpcEncoder.exception(id, new RpcError(type, reason)));
        }

        /** Sends the Return; consumes it. A connector that has given up hears that it was canceled. */
        void send(ByteBuf message) {
            isReturned = true;
            if (isFinished) {
                answers.remove(id);
                message.release();
                control.send(RpcEncoder.canceled(id));
            } else {
                control.send(message);
            }
            control.flush();
        }
    }

    private final class ConnectorMessages implements ControlStream.Peer {
        @Override
        public void head(Http2Headers head) {
            if (!AsciiString.contentEquals("200", head.status())) {
                control.end(new RpcError(RpcError.FAILED, "control stream: response without status 200"));
                handler.ended(new TunnelException(
                        TunnelErrorCode.EDGE_PROTOCOL,
                        "control stream: status " + head.status() + " from the connector (expected: 200)"));
            }
        }

        @Override
        public void received(RpcMessage message, StructReader root) throws WireException {
            if (message instanceof RpcMessage.Bootstrap bootstrap) {
                Answer answer = open(bootstrap.questionId());
                answer.isBootstrap = true;
                exportedReferences++;
                answer.send(RpcEncoder.capability(answer.id, EXPORT_ID));
            } else if (message instanceof RpcMessage.Call call && call.resultsToCaller()) {
                call(call);
            } else if (message instanceof RpcMessage.Finish finish) {
                finish(finish);
            } else if (message instanceof RpcMessage.Release release) {
                release(release);
            } else if (message instanceof RpcMessage.Return answer) {
                throw new WireException(
                        Kind.UNEXPECTED_MESSAGE, "return for question " + answer.answerId() + ", which was not asked");
            } else if (!(message instanceof RpcMessage.Unimplemented)) {
                control.send(RpcEncoder.unimplemented(root));
                control.flush();
            }
        }

        @Override
        public void ended(End end) {
            handler.ended(exception(end));
        }

        private @Nullable TunnelException exception(End end) {
            if (end instanceof End.Malformed malformed) {
                return new TunnelException(
                        TunnelErrorCode.EDGE_PROTOCOL,
                        "control stream: the connector sent a malformed message",
                        malformed.cause());
            }
            if (end instanceof End.Broken broken) {
                return new TunnelException(TunnelErrorCode.EDGE_UNREACHABLE, broken.message());
            }
            return null;
        }
    }
}
