package io.tunnel4j;

import java.util.UUID;

/** The configuration that the edge pushes to a remotely managed tunnel. Immutable, thread-safe. */
public final class TunnelConfiguration {
    private final UUID tunnelId;
    private final int version;
    private final String json;

    TunnelConfiguration(UUID tunnelId, int version, String json) {
        this.tunnelId = tunnelId;
        this.version = version;
        this.json = json;
    }

    /**
     * Returns the tunnel.
     *
     * @return its id
     */
    public UUID tunnelId() {
        return tunnelId;
    }

    /**
     * Returns the version.
     *
     * @return grows with every change; 0 before the first
     */
    public int version() {
        return version;
    }

    /**
     * Returns the configuration.
     *
     * @return a JSON object with {@code ingress}, {@code originRequest} and {@code warp-routing}; {@code {}} when there is none
     */
    public String json() {
        return json;
    }

    @Override
    public String toString() {
        return "TunnelConfiguration[tunnelId=" + tunnelId + ", version=" + version + ", json=" + json + "]";
    }
}
