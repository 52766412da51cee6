package io.tunnel4j.edge.gate.policy;

import io.tunnel4j.edge.exchange.EdgeRequest;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Knows in which state the client's device is. Thread-safe; must not block. */
@FunctionalInterface
public interface DevicePosture {
    /** Knows nothing: rules about devices let nobody in. */
    DevicePosture NONE = request -> null;

    /**
     * Finds the checks that a device passes.
     *
     * @param request from that device
     * @return ids of the checks; null if nothing is known about the device
     */
    @Nullable
    Set<String> passed(EdgeRequest request);
}
