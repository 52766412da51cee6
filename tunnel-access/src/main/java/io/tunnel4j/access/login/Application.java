package io.tunnel4j.access.login;

import io.tunnel4j.access.store.TokenNames;
import java.net.URI;

/**
 * An application behind Access, as discovered.
 *
 * @param url what the caller asked for, with path and query
 * @param authDomain who logs its people in
 * @param audienceTag its tag, whom its tokens are for
 * @param appHostname its configured domain, perhaps with {@code *} and a path
 */
record Application(URI url, AuthDomain authDomain, String audienceTag, String appHostname) {
    String tokenName() {
        return TokenNames.appToken(appHostname, audienceTag);
    }

    String orgTokenName() {
        return TokenNames.orgToken(authDomain.host());
    }

    String name() {
        return Uris.name(url);
    }
}
