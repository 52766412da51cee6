package io.tunnel4j.discovery;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whom to ask for the edge's addresses.
 *
 * @param systemUrl the first resolver as JNDI names it, {@code dns://host:port}; {@code dns:} is the system's
 * @param fallback a resolver over TLS for when the first fails
 * @param fallbackName the name in its certificate
 * @param fallbackTrust whom to trust for it; null for the system's roots
 */
public record DnsServers(
        String systemUrl,
        InetSocketAddress fallback,
        String fallbackName,
        @Nullable X509TrustManager fallbackTrust) {
    /** Checks. */
    public DnsServers {
        requireNonNull(systemUrl, "systemUrl");
        requireNonNull(fallback, "fallback");
        requireNonNull(fallbackName, "fallbackName");
    }

    /**
     * Returns the system's resolver, and 1.1.1.1 over TLS.
     *
     * @return the servers the reference connector asks
     */
    public static DnsServers system() {
        return new DnsServers("dns:", new InetSocketAddress("1.1.1.1", 853), "cloudflare-dns.com", null);
    }
}
