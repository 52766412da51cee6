package io.tunnel4j.access.store;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What to do for an app token, given what is at hand and the time. */
public enum TokenPlan {
    /** The app token is good. */
    USE,
    /** The app token is good, but ends soon and can be renewed without asking anybody. */
    USE_AND_RENEW,
    /** The org token buys a new app token. */
    EXCHANGE,
    /** A person must log in. */
    LOGIN;

    /** A token is renewed when a tenth of its life is left, but no earlier than this before its end. */
    public static final Duration RENEW_AHEAD = Duration.ofMinutes(5);

    private static final int LIFE_SHARE = 10;

    /**
     * Decides.
     *
     * @param app the app token, known to be for the application; null if there is none
     * @param org the team's org token; null if there is none
     * @param now the time to judge by
     * @return what to do
     */
    public static TokenPlan decide(@Nullable StoredToken app, @Nullable StoredToken org, Instant now) {
        boolean orgIsGood = org != null && !org.isExpired(now);
        if (app == null || app.isExpired(now)) {
            return orgIsGood ? EXCHANGE : LOGIN;
        }
        return orgIsGood && endsSoon(app, now) ? USE_AND_RENEW : USE;
    }

    /**
     * Tells whether a token is near its end.
     *
     * @param app the token
     * @param now the time to judge by
     * @return true in the last tenth of its life, at most {@link #RENEW_AHEAD}; false if it does not say when that began
     */
    public static boolean endsSoon(StoredToken app, Instant now) {
        long left = app.expiresAt() - now.getEpochSecond();
        if (left > RENEW_AHEAD.toSeconds()) {
            return false;
        }
        long life = app.expiresAt() - app.issuedAt();
        return app.issuedAt() > 0 && left <= life / LIFE_SHARE;
    }
}
