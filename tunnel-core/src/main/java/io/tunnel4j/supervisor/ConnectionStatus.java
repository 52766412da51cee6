package io.tunnel4j.supervisor;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.UUID;

/**
 * A registered connection at a moment.
 *
 * @param index connection index
 * @param connectionId the edge's id for it
 * @param address where the edge is
 * @param location the edge's site
 * @param since when it was registered
 * @param streams open requests and streams
 * @param roundTripNanos smoothed round trip, 0 before the first measurement
 */
public record ConnectionStatus(
        int index,
        UUID connectionId,
        InetSocketAddress address,
        String location,
        Instant since,
        int streams,
        long roundTripNanos) {}
