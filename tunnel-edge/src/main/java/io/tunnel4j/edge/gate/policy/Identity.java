package io.tunnel4j.edge.gate.policy;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Somebody who has logged in, as their session keeps them. Immutable.
 *
 * @param nonce names the session, the {@code identity_nonce} of its tokens
 * @param email lower case
 * @param userId the {@code sub} of the tokens
 * @param name for showing; possibly the e-mail address
 * @param providerId where they logged in
 * @param groups names or ids of the provider's groups
 * @param methods how they proved who they are, values of RFC 8176
 * @param claims what the provider said, each with one or more values
 * @param verdicts rules of external evaluation that said yes, by their URL
 * @param country where they logged in from; empty if not known
 * @param address where they logged in from
 * @param createdAt when they logged in
 * @param expiresAt when they must do so again
 */
public record Identity(
        String nonce,
        String email,
        String userId,
        String name,
        String providerId,
        List<String> groups,
        List<String> methods,
        Map<String, List<String>> claims,
        List<String> verdicts,
        String country,
        String address,
        Instant createdAt,
        Instant expiresAt) {
    /** Copies the collections. */
    public Identity {
        groups = List.copyOf(groups);
        methods = List.copyOf(methods);
        claims = Map.copyOf(claims);
        verdicts = List.copyOf(verdicts);
    }

    /** Shows the e-mail address. */
    @Override
    public String toString() {
        return "Identity[" + email + "]";
    }
}
