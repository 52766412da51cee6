package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.edge.RequestEvent.Outcome;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.frontend.ErrorPage.Reason;
import io.tunnel4j.edge.gate.Gate;
import io.tunnel4j.edge.gate.GateDecision;
import io.tunnel4j.edge.registry.ConnectorConnection;
import io.tunnel4j.edge.state.HostnameRoute;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.Initiator;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.wire.WireException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One public request from its head to its end: asks the gate, picks a connection, moves both bodies.
 *
 * <pre>
 *   DECIDING ──pass──► WAITING ──response head──► RESPONDING ──► DONE
 *      │ └──serve──► COLLECTING ─┐   │ └─refused, lost─► WAITING (once more)
 *      └──answer─────────────────┴───┴──► ANSWERING ──► DONE
 * </pre>
 *
 * Credit for the request body goes back when the tunnel stream takes it ({@link Upload}), credit for the response body when the client's connection takes it.
 * Confined to the client connection's event loop.
 */
final class Exchange extends Watched implements StreamListener {
    private static final Logger log = LoggerFactory.getLogger(Exchange.class);

    /** Connections tried before one takes the stream; only what no origin has seen is sent again. */
    private static final int MAX_ATTEMPTS = 3;

    /** How long a gate may think. It has time-outs of its own. */
    private static final long DECISION_NANOS = Duration.ofSeconds(30).toNanos();

    /** How long a tunnel stream may live on after its client has said goodbye. */
    private static final long GOODBYE_NANOS = Duration.ofSeconds(10).toNanos();

    private static final GateDecision.Pass PLAIN = (GateDecision.Pass) GateDecision.PASS;

    private enum State {
        DECIDING,
        COLLECTING,
        WAITING,
        RESPONDING,
        ANSWERING,
        DONE
    }

    private final Site site;
    private final LoopState loop;
    private final ClientStream client;
    private final RequestHead request;
    private final RequestFacts facts;
    private final AsciiString id;
    private final RequestRecord record;
    private final Upload upload;

    private State state = State.DECIDING;
    private GateDecision.Pass pass = PLAIN;
    private @Nullable ConnectorConnection connection;

    private @Nullable MuxStream tunnel;
    private boolean responseEnded;
    private boolean upgraded;
    private boolean bodyless;
    private boolean forgiving;
    private int attempts;
    private int owedToTunnel;
    private @Nullable LocalAnswer answer;
    private @Nullable ServiceCall service;

    private long deadlineNanos;

    /**
     * Creates an exchange; {@link #start} begins it.
     *
     * @param requestEnded whether the head was all
     */
    Exchange(Site site, LoopState loop, ClientStream client, RequestHead request, boolean requestEnded) {
        this.site = site;
        this.loop = loop;
        this.client = client;
        this.request = request;
        this.facts = new RequestFacts(request, client.info(), site.trustedProxies);
        this.id = loop.newRequestId();
        this.record = new RequestRecord(site, loop, facts, id);
        this.upload = new Upload(client, requestEnded);
        this.deadlineNanos = loop.nowNanos() + DECISION_NANOS;
    }

    void start() {
        site.counters.started();
        loop.watch(this);
        if (!site.rateLimiter.admit(request.host(), loop.nowNanos())) {
            site.counters.rejected();
            answerWith(Reason.TOO_MANY_REQUESTS);
            return;
        }
        if (site.gate == Gate.OPEN) {
            decided(GateDecision.PASS);
            return;
        }
        EventLoop executor = loop.loop();
        AtomicBoolean given = new AtomicBoolean();
        try {
            site.gate.decide(edgeRequest(), decision -> {
                if (!given.compareAndSet(false, true)) {
                    log.warn("request {}: the gate decided twice", id);
                } else if (executor.inEventLoop()) {
                    decided(decision);
                } else {
                    executor.execute(() -> decided(decision));
                }
            });
        } catch (RuntimeException e) {
            log.warn("request {}: the gate failed", id, e);
            if (given.compareAndSet(false, true)) {
                answerWith(Reason.INTERNAL);
            }
        }
    }

    private EdgeRequest edgeRequest() {
        return facts.edgeRequest(id);
    }

