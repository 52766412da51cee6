package io.tunnel4j.access.relay;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * How the edge answered an upgrade.
 *
 * @param status HTTP status
 * @param location the Location field, if any
 * @param carrier what the WebSocket goes over; null unless the edge agreed
 */
record UpgradeAnswer(
        int status, @Nullable String location, @Nullable Carrier carrier) {
    private static final String LOGIN_PATH = "/cdn-cgi/access/login";

    /** Tells whether the edge wants a login: exactly 302, to a login page on any host. */
    boolean wantsLogin(URI request) {
        if (status != 302 || location == null) {
            return false;
        }
        try {
            String path = request.resolve(encoded(location)).getRawPath();
            // Only %XX is decoded in a path; a plus sign is one.
            return path != null
                    && URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8)
                            .startsWith(LOGIN_PATH);
        } catch (IllegalArgumentException notAUrl) {
            return false;
        }
    }

    /** Tells whether the edge knows who asks, and refuses. */
    boolean isRefused() {
        return status == 401 || status == 403;
    }

    private static String encoded(String location) {
        int query = location.indexOf('?');
        return query < 0 ? location : location.substring(0, query);
    }
}
