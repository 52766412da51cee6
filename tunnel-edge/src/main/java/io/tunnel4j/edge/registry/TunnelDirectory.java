package io.tunnel4j.edge.registry;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the registry asks about tunnels. Thread-safe; called on event loops, so it answers at once. */
@FunctionalInterface
public interface TunnelDirectory {
    /**
     * Looks a tunnel up.
     *
     * @param tunnelId its id
     * @return the tunnel as it is now; null if there is none, or it is deleted
     */
    @Nullable
    KnownTunnel find(UUID tunnelId);

    /** A tunnel that connectors may join. */
    interface KnownTunnel {
        /**
         * Returns the account that owns it.
         *
         * @return the account tag
         */
        String accountTag();

        /**
         * Compares in constant time.
         *
         * @param secret what a connector sent
         * @return true if it is the tunnel's secret
         */
        boolean isSecret(byte[] secret);

        /**
         * Tells who says which origins it has.
         *
         * @return true if the edge pushes the configuration
         */
        boolean isRemotelyManaged();

        /**
         * Returns the configuration to push.
         *
         * @return version and content; null if there is none (yet)
         */
        @Nullable
        PushedConfiguration configuration();
    }
}
