package io.tunnel4j.edge.registry;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.ScheduledFuture;
import io.tunnel4j.TunnelException;
import io.tunnel4j.edge.registry.TunnelDirectory.KnownTunnel;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.registration.ConnectionAnswer;
import io.tunnel4j.registration.ConnectionRequest;
import io.tunnel4j.registration.RegistrationHandler;
import io.tunnel4j.registration.RegistrationServer;
import io.tunnel4j.wire.ResponseHeaders;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One TCP connection of a connector from the end of its TLS handshake on: HTTP/2 with this side as the client, the control stream first, then
 * whatever the registry sends over it.
 *
 * <p>Confined to the connection's event loop.
 */
final class ConnectorSession implements ConnectionListener, RegistrationHandler {
    /** What the serialised field may have, and the few others beside it. */
    private static final int MAX_RESPONSE_HEAD_BYTES = ResponseHeaders.MAX_BYTES + (64 << 10);

    /** The reference passes on up to 10 MiB of an origin's fields, which base64 makes a third longer: too much, but only for the one request. */
    private static final int MAX_HEADER_BLOCK_BYTES = 16 << 20;

    /** Before a connector has proved itself it has little to say. */
    private static final int FIRST_HEADER_BLOCK_BYTES = 64 << 10;

    private static final Logger log = LoggerFactory.getLogger(ConnectorSession.class);

    /** After a refusal the connector ends the control stream at once; one that does not is not waited for. */
    private static final long REFUSAL_LINGER_SECONDS = 2;

    private final ConnectorListener owner;
    private final InetSocketAddress remote;
    private final MuxConnection mux;
    private @Nullable ScheduledFuture<?> registrationDeadline;
    private @Nullable ConnectorConnection connection;
    private boolean refused;

    private ConnectorSession(ConnectorListener owner, Channel channel, InetSocketAddress remote) {
        this.owner = owner;
        this.remote = remote;
        ConnectorLimits limits = owner.limits();
        MuxConfig config = MuxConfig.builder(Role.CLIENT)
                .ping(limits.pingInterval(), limits.pingTimeout())
                .reserve(owner.windows())
                .maxHeaderListBytes(MAX_RESPONSE_HEAD_BYTES)
                .maxHeaderBlockBytes(FIRST_HEADER_BLOCK_BYTES)
                .build();
        this.mux = MuxConnection.start(channel, config, this);
    }

    static void start(ConnectorListener owner, Channel channel, InetSocketAddress remote) {
        ConnectorSession session = new ConnectorSession(owner, channel, remote);
        if (channel.isActive()) {
            session.awaitRegistration(owner.limits().registrationTimeout());
        }
    }

