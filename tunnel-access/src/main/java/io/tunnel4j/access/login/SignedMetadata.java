package io.tunnel4j.access.login;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.store.CompactJws;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an application says of itself, signed by its auth domain. The checks and their order are the reference's of 2026.8: parse, claims, auth
 * domain, signature, then host, type, audience and age.
 */
final class SignedMetadata {
    private static final Duration MAX_AGE = Duration.ofHours(24);
    private static final Duration MAX_AHEAD = Duration.ofMinutes(5);
    private static final List<String> STRINGS = List.of("type", "hostname", "auth_domain", "aud", "app_hostname");

    private final CompactJws jws;

    private SignedMetadata(CompactJws jws) {
        this.jws = jws;
    }

    /** Takes the header's value apart; nothing in it is to be believed yet. */
    static SignedMetadata decode(String compact) {
        CompactJws jws;
        try {
            jws = CompactJws.parse(compact);
        } catch (ParseException e) {
            throw failure(TunnelErrorCode.EDGE_PROTOCOL, "failed to parse metadata JWT: " + e.getMessage());
        }
        String wrong = jws.hasClaims() ? wrongClaim(jws) : "payload (expected: a JSON object)";
        if (wrong != null) {
            throw failure(TunnelErrorCode.EDGE_PROTOCOL, "failed to decode metadata JWT claims: " + wrong);
        }
        return new SignedMetadata(jws);
    }

    private static @Nullable String wrongClaim(CompactJws jws) {
        for (String name : STRINGS) {
            if (jws.has(name) && jws.string(name) == null) {
                return name + " (expected: a string)";
            }
        }
        return jws.has("iat") && jws.instant("iat") == null ? "iat (expected: an integer)" : null;
    }

    AuthDomain authDomain(AuthDomains accepted) {
        try {
            return accepted.accept(claim("auth_domain"));
        } catch (TunnelException e) {
            throw failure(e.code(), "metadata JWT auth_domain validation failed: " + e.getMessage());
        }
    }

    CompactJws jws() {
        return jws;
    }

    /** Checks the claims, whose signature has been verified. */
    Application application(URI url, AuthDomain authDomain, Instant now) {
        String hostname = claim("hostname");
        if (!hostname.equalsIgnoreCase(url.getHost())) {
            throw failure(
                    TunnelErrorCode.EDGE_UNTRUSTED,
                    "metadata JWT hostname \"" + Uris.printable(hostname) + "\" does not match request host \""
                            + url.getHost() + "\"");
        }
        if (!claim("type").equals("match")) {
            throw failure(
                    TunnelErrorCode.EDGE_PROTOCOL,
                    "metadata JWT type \"" + Uris.printable(claim("type")) + "\" is not match");
        }
        String audienceTag = claim("aud");
        if (audienceTag.isEmpty()) {
            throw failure(TunnelErrorCode.EDGE_PROTOCOL, "metadata JWT aud is empty");
        }
        checkAge(now);
        String appHostname = claim("app_hostname");
        return new Application(url, authDomain, audienceTag, appHostname.isEmpty() ? hostname : appHostname);
    }

    private void checkAge(Instant now) {
        Instant issued = jws.instant("iat");
        if (issued == null || issued.getEpochSecond() <= 0) {
            throw failure(TunnelErrorCode.EDGE_PROTOCOL, "metadata JWT iat is missing or invalid");
        }
        long age = now.getEpochSecond() - issued.getEpochSecond();
        if (age > MAX_AGE.toSeconds()) {
            throw skewed("metadata JWT is older than 24h0m0s", now);
        }
        if (-age > MAX_AHEAD.toSeconds()) {
            throw skewed("metadata JWT is more than 5m0s in the future", now);
        }
    }

    private static TunnelException skewed(String message, Instant now) {
        return failure(
                TunnelErrorCode.CLOCK_SKEWED, message + " (this machine's clock says " + now + "; is it right?)");
    }

    private String claim(String name) {
        String value = jws.string(name);
        return value == null ? "" : value;
    }

    private static TunnelException failure(TunnelErrorCode code, String message) {
        return new TunnelException(code, message);
    }
}
