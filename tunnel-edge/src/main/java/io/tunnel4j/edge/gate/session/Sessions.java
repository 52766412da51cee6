package io.tunnel4j.edge.gate.session;

import io.tunnel4j.edge.gate.policy.AccessIndex;
import io.tunnel4j.edge.gate.policy.Identity;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Who is logged in. Thread-safe. A token whose session is not here any more does not count. */
public final class Sessions {
    private static final int MAX_SESSIONS = 200_000;

    private final ExpiringTable<String, Identity> table;
    private final InstantSource clock;

    /**
     * Creates an empty table.
     *
     * @param clock the time
     */
    public Sessions(InstantSource clock) {
        this.clock = clock;
        this.table = new ExpiringTable<>(MAX_SESSIONS, clock);
    }

    /**
     * Remembers a login, or what has become known about it since.
     *
     * @param identity who
     */
    public void put(Identity identity) {
        table.put(identity.nonce(), identity, Duration.between(clock.instant(), identity.expiresAt()));
    }

    /**
     * Finds who a token belongs to.
     *
     * @param nonce the token's {@code identity_nonce}
     * @param index knows what is revoked
     * @return null if the session has ended or is revoked
     */
    public @Nullable Identity find(String nonce, AccessIndex index) {
        Identity identity = nonce.isEmpty() ? null : table.get(nonce);
        return identity == null || index.isRevoked(identity.email(), "", identity.createdAt()) ? null : identity;
    }

    /**
     * Ends a session: its tokens count no more.
     *
     * @param nonce names it
     */
    public void end(String nonce) {
        table.take(nonce);
    }
}