    private void awaitRegistration(Duration timeout) {
        registrationDeadline = mux.eventLoop()
                .schedule(
                        () -> mux.close(Http2Error.NO_ERROR.code(), "not registered in time"),
                        timeout.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    @Override
    public void ready(MuxConnection ready) {
        try {
            RegistrationServer.open(ready, this);
        } catch (ConnectionException e) {
            ready.close(Http2Error.NO_ERROR.code(), "no control stream");
        }
    }

    @Override
    public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
        // Cannot happen in client role: the codec refuses streams of a server.
        stream.reset(Http2Error.REFUSED_STREAM.code());
        return DISCARD;
    }

    @Override
    public void goAwayReceived(MuxConnection goes, int lastStreamId, long errorCode, String debugText) {
        leave();
    }

    @Override
    public void closed(MuxConnection gone, ConnectionException cause) {
        cancelDeadline();
        owner.sessionClosed(remote);
        ConnectorConnection registered = connection;
        if (registered != null) {
            registered.closed();
            owner.registry().remove(registered);
            log.info("{} closed: {}", registered, cause.getMessage());
            owner.events().closed(registered, String.valueOf(cause.getMessage()));
        }
    }

    // --- The control stream ---

    @Override
    public CompletionStage<ConnectionAnswer> registerConnection(ConnectionRequest request) {
        ConnectionAnswer answer = decide(request);
        if (answer instanceof ConnectionAnswer.Refused refusal) {
            refused = true;
            log.info("connector {} from {} refused: {}", request.client().clientId(), remote, refusal.cause());
            owner.events().refused(remote, refusal.cause());
            mux.eventLoop()
                    .schedule(
                            () -> mux.close(Http2Error.NO_ERROR.code(), "refused"),
                            REFUSAL_LINGER_SECONDS,
                            TimeUnit.SECONDS);
        }
        return CompletableFuture.completedFuture(answer);
    }

    private ConnectionAnswer decide(ConnectionRequest request) {
        KnownTunnel tunnel = owner.directory().find(request.tunnelId());
        // Which of the three does not fit is nobody's business; so all three are always looked at.
        boolean secret = tunnel != null && tunnel.isSecret(request.tunnelSecret());
        boolean account = tunnel != null && tunnel.accountTag().equals(request.accountTag());
        if (tunnel == null || !secret || !account) {
            return ConnectionAnswer.Refused.unauthorized();
        }
        if (owner.isDraining()) {
            return new ConnectionAnswer.Refused("edge is shutting down", true, Duration.ofSeconds(1));
        }
        ConnectorConnection candidate = new ConnectorConnection(
                request.tunnelId(),
                request.client(),
                request.connectionIndex(),
                mux,
                remote,
                owner.clock().instant());
        return switch (owner.registry().add(candidate)) {
            case DUPLICATE -> ConnectionAnswer.Refused.duplicate();
            case TUNNEL_FULL ->
                new ConnectionAnswer.Refused("too many connections for this tunnel", true, Duration.ofSeconds(30));
            case ADMITTED -> admitted(candidate, tunnel);
        };
    }

    private ConnectionAnswer admitted(ConnectorConnection admitted, KnownTunnel tunnel) {
        cancelDeadline();
        connection = admitted;
        mux.maxHeaderBlockBytes(MAX_HEADER_BLOCK_BYTES);
        log.info(
                "{} registered from {}, version {}",
                admitted,
                remote,
                admitted.client().version());
        owner.events().registered(admitted);
        if (tunnel.isRemotelyManaged()) {
            // After the answer, which is written when this returns.
            mux.eventLoop().execute(() -> owner.push(admitted));
        }
        return new ConnectionAnswer.Accepted(admitted.id(), owner.location(), tunnel.isRemotelyManaged());
    }

    @Override
    public void updateLocalConfiguration(byte[] json) {
        ConnectorConnection registered = connection;
        if (registered == null) {
            return;
        }
        String text = new String(json, StandardCharsets.UTF_8);
        ConnectorRecord record = owner.registry().connector(registered.client().clientId());
        if (record != null) {
            record.localConfiguration(text);
        }
        owner.events().localConfiguration(registered, text);
    }

    @Override
    public void unregisterConnection() {
        leave();
    }

    private void leave() {
        ConnectorConnection registered = connection;
        if (registered != null) {
            owner.registry().withdraw(registered);
            if (registered.leave(owner.limits().leaveTimeout())) {
                log.info("{} leaves", registered);
                owner.events().leaving(registered);
            }
        }
    }

    @Override
    public void ended(@Nullable TunnelException cause) {
        if (refused || connection == null) {
            // Only the end of the TCP connection makes the reference connector try again.
            mux.eventLoop().execute(() -> mux.close(Http2Error.NO_ERROR.code(), "control stream ended"));
        } else {
            // Without a control stream nobody can say goodbye: let streams finish and have the connector dial again.
            leave();
        }
    }

    private void cancelDeadline() {
        ScheduledFuture<?> deadline = registrationDeadline;
        if (deadline != null) {
            deadline.cancel(false);
            registrationDeadline = null;
        }
    }

    private static final StreamListener DISCARD = new StreamListener() {
        @Override
        public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
            data.release();
        }

        @Override
        public void trailers(MuxStream stream, Http2Headers trailers) {}

        @Override
        public void reset(MuxStream stream, StreamException cause) {}
    };
}
