package io.tunnel4j.edge.gate;

import io.netty.handler.codec.http.HttpHeaders;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.gate.page.Pages;
import io.tunnel4j.edge.gate.policy.AccessIndex;
import io.tunnel4j.edge.gate.policy.ApplicationMatch;
import io.tunnel4j.edge.gate.policy.Identity;
import io.tunnel4j.edge.gate.policy.PolicyEngine;
import io.tunnel4j.edge.gate.policy.RequestFacts;
import io.tunnel4j.edge.gate.policy.ServiceTokenRecord;
import io.tunnel4j.edge.gate.policy.Verdict;
import io.tunnel4j.edge.gate.session.ExpiringTable;
import io.tunnel4j.edge.gate.session.Grants;
import io.tunnel4j.edge.gate.token.AccessClaims;
import io.tunnel4j.edge.gate.token.SignedToken;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides about requests for a protected host. Thread-safe, never blocks. */
final class ApplicationGate {
    /** A token that ends at once could never be used, so "no duration" means this. */
    private static final Duration SHORTEST_TOKEN = Duration.ofSeconds(10);

    private static final Duration METADATA_REUSE = Duration.ofMinutes(1);
    private static final int MAX_CACHED = 4096;
    private static final Logger LOG = LoggerFactory.getLogger(ApplicationGate.class);

    private final GateContext context;
    private final AppSessions appSessions;
    private final ExpiringTable<String, SignedToken> serviceTokens;
    private final ExpiringTable<String, String> metadata;

    ApplicationGate(GateContext context, AppSessions appSessions) {
        this.context = context;
        this.appSessions = appSessions;
        this.serviceTokens = new ExpiringTable<>(MAX_CACHED, context.clock);
        this.metadata = new ExpiringTable<>(MAX_CACHED, context.clock);
    }

    /** Says which application this is, signed; asked before anything else is, also by those who will be refused. */
    EdgeResponse describe(EdgeRequest request, Application app, String destination) {
        String key = context.index().version() + " " + request.host() + " " + destination;
        String signed = metadata.get(key);
        if (signed == null) {
            signed = context.tokens.metadata(request.host(), context.team.announced(), app, destination);
            metadata.put(key, signed, METADATA_REUSE);
        }
        return identified(EdgeResponse.of(200), app, destination).with("Cf-Access-Metadata", signed);
    }

    /** Answers what every protected host answers below {@code /cdn-cgi/access/}. */
    GateDecision endpoint(EdgeRequest request, Supplier<EdgeResponse> certificates) {
        return new GateDecision.Answer(
                switch (request.path()) {
                    case AccessPaths.CERTS -> certificates.get();
                    case AccessPaths.AUTHORIZED -> redeem(request);
                    case AccessPaths.CLI -> letProgramIn(request);
                    case AccessPaths.IDENTITY -> TeamGate.identity(identity(request), context);
                    case AccessPaths.LOGOUT -> logout(request);
                    default -> EdgeResponse.of(404);
                });
    }

    /** Who the application's own token belongs to; null for nobody. */
    private @Nullable Identity identity(EdgeRequest request) {
        AccessIndex index = context.index();
        for (String text : Credentials.tokens(request.headers())) {
            AccessClaims claims = context.tokens.readForAnyApplication(text);
            Application app = claims == null ? null : index.application(claims.audience());
            if (claims != null
                    && app != null
                    && index.covers(app, request.host())
                    && !index.isRevoked("", claims.audience(), claims.issuedAt())) {
                Identity identity = context.sessions.find(claims.identityNonce(), index);
                if (identity != null) {
                    return identity;
                }
            }
        }
        return null;
    }

    private EdgeResponse logout(EdgeRequest request) {
        if (TeamGate.isFromElsewhere(request)) {
            return EdgeResponse.of(403);
        }
        Identity identity = identity(request);
        if (identity != null) {
            TeamGate.end(context, identity);
        }
        return Pages.loggedOut()
                .with(
                        "Set-Cookie",
                        Cookies.clear(Cookies.AUTHORIZATION, "/", cookieAttributes(request.scheme(), "None", true)));
    }

