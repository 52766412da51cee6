package io.tunnel4j.access.login;

import java.net.URI;

/** The page where a person logs in for a command-line client. */
final class LoginUrl {
    private static final String PATH = "/cdn-cgi/access/cli";

    private LoginUrl() {}

    /**
     * What to ask the edge for.
     *
     * @param hostOnly leave the application's path out of where the browser goes afterwards
     * @param autoClose let the page close itself
     */
    record Wish(boolean hostOnly, boolean autoClose) {}

    /**
     * Builds the address as the reference does, byte for byte.
     *
     * @param application the application's URL; its query is kept, in both places
     * @param audienceTag the application's tag
     * @param transferId the public key that the answer will be sealed to, base64url with padding
     */
    static URI of(URI application, String audienceTag, String transferId, Wish wish) {
        FormQuery query = FormQuery.parse(application.getRawQuery())
                .set("token", transferId)
                .set("aud", audienceTag);
        String origin = "https://" + application.getRawAuthority();
        String fragment = application.getRawFragment() == null ? "" : "#" + application.getRawFragment();
        String path = wish.hostOnly() ? "" : application.getRawPath();
        query.set("redirect_url", origin + path + "?" + query.encode() + fragment)
                .set("send_org_token", "true")
                .set("edge_token_transfer", "true");
        if (wish.autoClose()) {
            query.set("close_interstitial", "true");
        }
        return URI.create(origin + PATH + "?" + query.encode() + fragment);
    }
}
