package io.tunnel4j.supervisor;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.discovery.EdgeAddress;
import io.tunnel4j.ingress.StreamKind;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.registration.ConnectionAnswer;
import io.tunnel4j.registration.ConnectionRequest;
import io.tunnel4j.registration.RegistrationClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the edge, from dialling to its end. It is used once.
 *
 * <pre>
 *   DIALLING ──TLS up──► REGISTERING ──accepted──► READY ──drain──► DRAINING
 *       └────────────────────┴────────────────────────┴───────────────┴────► CLOSED
 * </pre>
 *
 * <p>Confined to its event loop, but for {@link #open}, {@link #drain}, {@link #probe}, {@link #close} and {@link #status}.
 */
final class EdgeConnection implements ConnectionListener {
    private static final Logger log = LoggerFactory.getLogger(EdgeConnection.class);

    /** How long the edge may take to open the control stream. */
    static final Duration CONTROL_STREAM_LIMIT = Duration.ofSeconds(15);

    /** Quiet after the edge has acknowledged the unregistration: requests it had under way elsewhere still arrive. */
    static final Duration QUIET = Duration.ofSeconds(1);

    private static final long DRAIN_TICK_MILLIS = 10;

    private enum State {
        DIALLING,
        REGISTERING,
        READY,
        DRAINING,
        CLOSED
    }

    /** Hears what becomes of a connection, on its event loop. */
    interface Owner {
        /** The edge speaks the protocol so far; registration follows. */
        default void controlStreamOpened(EdgeConnection connection) {}

        void registered(EdgeConnection connection);

        void goesAway(EdgeConnection connection);

        /** Comes once, last. */
        void ended(EdgeConnection connection, boolean wasReady, ConnectionFailure failure);
    }

    private final Links links;
    private final int index;
    private final EdgeAddress address;
    private final int previousAttempts;
    private final EventLoop loop;
    private final Owner owner;

    private State state = State.DIALLING;
    private boolean wasReady;
    private @Nullable Channel channel;
    private volatile @Nullable MuxConnection mux;
    private volatile @Nullable Registered registered;
    private @Nullable RegistrationClient registration;
    private boolean controlStreamOpen;
    private @Nullable ScheduledFuture<?> deadline;
    private @Nullable ConnectionFailure failure;
    private long cut;
    private long quietSinceNanos;

    private record Registered(ConnectionAnswer.Accepted answer, Instant since) {}

    EdgeConnection(Links links, int index, EdgeAddress address, int previousAttempts, EventLoop loop, Owner owner) {
        this.links = links;
        this.index = index;
        this.address = address;
        this.previousAttempts = previousAttempts;
        this.loop = loop;
        this.owner = owner;
    }

    // --- Opening ---

    void open() {
        loop.execute(() -> {
            if (state == State.CLOSED) {
                return;
            }
            links.dialer()
                    .connect(loop, address.socket(), new EdgeInitializer(this, links.tls()))
                    .addListener(this::dialled);
        });
    }

    /** The pipeline has been made: TLS goes in before the connection is there. */
    void prepared(Channel made, Future<Channel> handshake) {
        channel = made;
        handshake.addListener(this::handshakeDone);
    }

    private void dialled(Future<? super Channel> connect) {
        if (!connect.isSuccess()) {
            end(ConnectionFailure.ofConnect(address, links.config(), connect.cause()));
        } else if (state == State.CLOSED) {
            closeChannel();
        }
    }

    /** HTTP/2 starts here and not in the initializer: bytes written earlier would precede the handshake. */
    private void handshakeDone(Future<? super Channel> handshake) {
        Channel up = channel;
        if (state == State.CLOSED || up == null) {
            return;
        }
        if (!handshake.isSuccess()) {
            end(ConnectionFailure.ofHandshake(address, handshake.cause()));
            return;
        }
        transitionTo(State.REGISTERING);
        deadline = loop.schedule(
                () -> end(ConnectionFailure.noControlStream(address, CONTROL_STREAM_LIMIT)),
                CONTROL_STREAM_LIMIT.toSeconds(),
                TimeUnit.SECONDS);
        mux = MuxConnection.start(up, links.muxConfig(), this);
    }

    // --- Streams ---

    @Override
    public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
        StreamKind kind = StreamKind.of(head);
        if (kind != StreamKind.CONTROL_STREAM) {
            return links.router().route(kind, stream, head, endOfStream);
        }
        if (registration != null) {
            throw new IllegalStateException("a second control stream on one connection");
        }
        RegistrationClient client =
                new RegistrationClient(stream, links.config().rpcTimeout());
        registration = client;
        controlStreamOpen = true;
        cancelDeadline();
        owner.controlStreamOpened(this);
        client.ended().thenRun(() -> controlStreamOpen = false);
        counted("register_connection", client.register(request())).whenComplete(this::answered);
        return client;
    }

    private <T> CompletionStage<T> counted(String method, CompletionStage<T> call) {
        long start = links.environment().ticker().nanos();
        // Beside the caller's own reaction and not before it, which would wrap a failure in another.
        call.whenComplete((answer, problem) -> links.listener()
                .rpcEnded(
                        method,
                        problem == null && !(answer instanceof ConnectionAnswer.Refused),
                        links.environment().ticker().nanos() - start));
        return call;
    }

    private ConnectionRequest request() {
        ConnectionRequest.Builder request = links.request(index).previousAttempts(previousAttempts);
        Channel up = channel;
        if (up != null && up.localAddress() instanceof InetSocketAddress local) {
            InetAddress ip = local.getAddress();
            request.originLocalIp(ip);
        }
        return request.build();
    }

    private void answered(@Nullable ConnectionAnswer answer, @Nullable Throwable problem) {
        if (state != State.REGISTERING) {
            return;
        }
        if (answer instanceof ConnectionAnswer.Accepted accepted) {
            registered = new Registered(accepted, links.environment().clock().instant());
            wasReady = true;
            transitionTo(State.READY);
            reportLocalRules(accepted);
            owner.registered(this);
        } else if (answer instanceof ConnectionAnswer.Refused refused) {
            end(ConnectionFailure.ofRefusal(address, refused));
        } else {
            TunnelException cause = problem instanceof TunnelException tunnel
                    ? tunnel
                    : new TunnelException(TunnelErrorCode.EDGE_PROTOCOL, "registration failed", problem);
            end(ConnectionFailure.ofRegistration(address, cause));
        }
    }

    private void reportLocalRules(ConnectionAnswer.Accepted accepted) {
        RegistrationClient client = registration;
        if (index != 0 || accepted.remotelyManaged() || client == null) {
            return;
        }
        counted("update_local_configuration", client.updateLocalConfiguration(links.localRules()))
                .whenComplete((done, problem) -> {
                    if (problem != null) {
                        log.warn("{} the edge did not take the local rules: {}", this, problem.getMessage());
                    }
                    links.listener().localConfigurationReported(problem == null);
                });
    }

    // --- ConnectionListener ---

    @Override
    public void goAwayReceived(MuxConnection connection, int lastStreamId, long errorCode, String debugText) {
        if (state == State.READY) {
            owner.goesAway(this);
        }
    }

    @Override
    public void closed(MuxConnection connection, ConnectionException cause) {
        end(ConnectionFailure.ofEnd(address, cause));
    }

    // --- Ending ---

    private void end(ConnectionFailure why) {
        if (state == State.CLOSED) {
            return;
        }
        cancelDeadline();
        transitionTo(State.CLOSED);
        ConnectionFailure first = failure == null ? why : failure;
        closeChannel();
        owner.ended(this, wasReady, first);
    }

    private void closeChannel() {
        MuxConnection up = mux;
        Channel made = channel;
        if (up != null) {
            up.close(0, "closing");
        } else if (made != null) {
            EdgeTls.abandon(made);
        }
    }

    /** Closes at once; running streams are reset. */
    void close() {
        loop.execute(() -> {
            failure = new ConnectionFailure(
                    new TunnelException(TunnelErrorCode.TERMINATED, "the connector closed the connection"),
                    false,
                    false,
                    false,
                    Duration.ZERO);
            end(failure);
        });
    }

    /**
     * Asks the edge for no new streams, serves what arrives all the same, and closes the connection when it is quiet; at the deadline
     * what still runs is reset.
     */
    void drain(Duration grace) {
        loop.execute(() -> startDrain(grace));
    }

    private void startDrain(Duration grace) {
        RegistrationClient client = registration;
        MuxConnection up = mux;
        if (state == State.DRAINING) {
            hasten(grace);
            return;
        }
        if (state == State.CLOSED) {
            return;
        }
        if (state != State.READY || client == null || up == null) {
            close();
            return;
        }
        transitionTo(State.DRAINING);
        deadline = loop.schedule(this::cutRemaining, grace.toNanos(), TimeUnit.NANOSECONDS);
        quietSinceNanos = Long.MAX_VALUE;
        if (controlStreamOpen) {
            counted("unregister_connection", client.unregister(grace)).whenComplete((done, problem) -> awaitQuiet());
        } else {
            awaitQuiet();
        }
    }

    /** The whole connector ends sooner than this connection, which the edge had sent away, would have had to. */
    private void hasten(Duration grace) {
        ScheduledFuture<?> running = deadline;
        if (running != null && running.getDelay(TimeUnit.NANOSECONDS) > grace.toNanos()) {
            running.cancel(false);
            deadline = loop.schedule(this::cutRemaining, grace.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void awaitQuiet() {
        if (state != State.DRAINING) {
            return;
        }
        long now = links.environment().ticker().nanos();
        if (requestStreams() > 0) {
            quietSinceNanos = Long.MAX_VALUE;
        } else if (quietSinceNanos == Long.MAX_VALUE) {
            quietSinceNanos = now;
        } else if (now - quietSinceNanos >= QUIET.toNanos()) {
            MuxConnection up = mux;
            if (up != null) {
                up.drain(Duration.ofSeconds(1));
            }
            return;
        }
        loop.schedule(this::awaitQuiet, DRAIN_TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void cutRemaining() {
        MuxConnection up = mux;
        if (state == State.DRAINING && up != null) {
            cut = requestStreams();
            if (cut > 0) {
                log.warn("{} {} streams cut at the end of the grace period", this, cut);
            }
            up.drain(Duration.ZERO);
        }
    }

    /** Streams that were cut; complete when {@link Owner#ended} has been called. */
    long cut() {
        return cut;
    }

    private int requestStreams() {
        MuxConnection up = mux;
        return up == null ? 0 : Math.max(0, up.activeStreams() - (controlStreamOpen ? 1 : 0));
    }

    /** Asks the edge whether it lives, with a short deadline. */
    void probe() {
        loop.execute(() -> {
            MuxConnection up = mux;
            if (up != null && state == State.READY) {
                up.probe(Supervisor.PROBE_LIMIT);
            }
        });
    }

    private void cancelDeadline() {
        ScheduledFuture<?> running = deadline;
        if (running != null) {
            running.cancel(false);
            deadline = null;
        }
    }

    private void transitionTo(State next) {
        assert loop.inEventLoop();
        assert state != State.CLOSED;
        log.debug("{} {} -> {}", this, state, next);
        state = next;
    }

    // --- Snapshot ---

    int index() {
        return index;
    }

    EdgeAddress address() {
        return address;
    }

    /** The connection as it is now; only after {@link Owner#registered}. Thread-safe. */
    ConnectionStatus status() {
        Registered now = registered;
        MuxConnection up = mux;
        if (now == null || up == null) {
            throw new IllegalStateException("connection " + index + " is not registered");
        }
        return new ConnectionStatus(
                index,
                now.answer().connectionId(),
                address.socket(),
                now.answer().location(),
                now.since(),
                Math.max(0, up.activeStreams() - 1),
                up.roundTripNanos());
    }

    @Override
    public String toString() {
        Registered now = registered;
        return "[conn " + index + (now == null ? "" : " " + now.answer().location()) + "]";
    }
}