    /**
     * A command-line client has opened a browser here. The rest happens at the team domain, out of reach of the application's own scripts, which
     * could otherwise confirm in the person's name and take the tokens.
     */
    private EdgeResponse letProgramIn(EdgeRequest request) {
        Query query = Query.parse(request.query());
        String key = query.get("token");
        String redirect = pathOnHost(query.get("redirect_url"), request);
        int end = redirect.indexOf('?');
        ApplicationMatch match = context.index().match(request.host(), end < 0 ? redirect : redirect.substring(0, end));
        Application app = match.application();
        String audience = query.get("aud");
        if (app == null || !TransferStore.isKey(key) || !(audience.isEmpty() || audience.equals(app.audience()))) {
            return Pages.problem(400, "This link is not complete", "Start the program again.");
        }
        return redirectToLogin(
                request,
                app,
                match.destination(),
                redirect,
                Map.of("transfer", key, "close", Boolean.toString("true".equals(query.get("close_interstitial")))));
    }

    /** Path and query of a URL on the request's own host; the root for any other. */
    private static String pathOnHost(String url, EdgeRequest request) {
        try {
            URI uri = new URI(url);
            String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            if (request.host().equalsIgnoreCase(uri.getHost()) && path.startsWith("/")) {
                return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
            }
        } catch (URISyntaxException e) {
            LOG.debug("[{}] redirect_url is not a URL", request.id());
        }
        return "/";
    }

    /** Says how the policies decide. */
    List<String> explain(EdgeRequest request, Application app) {
        AccessIndex index = context.index();
        ServiceTokenRecord service = Credentials.serviceToken(request.headers(), app, index, context.clock.instant());
        return PolicyEngine.explain(app, index, context.facts(request, service), identity(request))
                .trace();
    }

    GateDecision decide(EdgeRequest request, Application app, String destination) {
        AccessIndex index = context.index();
        HttpHeaders headers = request.headers();
        if (app.optionsPreflightBypass() && isPreflight(request)) {
            return pass(request, List.of(), List.of());
        }
        ServiceTokenRecord service = Credentials.serviceToken(headers, app, index, context.clock.instant());
        RequestFacts facts = context.facts(request, service);
        Verdict verdict = PolicyEngine.decide(app, index, facts, null);
        if (verdict.outcome() == Verdict.Outcome.BYPASS) {
            return pass(request, List.of(), List.of());
        }
        if (verdict.outcome() == Verdict.Outcome.SERVICE) {
            return passService(request, app, destination, facts, verdict.policy());
        }
        GateDecision.Pass admitted =
                verdict.outcome() == Verdict.Outcome.LOGIN ? admitByToken(request, app, destination, facts) : null;
        return admitted != null ? admitted : new GateDecision.Answer(refuse(request, app, destination));
    }

    private static boolean isPreflight(EdgeRequest request) {
        return request.method().equals("OPTIONS")
                && request.headers().contains("Origin")
                && request.headers().contains("Access-Control-Request-Method");
    }

    private GateDecision.@Nullable Pass admitByToken(
            EdgeRequest request, Application app, String destination, RequestFacts facts) {
        AccessIndex index = context.index();
        for (String text : Credentials.tokens(request.headers())) {
            AccessClaims claims = context.tokens.readForApplication(text, app.audience());
            if (claims == null || index.isRevoked("", claims.audience(), claims.issuedAt())) {
                continue;
            }
            Identity identity = context.sessions.find(claims.identityNonce(), index);
            if (identity != null) {
                Verdict verdict = PolicyEngine.decide(app, index, facts, identity);
                if (verdict.outcome() == Verdict.Outcome.ALLOW) {
                    return passPerson(request, identity, text);
                }
            } else if (!claims.commonName().isEmpty()) {
                ServiceTokenRecord service = index.serviceToken(claims.commonName());
                if (service != null
                        && !service.isExpired(context.clock.instant())
                        && PolicyEngine.decide(app, index, facts.withServiceToken(service), null)
                                        .outcome()
                                == Verdict.Outcome.SERVICE) {
                    return pass(request, originFields(request, text, ""), List.of());
                }
            }
        }
        return null;
    }

