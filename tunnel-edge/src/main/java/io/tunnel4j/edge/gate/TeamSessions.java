package io.tunnel4j.edge.gate;

import io.netty.handler.codec.http.HttpHeaders;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.gate.policy.Identity;
import io.tunnel4j.edge.gate.session.RandomText;
import io.tunnel4j.edge.gate.token.AccessClaims;
import io.tunnel4j.edge.gate.token.SignedToken;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who and which browser is at the team domain. Thread-safe.
 *
 * <p>A form is accepted only from the page it was made for: its hidden token is sealed for the browser's {@code CF_Session} cookie, and the browser must
 * name the team domain as the form's origin. The cookie is replaced at each login.
 */
final class TeamSessions {
    private static final String CSRF = "form";
    private static final Duration FORM_LIFETIME = Duration.ofHours(1);
    private static final Duration BROWSER_LIFETIME = Duration.ofHours(4);

    private final GateContext context;

    TeamSessions(GateContext context) {
        this.context = context;
    }

    /** Who is logged in; null for nobody. */
    @Nullable
    Identity identity(HttpHeaders headers) {
        for (String value : Cookies.values(headers, Cookies.AUTHORIZATION)) {
            AccessClaims claims = context.tokens.readForSession(value);
            Identity identity = claims == null ? null : context.sessions.find(claims.identityNonce(), context.index());
            if (identity != null) {
                return identity;
            }
        }
        return null;
    }

    /** The browser's own secret; empty if it has none yet. */
    String browser(HttpHeaders headers) {
        for (String value : Cookies.values(headers, Cookies.TEAM_SESSION)) {
            if (value.length() >= 32 && value.length() <= 64) {
                return value;
            }
        }
        return "";
    }

    String newBrowser() {
        return context.random.next();
    }

    String browserCookie(String browser) {
        return Cookies.set(
                Cookies.TEAM_SESSION,
                browser,
                AccessPaths.PREFIX,
                context.clock.instant().plus(BROWSER_LIFETIME),
                "; Secure; HttpOnly; SameSite=Lax");
    }

    String identityCookie(SignedToken token) {
        return Cookies.set(
                Cookies.AUTHORIZATION, token.text(), "/", token.expiresAt(), "; Secure; HttpOnly; SameSite=None");
    }

    String clearedIdentity() {
        return Cookies.clear(Cookies.AUTHORIZATION, "/", "; Secure; HttpOnly; SameSite=None");
    }

    String formToken(String browser) {
        return context.seal.seal(CSRF, Map.of("browser", RandomText.fingerprint(browser)));
    }

    /** Whether a form comes from our page in this browser. */
    boolean isOurForm(EdgeRequest request, Query form) {
        String browser = browser(request.headers());
        Map<String, String> token = context.seal.open(CSRF, form.get("form"), FORM_LIFETIME);
        return !browser.isEmpty()
                && token != null
                && RandomText.sameSecret(token.getOrDefault("browser", ""), RandomText.fingerprint(browser))
                && GateContext.origin(request).equals(request.headers().get("Origin"));
    }
}
