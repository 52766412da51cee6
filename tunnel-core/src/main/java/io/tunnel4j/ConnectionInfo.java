package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/** A registered connection to the edge, as it was when asked. Immutable. */
public final class ConnectionInfo {
    private final int index;
    private final UUID connectionId;
    private final InetSocketAddress edgeAddress;
    private final String location;
    private final Instant since;
    private final int streams;
    private final Duration roundTrip;

    private ConnectionInfo(Builder builder) {
        index = builder.index;
        connectionId = builder.connectionId;
        edgeAddress = builder.edgeAddress;
        location = builder.location;
        since = builder.since;
        streams = builder.streams;
        roundTrip = builder.roundTrip;
    }

    static Builder builder(int index, UUID connectionId) {
        return new Builder(index, connectionId);
    }

    /**
     * Returns which of the connector's connections this is.
     *
     * @return 0 to {@link ConnectorConfig#haConnections()} - 1
     */
    public int index() {
        return index;
    }

    /**
     * Returns the edge's id for the connection.
     *
     * @return an id to quote to the edge's operator
     */
    public UUID connectionId() {
        return connectionId;
    }

    /**
     * Returns where the edge was reached.
     *
     * @return address and port
     */
    public InetSocketAddress edgeAddress() {
        return edgeAddress;
    }

    /**
     * Returns the edge's site.
     *
     * @return a short name such as {@code fra07}; empty when the edge tells none
     */
    public String location() {
        return location;
    }

    /**
     * Returns when the connection was registered.
     *
     * @return a wall-clock time
     */
    public Instant since() {
        return since;
    }

    /**
     * Returns how many requests, WebSockets and TCP streams are open on it.
     *
     * @return 0 or more
     */
    public int streams() {
        return streams;
    }

    /**
     * Returns the round trip to the edge, smoothed.
     *
     * @return zero before the first measurement
     */
    public Duration roundTrip() {
        return roundTrip;
    }

    @Override
    public String toString() {
        return "ConnectionInfo[index=" + index + ", edgeAddress=" + edgeAddress + ", location=" + location + ", since="
                + since + ", streams=" + streams + "]";
    }

    /** Collects the parts. Not thread-safe. */
    static final class Builder {
        private final int index;
        private final UUID connectionId;
        private InetSocketAddress edgeAddress = InetSocketAddress.createUnresolved("", 0);
        private String location = "";
        private Instant since = Instant.EPOCH;
        private int streams;
        private Duration roundTrip = Duration.ZERO;

        private Builder(int index, UUID connectionId) {
            this.index = index;
            this.connectionId = requireNonNull(connectionId, "connectionId");
        }

        Builder edge(InetSocketAddress address, String site) {
            edgeAddress = address;
            location = site;
            return this;
        }

        Builder since(Instant instant) {
            since = instant;
            return this;
        }

        Builder traffic(int openStreams, Duration smoothedRoundTrip) {
            streams = openStreams;
            roundTrip = smoothedRoundTrip;
            return this;
        }

        ConnectionInfo build() {
            return new ConnectionInfo(this);
        }
    }
}
