package io.tunnel4j.registration;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.UUID;

/**
 * What a connector says about itself when it registers.
 *
 * @param clientId random id of the connector process, the same on all its connections
 * @param features names of protocol features it understands
 * @param version its version
 * @param arch {@code <os>_<arch>}, e.g. {@code linux_amd64}
 */
public record ClientInfo(UUID clientId, List<String> features, String version, String arch) {
    /** Checks and copies. */
    public ClientInfo {
        requireNonNull(clientId, "clientId");
        features = List.copyOf(features);
        requireNonNull(version, "version");
        requireNonNull(arch, "arch");
    }
}
