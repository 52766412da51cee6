package io.tunnel4j.transport;

import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** One place where roots come from. Implementations are thread-safe. */
@FunctionalInterface
interface TrustSource {
    /**
     * Returns a trust manager for the roots as they are now.
     *
     * @return the trust manager, or null when this place has no roots
     */
    @Nullable
    X509ExtendedTrustManager current();
}
