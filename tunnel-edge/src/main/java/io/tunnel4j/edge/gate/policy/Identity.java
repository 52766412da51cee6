package io.tunnel4j.edge.gate.policy;

import io.tunnel4j.edge.Rule;
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
 * @param verdicts what services of external evaluation have said, by {@link #verdictName}; none for a service that gave no answer
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
        Map<String, Boolean> verdicts,
        String country,
        String address,
        Instant createdAt,
        Instant expiresAt) {
    /** Copies the collections. */
    public Identity {
        groups = List.copyOf(groups);
        methods = List.copyOf(methods);
        claims = Map.copyOf(claims);
        verdicts = Map.copyOf(verdicts);
    }

    /**
     * Names the answer to a rule of external evaluation. An answer signed with other keys is another answer.
     *
     * @param rule with its two URLs
     * @return the name
     */
    public static String verdictName(Rule rule) {
        return rule.value("evaluate_url") + " " + rule.value("keys_url");
    }

    /**
     * Replaces what services have said.
     *
     * @param newVerdicts by {@link #verdictName}
     * @return a changed copy
     */
    public Identity withVerdicts(Map<String, Boolean> newVerdicts) {
        return new Identity(
                nonce,
                email,
                userId,
                name,
                providerId,
                groups,
                methods,
                claims,
                newVerdicts,
                country,
                address,
                createdAt,
                expiresAt);
    }

    /** Shows the e-mail address. */
    @Override
    public String toString() {
        return "Identity[" + email + "]";
    }
}
