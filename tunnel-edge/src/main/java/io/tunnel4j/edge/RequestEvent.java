package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One finished public request, for access logs. Immutable, thread-safe. Holds no header field and no query: they may be secrets.
 */
public final class RequestEvent {
    private final String id;
    private final Instant at;
    private final Party client;
    private final Target target;
    private final Result result;
    private final @Nullable UUID tunnelId;
    private final @Nullable UUID connectorId;

    /** How a request ended. */
    public enum Outcome {
        /** The origin's response went through to its end. */
        COMPLETE,
        /** The edge answered itself: refusals, login, error pages. */
        ANSWERED,
        /** The client went away first. */
        CLIENT_GONE,
        /** The response broke off because origin, connector or its connection failed. */
        BROKEN,
        /** Nothing came for too long. */
        TIMED_OUT
    }

    /**
     * Who asked.
     *
     * @param address the client's address
     * @param protocol e.g. {@code HTTP/2}
     */
    public record Party(InetSocketAddress address, String protocol) {}

    /**
     * What was asked for.
     *
     * @param method e.g. {@code GET}
     * @param host without port
     * @param path without the query
     */
    public record Target(String method, String host, String path) {}

    /**
     * What came of it.
     *
     * @param outcome how it ended
     * @param status of the response; 0 if there was none
     * @param requestBytes of the body
     * @param responseBytes of the body
     * @param firstByte time to the response's head; equal to {@code total} if there was none
     * @param total time to the end
     */
    public record Result(
            Outcome outcome, int status, long requestBytes, long responseBytes, Duration firstByte, Duration total) {}

    /**
     * Makes an event.
     *
     * @param id request id
     * @param at when the request came
     * @param client who asked
     * @param target what was asked for
     * @param result what came of it
     * @param tunnelId tunnel that served it; null if none did
     * @param connectorId connector that served it; null if none did
     */
    public RequestEvent(
            String id,
            Instant at,
            Party client,
            Target target,
            Result result,
            @Nullable UUID tunnelId,
            @Nullable UUID connectorId) {
        this.id = requireNonNull(id, "id");
        this.at = requireNonNull(at, "at");
        this.client = requireNonNull(client, "client");
        this.target = requireNonNull(target, "target");
        this.result = requireNonNull(result, "result");
        this.tunnelId = tunnelId;
        this.connectorId = connectorId;
    }

    /**
     * Returns the request id.
     *
     * @return also the value of {@code Cf-Ray} in the response and at the origin
     */
    public String id() {
        return id;
    }

    /**
     * Returns when the request came.
     *
     * @return the time
     */
    public Instant at() {
        return at;
    }

    /**
     * Returns who asked.
     *
     * @return the client
     */
    public Party client() {
        return client;
    }

    /**
     * Returns what was asked for.
     *
     * @return the target
     */
    public Target target() {
        return target;
    }

    /**
     * Returns what came of it.
     *
     * @return the result
     */
    public Result result() {
        return result;
    }

    /**
     * Returns the tunnel that served it.
     *
     * @return its id; null if none did
     */
    public @Nullable UUID tunnelId() {
        return tunnelId;
    }

    /**
     * Returns the connector that served it.
     *
     * @return its id; null if none did
     */
    public @Nullable UUID connectorId() {
        return connectorId;
    }

    @Override
    public String toString() {
        return at + " " + client.address().getHostString() + " " + target.method() + " " + target.host() + target.path()
                + " " + result.status() + " " + result.outcome() + " " + id;
    }
}
