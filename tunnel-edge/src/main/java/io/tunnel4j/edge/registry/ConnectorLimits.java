package io.tunnel4j.edge.registry;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Bounds for connectors.
 *
 * @param handshakeTimeout from accept to the end of the TLS handshake
 * @param registrationTimeout from then to an accepted registration
 * @param leaveTimeout how long streams may run on after a connector unregistered; the reference waits 3 minutes at most
 * @param pingInterval silence after which a PING is sent
 * @param pingTimeout time for its answer
 * @param maxConnections TCP connections at the listener
 * @param maxConnectionsPerAddress of those from one address
 * @param maxConnectionsPerTunnel registered connections of one tunnel
 */
public record ConnectorLimits(
        Duration handshakeTimeout,
        Duration registrationTimeout,
        Duration leaveTimeout,
        Duration pingInterval,
        Duration pingTimeout,
        int maxConnections,
        int maxConnectionsPerAddress,
        int maxConnectionsPerTunnel) {
    /** Suits a production edge. */
    public static final ConnectorLimits DEFAULT = new ConnectorLimits(
            Duration.ofSeconds(15),
            Duration.ofSeconds(15),
            Duration.ofSeconds(190),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            10_000,
            1_000,
            100);

    /** Checks. */
    public ConnectorLimits {
        requireNonNull(handshakeTimeout, "handshakeTimeout");
        requireNonNull(registrationTimeout, "registrationTimeout");
        requireNonNull(leaveTimeout, "leaveTimeout");
        requireNonNull(pingInterval, "pingInterval");
        requireNonNull(pingTimeout, "pingTimeout");
    }
}
