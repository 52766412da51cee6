package io.tunnel4j.edge;

import io.tunnel4j.edge.registry.PushedConfiguration;
import io.tunnel4j.edge.registry.TunnelDirectory;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.Tunnel;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Tells the registry what the state knows about tunnels. Thread-safe. */
final class StateDirectory implements TunnelDirectory {
    private final EdgeState state;

    StateDirectory(EdgeState state) {
        this.state = state;
    }

    @Override
    public @Nullable KnownTunnel find(UUID tunnelId) {
        return state.current().tunnel(tunnelId).map(Known::new).orElse(null);
    }

    private final class Known implements KnownTunnel {
        private final Tunnel tunnel;

        Known(Tunnel tunnel) {
            this.tunnel = tunnel;
        }

        @Override
        public String accountTag() {
            return tunnel.accountTag();
        }

        @Override
        public boolean isSecret(byte[] secret) {
            return tunnel.hasSecret(secret);
        }

        @Override
        public boolean isRemotelyManaged() {
            return tunnel.isRemotelyManaged();
        }

        @Override
        public @Nullable PushedConfiguration configuration() {
            return state.current()
                    .configuration(tunnel.id())
                    .map(c -> new PushedConfiguration(c.version(), c.json()))
                    .orElse(null);
        }
    }
}
