package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What a request must prove before an origin sees it: a valid Access token of a team for one of some applications.
 * Immutable.
 *
 * @param required whether the token is checked at all
 * @param teamName the team, as in {@code <teamName>.cloudflareaccess.com}; empty only without audience tags
 * @param audienceTags the accepted applications; when required and empty, every request is refused
 * @param environment empty, or {@code fed} for the FedRAMP domain
 */
public record AccessRequirement(boolean required, String teamName, List<String> audienceTags, String environment) {
    /**
     * Creates a requirement.
     *
     * @param required whether the token is checked at all
     * @param teamName the team, as in {@code <teamName>.cloudflareaccess.com}; empty only without audience tags
     * @param audienceTags the accepted applications; when required and empty, every request is refused
     * @param environment empty, or {@code fed} for the FedRAMP domain
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} for audience tags without a team, or a
     *     team name or environment of the wrong form
     */
    public AccessRequirement {
        requireNonNull(teamName, "teamName");
        requireNonNull(environment, "environment");
        audienceTags = List.copyOf(audienceTags);
        if (teamName.isEmpty() && (required || !audienceTags.isEmpty())) {
            throw invalid("access.teamName: empty (expected: the team's name, as audTag or required is set)");
        }
        // The name becomes part of the address keys are fetched from: nothing but a DNS name may pass.
        if (!teamName.matches("[A-Za-z0-9.-]{0,253}")) {
            throw invalid("access.teamName: \"" + teamName + "\" (expected: letters, digits, '-' and '.')");
        }
        if (!environment.isEmpty() && !environment.equals("fed")) {
            throw invalid("access.environment: \"" + environment + "\" (expected: empty or \"fed\")");
        }
    }

    /**
     * Requires a token of a team for one of some applications.
     *
     * @param teamName the team's name
     * @param audienceTags the applications' audience tags
     * @return the requirement
     */
    public static AccessRequirement of(String teamName, String... audienceTags) {
        return new AccessRequirement(true, teamName, List.of(audienceTags), "");
    }

    /**
     * Returns the issuer a token must name.
     *
     * @return an https URL without a trailing slash
     */
    public String issuer() {
        return "https://" + teamName + (environment.equals("fed") ? ".fed" : "") + ".cloudflareaccess.com";
    }

    private static TunnelException invalid(String message) {
        return new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, message);
    }
}
