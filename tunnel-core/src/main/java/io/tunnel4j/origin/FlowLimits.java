package io.tunnel4j.origin;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.OriginOptions;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.time.Duration;

/**
 * How streams of the tcp kind, to private addresses, are served ({@code warp-routing}). Immutable.
 *
 * @param dialling how their destinations are dialled: {@code connectTimeout} and {@code tcpKeepAlive} count
 * @param maxActive how many there may be at a time unless the connector itself has a limit; 0 for no limit
 */
public record FlowLimits(OriginOptions dialling, int maxActive) {
    /** The reference's: 5 s to connect, probes every 30 s, any number. */
    public static final FlowLimits DEFAULT = new FlowLimits(
            OriginOptions.builder().connectTimeout(Duration.ofSeconds(5)).build(), 0);

    /** Checks. */
    public FlowLimits {
        requireNonNull(dialling, "dialling");
        if (maxActive < 0) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION, "maxActiveFlows: " + maxActive + " (expected: 0 or more)");
        }
    }
}
