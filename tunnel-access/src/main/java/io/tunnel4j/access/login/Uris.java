package io.tunnel4j.access.login;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** URLs as peers write them, which is not always as RFC 3986 has it. */
final class Uris {
    private static final String ILLEGAL = " \"<>\\^`{|}";

    private Uris() {}

    /** Resolves a Location against the URL it came from; null if it is no URL. */
    static @Nullable URI resolve(URI base, String location) {
        try {
            URI whole = base.getRawPath().isEmpty() ? base.resolve("/") : base;
            return whole.resolve(new URI(escape(location.strip())));
        } catch (URISyntaxException | IllegalArgumentException e) {
            return null;
        }
    }

    /** Percent-encodes what may not stand in a URL at all; what may is left, also wrong percent signs. */
    private static String escape(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            int c = b & 0xff;
            if (c <= ' ' || c >= 0x7f || ILLEGAL.indexOf(c) >= 0) {
                out.append(String.format(Locale.ROOT, "%%%02X", c));
            } else {
                out.append((char) c);
            }
        }
        return out.toString();
    }

    static boolean isHttps(URI uri) {
        return "https".equalsIgnoreCase(uri.getScheme()) && uri.getHost() != null;
    }

    static int port(URI uri) {
        return uri.getPort() < 0 ? 443 : uri.getPort();
    }

    /** Returns the host for a person, without what may be secret in a URL. */
    static String name(URI uri) {
        String host = uri.getHost();
        return host == null ? String.valueOf(uri.getRawAuthority()) : host;
    }

    /** Same host, ignoring case. */
    static boolean sameHost(URI uri, String host) {
        return host.equalsIgnoreCase(uri.getHost());
    }

    /** What a peer wrote, for a message: printable, not too long. */
    static String printable(String text) {
        String clean = text.replaceAll("[^\\x20-\\x7e]", "?");
        return clean.length() <= 128 ? clean : clean.substring(0, 128) + "...";
    }
}