    private void decided(GateDecision decision) {
        if (state != State.DECIDING) {
            return;
        }
        if (decision instanceof GateDecision.Pass newPass) {
            pass = newPass;
            forward(null);
        } else if (decision instanceof GateDecision.Answer refusal) {
            answer(refusal.response());
        } else if (decision instanceof GateDecision.Serve serve) {
            collect(serve);
        }
    }

    // --- Towards the tunnel ---

    private void forward(@Nullable ConnectorConnection failed) {
        List<HostnameRoute.Target> tunnels = site.picker.tunnels(request.host());
        if (tunnels.isEmpty()) {
            answerWith(Reason.NOT_FOUND);
            return;
        }
        ConnectorConnection avoided = failed;
        while (true) {
            ConnectorConnection picked = site.picker.pick(tunnels, loop, avoided);
            if (picked == null) {
                answerWith(failed == null ? Reason.NO_CONNECTOR : Reason.BAD_GATEWAY);
                return;
            }
            connection = picked;
            attempts++;
            try {
                open(picked);
                return;
            } catch (ConnectionException e) {
                releaseConnection();
                avoided = picked;
                if (attempts >= MAX_ATTEMPTS) {
                    answerWith(Reason.UNAVAILABLE);
                    return;
                }
            }
        }
    }

    private void open(ConnectorConnection picked) throws ConnectionException {
        FlatHeaders head = TunnelHead.of(request, facts.origin(webSocketKey()), pass, id);
        boolean end = upload.isNothing() && !request.isUpgrade();
        MuxStream opened = picked.eventLoop() == loop.loop()
                ? picked.open(head, end, this)
                : CrossLoopStream.open(picked, head, end, this, loop.loop());
        tunnel = opened;
        state = State.WAITING;
        deadlineNanos = loop.nowNanos() + site.limits.firstByteTimeout().toNanos();
        upload.sendKept(opened);
        opened.flush();
    }

