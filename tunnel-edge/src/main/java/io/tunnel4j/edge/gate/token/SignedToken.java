package io.tunnel4j.edge.gate.token;

import java.time.Instant;

/**
 * A token just signed. Immutable.
 *
 * @param text compact JWS, a secret
 * @param expiresAt when it ends
 */
public record SignedToken(String text, Instant expiresAt) {
    /** Shows when it ends, not the token. */
    @Override
    public String toString() {
        return "SignedToken[until " + expiresAt + "]";
    }
}