    private GateDecision.Pass passPerson(EdgeRequest request, Identity identity, String token) {
        return pass(request, originFields(request, token, identity.email()), List.of());
    }

    private GateDecision passService(
            EdgeRequest request, Application app, String destination, RequestFacts facts, @Nullable Policy policy) {
        ServiceTokenRecord service = facts.serviceToken();
        String name = service != null ? service.clientId() : String.join(",", facts.commonNames());
        String key = context.index().version() + " " + app.audience() + " " + name;
        SignedToken token = serviceTokens.get(key);
        if (token == null) {
            Duration validity = validity(app, policy);
            token = context.tokens.forService(app, name, validity);
            serviceTokens.put(key, token, validity.dividedBy(2));
        }
        return pass(
                request,
                originFields(request, token.text(), ""),
                List.of(Map.entry("Set-Cookie", authorizationCookie(request.scheme(), app, destination, token))));
    }

    private static List<Map.Entry<String, String>> originFields(EdgeRequest request, String token, String email) {
        List<Map.Entry<String, String>> fields = new ArrayList<>();
        fields.add(Map.entry(Credentials.ASSERTION, token));
        if (!email.isEmpty()) {
            fields.add(Map.entry("Cf-Access-Authenticated-User-Email", email));
        }
        fields.add(Map.entry("Cookie", Cookies.withToken(request.headers(), token)));
        return fields;
    }

    private static GateDecision.Pass pass(
            EdgeRequest request,
            List<Map.Entry<String, String>> requestFields,
            List<Map.Entry<String, String>> responseFields) {
        List<String> removed = GateContext.reservedFields(request.headers());
        if (!requestFields.isEmpty()) {
            removed.add("Cookie");
        }
        return new GateDecision.Pass(removed, requestFields, responseFields);
    }

    private EdgeResponse refuse(EdgeRequest request, Application app, String destination) {
        boolean canLogIn = hasPolicy(app, Policy.Decision.ALLOW);
        boolean isScript = "XMLHttpRequest".equalsIgnoreCase(request.headers().get("X-Requested-With"));
        boolean isService = hasPolicy(app, Policy.Decision.SERVICE_AUTH);
        LOG.debug("[{}] {} {} refused: no acceptable credentials", request.id(), request.host(), app.name());
        if (!canLogIn) {
            return identified(forbidden(request), app, destination);
        }
        if (isScript || (isService && app.unauthorizedForServices())) {
            return identified(EdgeResponse.of(401), app, destination)
                    .with("WWW-Authenticate", "Cloudflare-Access")
                    .with("Cache-Control", "no-store");
        }
        return redirectToLogin(request, app, destination, request.target(), Map.of());
    }

    /** Sends a browser or client to the login page. */
    EdgeResponse redirectToLogin(
            EdgeRequest request, Application app, String destination, String redirect, Map<String, String> more) {
        String session = appSessions.ofRequest(request.headers(), request.host());
        Map<String, String> meta = new LinkedHashMap<>(more);
        meta.put("aud", app.audience());
        meta.put("origin", GateContext.origin(request));
        meta.put("host", request.host());
        meta.put("destination", destination);
        meta.put("redirect", redirect);
        meta.put("session", AppSessions.fingerprint(session));
        String location = context.team.issuer() + AccessPaths.LOGIN + "/" + request.host() + "?kid=" + app.audience()
                + "&meta=" + context.seal.seal(LoginState.TYPE, meta) + "&redirect_url=" + Query.encode(redirect);
        return identified(EdgeResponse.of(302), app, destination)
                .with("Location", location)
                .with("Set-Cookie", appSessions.cookie(request.scheme(), session))
                .with("Cache-Control", "no-store");
    }

