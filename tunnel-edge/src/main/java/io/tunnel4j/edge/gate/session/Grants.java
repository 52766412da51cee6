package io.tunnel4j.edge.gate.session;

import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** One-time codes by which the team domain hands a login over to an application's host. Thread-safe. */
public final class Grants {
    private static final int MAX_GRANTS = 50_000;
    private static final Duration LIFETIME = Duration.ofSeconds(60);

    private final ExpiringTable<String, Grant> table;
    private final RandomText random;

    /**
     * Creates an empty table.
     *
     * @param clock the time
     * @param random where codes come from
     */
    public Grants(InstantSource clock, RandomText random) {
        this.table = new ExpiringTable<>(MAX_GRANTS, clock);
        this.random = random;
    }

    /**
     * Makes a code.
     *
     * @param grant what it stands for
     * @return the code, good for a minute
     */
    public String issue(Grant grant) {
        String code = random.next();
        table.put(code, grant, LIFETIME);
        return code;
    }

    /**
     * Takes a code in, whether it turns out to be good or not.
     *
     * @param code as the browser brought it
     * @return what it stands for; null if it does not exist, is used or is too old
     */
    public @Nullable Grant redeem(String code) {
        return table.take(code);
    }

    /**
     * What a code stands for.
     *
     * @param identityNonce who has logged in
     * @param audience to which application
     * @param destination which of the application's destinations
     * @param origin scheme, host and port of the application as the browser addressed it
     * @param redirectPath where to go on, path and query
     * @param appSession fingerprint of the cookie that the browser must bring along
     */
    public record Grant(
            String identityNonce,
            String audience,
            String destination,
            String origin,
            String redirectPath,
            String appSession) {}
}
