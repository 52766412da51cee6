package io.tunnel4j.edge.gate;

import io.tunnel4j.edge.gate.token.StateSeal;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Why somebody is at the login page, sealed into the {@code meta} parameter by the application's host. Immutable.
 *
 * @param sealed the text it came as
 * @param audience the application
 * @param origin scheme, host and port of the application as the browser addressed it
 * @param host its host
 * @param destination which of the application's destinations
 * @param redirect where to go on afterwards, path and query
 * @param session fingerprint of the cookie at the application's host
 * @param transferKey public key of a command-line client that waits; empty for a browser's own login
 * @param closesWindow whether the last page shall close itself
 */
record LoginState(
        String sealed,
        String audience,
        String origin,
        String host,
        String destination,
        String redirect,
        String session,
        String transferKey,
        boolean closesWindow) {
    static final String TYPE = "login";
    private static final Duration LIFETIME = Duration.ofHours(1);

    /** Opens the parameter; null if it is not one of ours or too old. */
    static @Nullable LoginState open(StateSeal seal, String sealed) {
        Map<String, String> values = seal.open(TYPE, sealed, LIFETIME);
        if (values == null) {
            return null;
        }
        return new LoginState(
                sealed,
                values.getOrDefault("aud", ""),
                values.getOrDefault("origin", ""),
                values.getOrDefault("host", ""),
                values.getOrDefault("destination", ""),
                values.getOrDefault("redirect", "/"),
                values.getOrDefault("session", ""),
                values.getOrDefault("transfer", ""),
                values.getOrDefault("close", "").equals("true"));
    }
}
