package io.tunnel4j.edge.gate;

import com.google.gson.JsonObject;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.gate.login.LoginFailure;
import io.tunnel4j.edge.gate.login.OidcLogin;
import io.tunnel4j.edge.gate.page.Pages;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.gate.policy.Identity;
import io.tunnel4j.edge.gate.policy.Revocation;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers for the team domain, where people log in. Thread-safe, never blocks. */
final class TeamGate {
    static final String CALLBACK = AccessPaths.PREFIX + "callback";
    static final String CONSENT = AccessPaths.PREFIX + "consent";
    static final int MAX_BODY = 64 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(TeamGate.class);

    private final GateContext context;
    private final TeamSessions sessions;
    private final LoginFlow flow;
    private final PasswordLogin passwords;
    private final PinLogin pins;
    private final OidcLogin providers;
    private final CertificateSigning certificates;

    TeamGate(
            GateContext context,
            TeamSessions sessions,
            LoginFlow flow,
            PasswordLogin passwords,
            PinLogin pins,
            OidcLogin providers) {
        this.context = context;
        this.sessions = sessions;
        this.flow = flow;
        this.passwords = passwords;
        this.pins = pins;
        this.providers = providers;
        this.certificates = new CertificateSigning(context);
    }

    GateDecision decide(EdgeRequest request) {
        String path = request.path();
        if (path.startsWith(AccessPaths.LOGIN + "/") && isRead(request)) {
            return new GateDecision.Serve(this::login, 0);
        }
        return switch (path) {
            case CALLBACK -> new GateDecision.Serve(this::callback, 0);
            case PasswordLogin.PATH, PinLogin.PATH, PinLogin.CHECK_PATH, CONSENT ->
                request.method().equals("POST")
                        ? new GateDecision.Serve(this::form, MAX_BODY)
                        : answer(EdgeResponse.of(405).with("Allow", "POST"));
            case AccessPaths.CERT_SIGN ->
                request.method().equals("POST")
                        ? new GateDecision.Serve(certificates, MAX_BODY)
                        : answer(EdgeResponse.of(405).with("Allow", "POST"));
            case AccessPaths.IDENTITY -> answer(identity(sessions.identity(request.headers()), context));
            case AccessPaths.LOGOUT -> answer(logout(request));
            default ->
                answer(Pages.problem(404, "Nothing here", "Open an application; it will bring you to its login."));
        };
    }

    static boolean isRead(EdgeRequest request) {
        return request.method().equals("GET") || request.method().equals("HEAD");
    }

    private CompletionStage<EdgeResponse> login(EdgeRequest request) {
        Query query = Query.parse(request.query());
        String host = request.path().substring(AccessPaths.LOGIN.length() + 1);
        LoginFlow.Visit visit = flow.visit(query.get("meta"));
        if (visit == null
                || !visit.state().host().equals(host)
                || !visit.app().audience().equals(query.get("kid"))) {
            return done(flow.stale(query.get("kid"), host));
        }
        Identity identity = sessions.identity(request.headers());
        if (identity != null && query.get("idp").isEmpty()) {
            String known = sessions.browser(request.headers());
            String browser = known.isEmpty() ? sessions.newBrowser() : known;
            return flow.proceed(request, visit, identity, browser)
                    .thenApply(response ->
                            known.isEmpty() ? response.with("Set-Cookie", sessions.browserCookie(browser)) : response);
        }
        IdentityProvider provider = provider(visit, query.get("idp"));
        return provider == null ? done(flow.choose(request, visit)) : start(request, visit, provider);
    }

    private @Nullable IdentityProvider provider(LoginFlow.Visit visit, String id) {
        return context.index().providers(visit.app()).stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    private CompletionStage<EdgeResponse> start(EdgeRequest request, LoginFlow.Visit visit, IdentityProvider provider) {
        return switch (provider.type()) {
            case LOCAL_USERS -> done(passwords.ask(request, visit, provider, "", ""));
            case ONE_TIME_PIN -> done(pins.ask(request, visit, provider, ""));
            case OPENID_CONNECT -> {
                String known = sessions.browser(request.headers());
                String browser = known.isEmpty() ? sessions.newBrowser() : known;
                yield providers
                        .start(provider, browser, visit.state().sealed())
                        .thenApply(there -> {
                            EdgeResponse response = EdgeResponse.of(302)
                                    .with("Location", there.toString())
                                    .with("Cache-Control", "no-store");
                            return known.isEmpty()
                                    ? response.with("Set-Cookie", sessions.browserCookie(browser))
                                    : response;
                        })
                        .exceptionally(failure -> failed(request, provider, failure));
            }
        };
    }

    /** A browser comes back from an OpenID Connect provider. */
    private CompletionStage<EdgeResponse> callback(EdgeRequest request) {
        Query query = Query.parse(request.query());
        OidcLogin.Pending login = providers.resume(query.get("state"), sessions.browser(request.headers()));
        LoginFlow.Visit visit = login == null ? null : flow.visit(login.purpose());
        IdentityProvider provider = login == null || visit == null ? null : provider(visit, login.providerId());
        if (login == null || visit == null || provider == null) {
            return done(Pages.problem(
                    400, "This login was not started here", "Open the application again and log in once more."));
        }
        if (query.get("code").isEmpty()) {
            return done(Pages.problem(
                    403, "You are not logged in", "The login at " + provider.name() + " was not completed."));
        }
        return providers
                .finish(provider, login, query.get("code"))
                .thenCompose(person -> flow.loggedIn(request, visit, provider, person))
                .exceptionally(failure -> failed(request, provider, failure));
    }

    private static EdgeResponse failed(EdgeRequest request, IdentityProvider provider, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof LoginFailure) {
            LOG.warn("[{}] login by {} failed: {}", request.id(), provider.name(), cause.getMessage());
        } else {
            LOG.warn("[{}] login by {} failed", request.id(), provider.name(), cause);
        }
        return Pages.problem(
                502, "The login did not work", "Try again. Whoever runs this finds the reason under " + request.id());
    }

