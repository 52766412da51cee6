package io.tunnel4j.access.store;

import java.util.Locale;
import java.util.regex.Pattern;

/** The reference's names for what is stored. */
public final class TokenNames {
    private static final Pattern PORT = Pattern.compile(":[0-9]*$");

    private TokenNames() {}

    /**
     * Names an app token.
     *
     * @param appHostname the application's configured domain, perhaps with {@code *} and a path
     * @param audienceTag the application's tag
     * @return {@code <app hostname>-<tag>-token} with {@code /} and {@code *} replaced
     */
    public static String appToken(String appHostname, String audienceTag) {
        return (appHostname + "-" + audienceTag + "-token").replace('/', '-').replace('*', '-');
    }

    /**
     * Names the org token of a team.
     *
     * @param authDomain the team's host
     * @return {@code <auth domain>-org-token}
     */
    public static String orgToken(String authDomain) {
        return authDomain.replace('/', '-') + "-org-token";
    }

    /**
     * Names the signing keys of a team.
     *
     * @param authDomain the team's host, perhaps with a port
     * @return {@code <auth domain>-jwks}
     */
    public static String signingKeys(String authDomain) {
        return PORT.matcher(authDomain).replaceFirst("").toLowerCase(Locale.ROOT) + "-jwks";
    }

    /**
     * Names the address of a login under way.
     *
     * @param appTokenName the name of the token that the login will yield
     * @return that name with {@code .url}
     */
    public static String loginUrl(String appTokenName) {
        return appTokenName + ".url";
    }

    /**
     * Names the SSH key of an application.
     *
     * @param host the host without port
     * @param escapedPath the URL's path as written
     * @return {@code <host><path>-cf_key} with {@code /} replaced
     */
    public static String sshKey(String host, String escapedPath) {
        return (host + escapedPath).replace('/', '-') + "-cf_key";
    }
}