    private static EdgeResponse forbidden(EdgeRequest request) {
        boolean wantsJson = request.headers().get("Accept", "").contains("application/json");
        EdgeResponse response = wantsJson
                ? EdgeResponse.of(
                        403,
                        "application/json",
                        "{\"success\":false,\"errors\":[{\"code\":403,\"message\":\"Forbidden. You don't have permission to view this.\"}]}")
                : EdgeResponse.of(403, "text/plain; charset=utf-8", "Forbidden\n");
        return response.with("Cache-Control", "no-store");
    }

    /** The fields by which clients from before the signed metadata learn of the application. */
    static EdgeResponse identified(EdgeResponse response, Application app, String destination) {
        return response.with("CF-Access-Aud", app.audience()).with("CF-Access-Domain", destination);
    }

    static boolean hasPolicy(Application app, Policy.Decision decision) {
        return app.policies().stream().anyMatch(policy -> policy.decision() == decision);
    }

    static Duration validity(Application app, @Nullable Policy policy) {
        Duration own = policy == null ? null : policy.sessionDuration();
        Duration wanted = own == null ? app.sessionDuration() : own;
        return wanted.compareTo(SHORTEST_TOKEN) < 0 ? SHORTEST_TOKEN : wanted;
    }

    /** Signs a person's token for an application, with the claims the operator has chosen. */
    SignedToken tokenFor(Application app, Identity identity, @Nullable Policy policy) {
        IdentityProvider provider = context.index().provider(identity.providerId());
        Map<String, List<String>> custom = new LinkedHashMap<>();
        if (provider != null) {
            for (String claim : provider.claims()) {
                List<String> values = identity.claims().get(claim);
                if (values != null) {
                    custom.put(claim, values);
                }
            }
        }
        return context.tokens.forPerson(app, identity, validity(app, policy), custom);
    }

    static String authorizationCookie(String scheme, Application app, String destination, SignedToken token) {
        return Cookies.set(
                Cookies.AUTHORIZATION,
                token.text(),
                cookiePath(app, destination),
                token.expiresAt(),
                cookieAttributes(scheme, app.sameSite(), app.httpOnlyCookie()));
    }

    static String cookiePath(Application app, String destination) {
        int slash = destination.indexOf('/');
        return app.pathCookie() && slash >= 0 && destination.indexOf('*') < 0 ? destination.substring(slash) : "/";
    }

    /** Browsers take {@code SameSite=None} only together with {@code Secure}, and that only over TLS. */
    static String cookieAttributes(String scheme, String sameSite, boolean httpOnly) {
        boolean isSecure = scheme.equals("https");
        return (isSecure ? "; Secure" : "") + (httpOnly ? "; HttpOnly" : "") + "; SameSite="
                + (isSecure || !sameSite.equals("None") ? sameSite : "Lax");
    }

    /** Takes a one-time code in and turns it into the application's cookie. */
    EdgeResponse redeem(EdgeRequest request) {
        AccessIndex index = context.index();
        Grants.Grant grant = context.grants.redeem(Query.parse(request.query()).get("nonce"));
        Application app = grant == null ? null : index.application(grant.audience());
        if (grant == null || app == null) {
            return Pages.problem(403, "This link has been used", "Open the application again.");
        }
        Identity identity = context.sessions.find(grant.identityNonce(), index);
        boolean isSameBrowser = grant.origin().equals(GateContext.origin(request))
                && appSessions.isBoundTo(request.headers(), request.host(), grant.appSession());
        if (identity == null || !isSameBrowser) {
            return Pages.problem(403, "This link belongs to another browser", "Open the application again.");
        }
        Verdict verdict = PolicyEngine.decide(app, index, context.facts(request, null), identity);
        String destination = grant.destination();
        if (verdict.outcome() != Verdict.Outcome.ALLOW) {
            return identified(forbidden(request), app, destination);
        }
        SignedToken token = tokenFor(app, identity, verdict.policy());
        Instant gone = Instant.EPOCH;
        return identified(EdgeResponse.of(302), app, destination)
                .with("Location", grant.origin() + grant.redirectPath())
                .with("Set-Cookie", authorizationCookie(request.scheme(), app, destination, token))
                .with("Set-Cookie", appSessions.cleared(request.scheme(), gone))
                .with("Cache-Control", "no-store");
    }
}