    private CompletionStage<EdgeResponse> form(EdgeRequest request) {
        Query form = Query.parse("?" + new String(request.body(), StandardCharsets.UTF_8));
        if (!sessions.isOurForm(request, form)) {
            return done(Pages.problem(
                    403, "This form is not ours", "Open the application again. Cookies must be switched on."));
        }
        LoginFlow.Visit visit = flow.visit(form.get("meta"));
        if (visit == null) {
            return done(flow.stale("", ""));
        }
        if (request.path().equals(CONSENT)) {
            Identity identity = sessions.identity(request.headers());
            if (identity == null) {
                return done(flow.choose(request, visit));
            }
            return done(
                    form.get("answer").equals(Pages.DECLINE)
                            ? flow.declined(request, visit, identity)
                            : flow.consented(request, visit, identity));
        }
        IdentityProvider provider = provider(visit, form.get("idp"));
        String browser = sessions.browser(request.headers());
        boolean isPassword = request.path().equals(PasswordLogin.PATH);
        IdentityProvider.Type wanted =
                isPassword ? IdentityProvider.Type.LOCAL_USERS : IdentityProvider.Type.ONE_TIME_PIN;
        if (provider == null || provider.type() != wanted) {
            return done(flow.choose(request, visit));
        }
        if (isPassword) {
            return passwords.check(request, visit, provider, form);
        }
        return request.path().equals(PinLogin.PATH)
                ? done(pins.send(request, visit, provider, form, browser))
                : pins.check(request, visit, provider, form, browser);
    }

    private EdgeResponse logout(EdgeRequest request) {
        if (isFromElsewhere(request)) {
            return EdgeResponse.of(403);
        }
        Identity identity = sessions.identity(request.headers());
        if (identity != null) {
            end(context, identity);
        }
        return Pages.loggedOut().with("Set-Cookie", sessions.clearedIdentity());
    }

    /** Ends all sessions of a person. The session that asks ends at once; a store that is slow delays only the others. */
    static void end(GateContext context, Identity identity) {
        context.sessions.end(identity.nonce());
        context.state.save(AccessKind.REVOCATION, Revocation.ofUser(identity.email(), context.clock.instant()));
    }

    /** Whether another site makes the browser ask in the background, e.g. by an image. */
    static boolean isFromElsewhere(EdgeRequest request) {
        return "cross-site".equals(request.headers().get("Sec-Fetch-Site"))
                && !"navigate".equals(request.headers().get("Sec-Fetch-Mode"));
    }

    static EdgeResponse identity(@Nullable Identity identity, GateContext context) {
        if (identity == null) {
            return EdgeResponse.of(400, "application/json", "{\"err\":\"no app token set\"}")
                    .with("Cache-Control", "no-store");
        }
        return EdgeResponse.of(
                        200, "application/json", describe(identity, context).toString())
                .with("Cache-Control", "no-store");
    }

    static JsonObject describe(Identity identity, GateContext context) {
        JsonObject provider = new JsonObject();
        provider.addProperty("id", identity.providerId());
        IdentityProvider known = context.index().provider(identity.providerId());
        provider.addProperty("type", known == null ? "" : known.type().wireName());
        JsonObject geo = new JsonObject();
        geo.addProperty("country", identity.country());
        JsonObject json = new JsonObject();
        json.addProperty("id", identity.userId());
        json.addProperty("name", identity.name());
        json.addProperty("email", identity.email());
        json.add("idp", provider);
        json.add("geo", geo);
        json.addProperty("user_uuid", identity.userId());
        json.addProperty("account_id", "");
        json.addProperty("iat", identity.createdAt().getEpochSecond());
        json.addProperty("ip", identity.address());
        json.addProperty("auth_status", "NONE");
        json.addProperty("common_name", "");
        json.addProperty("service_token_id", "");
        json.addProperty("service_token_status", false);
        json.addProperty("is_warp", false);
        json.addProperty("is_gateway", false);
        json.add("devicePosture", new JsonObject());
        json.addProperty("device_id", "");
        json.add("device_sessions", new JsonObject());
        json.addProperty("version", 2);
        return json;
    }

    private static CompletionStage<EdgeResponse> done(EdgeResponse response) {
        return CompletableFuture.completedFuture(response);
    }

    private static GateDecision answer(EdgeResponse response) {
        return new GateDecision.Answer(response);
    }
}