    private String webSocketKey() {
        if (!request.isUpgrade() || client.isHttp11()) {
            return "";
        }
        byte[] key = new byte[16];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) loop.random().nextInt();
        }
        return Base64.getEncoder().encodeToString(key);
    }

    /** Body octets from the client. */
    void requestData(ByteBuf data, boolean end) {
        upload.arrived(data, end);
        MuxStream to = tunnel;
        if (service != null) {
            service.add(data, end);
        } else if (state == State.DECIDING) {
            upload.keep(data);
        } else if (to != null && state != State.DONE && !responseEnded) {
            touch();
            upload.send(to, data, end);
        } else {
            data.release();
        }
    }

    /** The client's trailers; its request has ended. */
    void requestTrailers(FlatHeaders trailers) {
        upload.trailersArrived();
        FlatHeaders kept = Trailers.forTunnel(trailers);
        MuxStream to = tunnel;
        if (service != null) {
            service.add(Unpooled.EMPTY_BUFFER, true);
        } else if (state == State.DECIDING) {
            upload.keep(kept);
        } else if (to != null && state != State.DONE && !responseEnded) {
            upload.send(to, kept);
        }
    }

    /** The client's connection has been read for now. */
    void requestReadComplete() {
        if (tunnel != null && state != State.DONE) {
            tunnel.flush();
        }
    }

    /** The client's connection takes bytes again, or takes no more. */
    void clientWritabilityChanged() {
        MuxStream from = tunnel;
        if (client.isWritable() && from != null && owedToTunnel > 0) {
            int bytes = owedToTunnel;
            owedToTunnel = 0;
            from.consume(bytes);
        }
        if (answer != null) {
            answer.writabilityChanged();
        }
    }

    /** Whether the connector reads on from its origin after the request's end. */
    boolean connectorReadsOn() {
        ConnectorConnection at = connection;
        return at != null && upgraded && at.readsOn();
    }

    /** The client is gone; {@code orderly} if it said so and what it sent before still counts. */
    void clientGone(boolean orderly) {
        if (state == State.DONE) {
            return;
        }
        MuxStream to = tunnel;
        if (to == null) {
            finish(Outcome.CLIENT_GONE);
        } else if (upgraded && orderly && to.isLocalOpen()) {
            forgiving = true;
            responseEnded = true;
            deadlineNanos = loop.nowNanos() + GOODBYE_NANOS;
            to.writeData(Unpooled.EMPTY_BUFFER, true);
            to.flush();
        } else {
            finish(Outcome.CLIENT_GONE);
        }
    }

    // --- From the tunnel ---

    @Override
    public void head(MuxStream stream, Http2Headers head, boolean endOfStream) {
        if (state != State.WAITING) {
            return;
        }
        touch();
        try {
            int code = ResponseHead.status(head);
            if (code < 200) {
                interim(code, head);
                return;
            }
            respond(stream, ResponseHead.read(head, request.isUpgrade(), client.isLowerCase()), endOfStream);
        } catch (WireException e) {
            log.warn("request {}: {} sent a malformed response: {}", id, connection, e.getMessage());
            answerWith(Reason.BAD_GATEWAY);
        }
    }

    private void interim(int code, Http2Headers head) throws WireException {
        if (client.isHttp11() || client.isLowerCase()) {
            if (code != 100 || request.fields().contains(FieldNames.EXPECT)) {
                client.writeHead(ResponseHead.interim(head, client.isLowerCase()), false);
                client.flush();
            }
        }
    }

    private void respond(MuxStream stream, ResponseHead response, boolean end) {
        switch (response.answeredBy()) {
            case CONNECTOR -> {
                answerWith(Reason.BAD_GATEWAY);
                return;
            }
            case CONNECTOR_LIMIT -> {
                answerWith(Reason.UNAVAILABLE);
                return;
            }
            default -> {}
        }
        state = State.RESPONDING;
        record.answered(response.upgraded() ? 101 : response.status());
        upgraded = response.upgraded();
        response.finish(pass, id, loop, client.isLowerCase());
        if (upgraded) {
            client.writeUpgrade(response.fields());
        } else {
            bodyless = response.isBodyless(request.isHead());
            client.writeHead(response.fields(), end || bodyless);
        }
        client.flush();
        if (end) {
            tunnelEnded(stream);
        } else if (bodyless) {
            responseEnded = true;
            clientDone();
        }
    }

    @Override
    public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
        int bytes = data.readableBytes();
        if (state == State.WAITING) {
            data.release();
            answerWith(Reason.BAD_GATEWAY);
            return;
        }
        if (state != State.RESPONDING || responseEnded) {
            data.release();
            stream.consume(bytes);
        } else {
            touch();
            record.wrote(bytes);
            client.writeData(data, endOfStream);
            if (client.isWritable()) {
                stream.consume(bytes);
            } else {
                owedToTunnel += bytes;
            }
        }
        if (endOfStream) {
            client.flush();
            tunnelEnded(stream);
        }
    }

    @Override
    public void trailers(MuxStream stream, Http2Headers trailers) {
        if (state == State.RESPONDING && !responseEnded) {
            client.writeTrailers(Trailers.forClient(trailers));
            client.flush();
        }
        tunnelEnded(stream);
    }

    @Override
    public void readComplete(MuxStream stream) {
        if (state == State.RESPONDING) {
            client.flush();
        }
    }

    @Override
    public void writabilityChanged(MuxStream stream) {
        upload.writabilityChanged(stream);
    }

    @Override
    public void reset(MuxStream stream, StreamException cause) {
        switch (state) {
            case WAITING -> {
                boolean lost = !stream.connection().channel().isActive();
                boolean refused = cause.errorCode() == Http2Error.REFUSED_STREAM.code();
                if (cause.initiator() == Initiator.LOCAL && !lost && !refused) {
                    log.warn("request {}: {} sent a malformed response: {}", id, connection, cause.getMessage());
                }
                failedBeforeResponse(refused, lost);
            }
            case RESPONDING -> {
                if (!responseEnded) {
                    log.debug("request {}: response broke off: {}", id, cause.getMessage());
                    client.abort();
                    finish(Outcome.BROKEN);
                }
            }
            default -> {}
        }
    }

    @Override
    public void closed(MuxStream stream) {
        if (stream != tunnel) {
            return;
        }
        if (state == State.WAITING) {
            // Closed without a word: the peer went away before it saw the stream.
            failedBeforeResponse(true, true);
        } else if (state == State.RESPONDING) {
            if (!responseEnded) {
                client.abort();
                finish(Outcome.BROKEN);
            } else {
                finish(forgiving ? Outcome.CLIENT_GONE : Outcome.COMPLETE);
            }
        }
    }

    /**
     * The tunnel stream failed before there was a response. It is sent again where that is safe: nobody has seen it, or seeing it twice does no harm.
     */
    private void failedBeforeResponse(boolean unseen, boolean lost) {
        ConnectorConnection failed = connection;
        tunnel = null;
        releaseConnection();
        boolean repeatable = !upload.isSent() && (unseen || (lost && request.isIdempotent()));
        if (repeatable && attempts < MAX_ATTEMPTS) {
            site.counters.retried();
            state = State.DECIDING;
            forward(failed);
        } else {
            answerWith(Reason.BAD_GATEWAY);
        }
    }

    private void tunnelEnded(MuxStream stream) {
        if (!responseEnded) {
            responseEnded = true;
            clientDone();
        }
        if (state != State.DONE) {
            if (stream.isLocalOpen()) {
                // The rest of the request interests nobody any more.
                stream.reset(Http2Error.CANCEL.code());
            }
            finish(forgiving ? Outcome.CLIENT_GONE : Outcome.COMPLETE);
        }
    }

    private void clientDone() {
        if (!upload.isEnded() && !upgraded) {
            client.discardRequest();
        }
    }

    // --- Answers of the edge itself ---

    private void collect(GateDecision.Serve serve) {
        state = State.COLLECTING;
        deadlineNanos = loop.nowNanos() + site.limits.idleTimeout().toNanos();
        ServiceCall call = new ServiceCall(serve, facts, id, client, loop.loop(), new ServiceCall.Outcome() {
            @Override
            public void asked() {
                deadlineNanos = loop.nowNanos() + site.limits.firstByteTimeout().toNanos();
            }

            @Override
            public void answered(EdgeResponse response) {
                if (state == State.COLLECTING) {
                    answer(response);
                }
            }

            @Override
            public void failed(Reason reason) {
                if (state == State.COLLECTING) {
                    answerWith(reason);
                }
            }
        });
        service = call;
        call.start(upload);
    }

    private void answerWith(Reason reason) {
        answer(ErrorPage.of(reason, request.fields(), id));
    }

    private void answer(EdgeResponse response) {
        if (state == State.DONE || state == State.ANSWERING) {
            return;
        }
        state = State.ANSWERING;
        dropTunnel(Http2Error.CANCEL.code());
        discardUpload();
        record.answered(response.status());
        deadlineNanos = loop.nowNanos() + site.limits.idleTimeout().toNanos();
        LocalAnswer writing = new LocalAnswer(client, loop, new LocalAnswer.Progress() {
            @Override
            public void wrote(int bytes) {
                record.wrote(bytes);
                touch();
            }

            @Override
            public void ended() {
                responseEnded = true;
                clientDone();
                finish(Outcome.ANSWERED);
            }
        });
        answer = writing;
        writing.start(response, id, request.isHead());
    }

    // --- Deadlines and the end ---

    private void touch() {
        deadlineNanos = loop.nowNanos()
                + (state == State.WAITING ? site.limits.firstByteTimeout() : site.limits.idleTimeout()).toNanos();
    }

    @Override
    void tick(long nowNanos) {
        if (nowNanos - deadlineNanos < 0) {
            return;
        }
        switch (state) {
            case DECIDING -> answerWith(Reason.DECISION_UNAVAILABLE);
            case WAITING, COLLECTING -> answerWith(Reason.TIMEOUT);
            case RESPONDING -> {
                if (!responseEnded) {
                    client.abort();
                    finish(Outcome.TIMED_OUT);
                } else {
                    finish(forgiving ? Outcome.CLIENT_GONE : Outcome.COMPLETE);
                }
            }
            default -> {
                client.abort();
                finish(Outcome.TIMED_OUT);
            }
        }
    }

    private void dropTunnel(long code) {
        MuxStream dropped = tunnel;
        tunnel = null;
        if (dropped != null) {
            dropped.reset(code);
        }
        releaseConnection();
    }

    private void releaseConnection() {
        ConnectorConnection released = connection;
        if (released != null) {
            record.servedBy(released);
            connection = null;
            released.release();
        }
    }

    private void discardUpload() {
        upload.discardKept();
        if (service != null) {
            service.discard();
        }
    }

    private void finish(Outcome outcome) {
        if (state == State.DONE) {
            return;
        }
        state = State.DONE;
        loop.unwatch(this);
        dropTunnel(Http2Error.CANCEL.code());
        discardUpload();
        if (answer != null) {
            answer.cancel();
        }
        record.ended(outcome, upload.bytes());
    }
}
