package io.tunnel4j.edge.gate;

import io.netty.handler.codec.http.HttpHeaders;
import io.tunnel4j.edge.gate.session.RandomText;
import io.tunnel4j.edge.gate.token.StateSeal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;

/**
 * The cookie by which an application's host recognises the browser that it sent to the login page. Thread-safe.
 *
 * <p>The value is sealed for one host, so nobody can plant one of their own making, and it ends with the login.
 */
final class AppSessions {
    private static final String TYPE = "app-session";
    private static final Duration LIFETIME = Duration.ofHours(24);

    private final StateSeal seal;
    private final RandomText random;
    private final InstantSource clock;

    AppSessions(GateContext context) {
        this.seal = context.seal;
        this.random = context.random;
        this.clock = context.clock;
    }

    /** The session that the request has, or a new one. */
    String ofRequest(HttpHeaders headers, String host) {
        for (String value : Cookies.values(headers, Cookies.APP_SESSION)) {
            if (isOurs(value, host)) {
                return value;
            }
        }
        return seal.seal(TYPE, Map.of("host", host, "id", random.next()));
    }

    /** Whether one of the request's sessions is the one with this fingerprint. */
    boolean isBoundTo(HttpHeaders headers, String host, String fingerprint) {
        return Cookies.values(headers, Cookies.APP_SESSION).stream()
                .anyMatch(value -> isOurs(value, host) && RandomText.sameSecret(fingerprint(value), fingerprint));
    }

    private boolean isOurs(String value, String host) {
        Map<String, String> opened = seal.open(TYPE, value, LIFETIME);
        return opened != null && host.equals(opened.get("host"));
    }

    static String fingerprint(String session) {
        return RandomText.fingerprint(session);
    }

    String cookie(String scheme, String session) {
        return Cookies.set(
                Cookies.APP_SESSION,
                session,
                "/",
                clock.instant().plus(LIFETIME),
                ApplicationGate.cookieAttributes(scheme, "None", true));
    }

    String cleared(String scheme, Instant past) {
        return Cookies.set(Cookies.APP_SESSION, "", "/", past, ApplicationGate.cookieAttributes(scheme, "None", true));
    }
}
