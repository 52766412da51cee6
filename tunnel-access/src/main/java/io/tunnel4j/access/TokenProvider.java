package io.tunnel4j.access;

import java.net.URI;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection gets the app token of its application from.
 *
 * <p>Implementations are thread-safe and never block their caller: files, locks, HTTP and prompts are for another thread. What a stage throws is a
 * {@link io.tunnel4j.TunnelException}.
 */
public interface TokenProvider {
    /**
     * Looks for a token that is at hand, without a request to anybody.
     *
     * @param application the application's URL, scheme {@code https}
     * @return a token that has not expired; null when there is none
     */
    CompletionStage<@Nullable AccessToken> cached(URI application);

    /**
     * Gets a token: from the cache, silently with the session of the team, or by asking the person. However many callers wait, one login
     * is in flight for an application.
     *
     * @param application the application's URL, scheme {@code https}
     * @param refused the token the edge has just refused, which is not to be given out again; null when none was sent
     * @return a token; fails with the reason, e.g. {@link io.tunnel4j.TunnelErrorCode#NOT_AN_ACCESS_APPLICATION} or
     *     {@link io.tunnel4j.TunnelErrorCode#LOGIN_DECLINED}
     */
    CompletionStage<AccessToken> obtain(URI application, @Nullable AccessToken refused);

    /**
     * Gets a token for a target. Default: by its URL alone; who asks the edge for it also heeds {@link AccessTarget#connectTo}.
     *
     * @param target the application
     * @param refused as in {@link #obtain(URI, AccessToken)}
     * @return as there
     */
    default CompletionStage<AccessToken> obtain(AccessTarget target, @Nullable AccessToken refused) {
        return obtain(target.uri(), refused);
    }
}
