package io.tunnel4j.edge.gate;

import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.gate.login.Person;
import io.tunnel4j.edge.gate.page.Form;
import io.tunnel4j.edge.gate.page.Pages;
import io.tunnel4j.edge.gate.policy.AccessIndex;
import io.tunnel4j.edge.gate.policy.Identity;
import io.tunnel4j.edge.gate.policy.PolicyEngine;
import io.tunnel4j.edge.gate.policy.Verdict;
import io.tunnel4j.edge.gate.session.Grants;
import io.tunnel4j.edge.gate.token.SignedToken;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From "who are you?" to "go on" or "you may not": what login methods have in common. Thread-safe, never blocks. */
final class LoginFlow {
    private static final Logger LOG = LoggerFactory.getLogger(LoginFlow.class);

    private final GateContext context;
    private final TeamSessions sessions;
    private final ApplicationGate applications;
    private final TransferStore transfers;
    private final ExternalEvaluation evaluation;
    private final Duration sessionDuration;

    LoginFlow(
            GateContext context,
            TeamSessions sessions,
            ApplicationGate applications,
            TransferStore transfers,
            ExternalEvaluation evaluation,
            Duration sessionDuration) {
        this.context = context;
        this.sessions = sessions;
        this.applications = applications;
        this.transfers = transfers;
        this.evaluation = evaluation;
        this.sessionDuration = sessionDuration;
    }

    /** The sealed reason for being here, if it is one and its application still exists; null otherwise. */
    @Nullable
    Visit visit(String meta) {
        LoginState state = LoginState.open(context.seal, meta);
        Application app = state == null ? null : context.index().application(state.audience());
        return state == null || app == null ? null : new Visit(state, app);
    }

    /** Says that a link is too old; names the application if it can, for clients that only want to know that. */
    EdgeResponse stale(String audience, String host) {
        EdgeResponse page =
                Pages.problem(400, "This link is too old", "Open the application again; it will bring you back here.");
        Application app = context.index().application(audience);
        return app == null ? page : ApplicationGate.identified(page, app, host);
    }

    /** Offers the login methods. */
    EdgeResponse choose(EdgeRequest request, Visit visit) {
        List<Pages.Choice> choices = new ArrayList<>();
        for (IdentityProvider provider : context.index().providers(visit.app)) {
            choices.add(new Pages.Choice(provider.name(), link(visit, provider)));
        }
        EdgeResponse page = choices.size() == 1 && visit.app.autoRedirectToIdentity()
                ? EdgeResponse.of(302).with("Location", choices.get(0).link()).with("Cache-Control", "no-store")
                : Pages.choose(visit.app.name(), choices);
        return withBrowser(request, visit.identified(page));
    }

    private String link(Visit visit, IdentityProvider provider) {
        return context.team.issuer() + AccessPaths.LOGIN + "/" + visit.state.host() + "?kid=" + visit.app.audience()
                + "&meta=" + visit.state.sealed() + "&idp=" + Query.encode(provider.id());
    }

    /** Gives the browser its own secret if it has none. */
    EdgeResponse withBrowser(EdgeRequest request, EdgeResponse response) {
        return sessions.browser(request.headers()).isEmpty()
                ? response.with("Set-Cookie", sessions.browserCookie(sessions.newBrowser()))
                : response;
    }

    /** A form of this browser for this visit; makes the page that {@code page} returns set the cookie it needs. */
    EdgeResponse withForm(
            EdgeRequest request,
            Visit visit,
            String action,
            Map<String, String> hidden,
            Function<Form, EdgeResponse> page) {
        String known = sessions.browser(request.headers());
        String browser = known.isEmpty() ? sessions.newBrowser() : known;
        Map<String, String> fields = new HashMap<>(hidden);
        fields.put("form", sessions.formToken(browser));
        fields.put("meta", visit.state.sealed());
        EdgeResponse response = visit.identified(page.apply(new Form(action, fields, visit.state.origin())));
        return known.isEmpty() ? response.with("Set-Cookie", sessions.browserCookie(browser)) : response;
    }

    /** Opens a session for somebody who has just proved who they are, and goes on. */
    CompletionStage<EdgeResponse> loggedIn(EdgeRequest request, Visit visit, IdentityProvider provider, Person person) {
        Instant now = context.clock.instant();
        Identity identity = new Identity(
                context.random.next(),
                person.email(),
                userId(person.email()),
                person.name(),
                provider.id(),
                person.groups(),
                person.methods(),
                person.claims(),
                Map.of(),
                context.facts(request, null).country(),
                request.client().getAddress().getHostAddress(),
                now,
                now.plus(sessionDuration));
        context.sessions.put(identity);
        LOG.info("[{}] {} logged in by {}", request.id(), person.email(), provider.name());
        SignedToken token = context.tokens.forSession(identity);
        // The browser's secret from before the login must not be worth anything afterwards.
        String browser = sessions.newBrowser();
        return proceed(request, visit, identity, browser)
                .thenApply(response -> response.with("Set-Cookie", sessions.identityCookie(token))
                        .with("Set-Cookie", sessions.browserCookie(browser)));
    }

    /** The same person has the same id at every login, and on every node. */
    private String userId(String email) {
        return UUID.nameUUIDFromBytes((context.team.issuer() + " " + email).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    /** Lets somebody who is logged in go on to the application, if they may. */
    CompletionStage<EdgeResponse> proceed(EdgeRequest request, Visit visit, Identity identity, String browser) {
        return evaluation
                .evaluate(request.id(), visit.app, identity)
                .thenApply(known -> decided(request, visit, known, browser));
    }

    private EdgeResponse decided(EdgeRequest request, Visit visit, Identity identity, String browser) {
        AccessIndex index = context.index();
        Verdict verdict = PolicyEngine.decide(visit.app, index, context.facts(request, null), identity);
        return switch (verdict.outcome()) {
            case ALLOW ->
                visit.state.transferKey().isEmpty()
                        ? handOver(request, visit, identity)
                        : askConsent(visit, identity, browser);
            case BYPASS, SERVICE ->
                visit.identified(redirect(request).with("Location", visit.state.origin() + visit.state.redirect()));
            case LOGIN -> choose(request, visit);
            case REFUSE -> refuse(request, visit, identity);
        };
    }

    private EdgeResponse handOver(EdgeRequest request, Visit visit, Identity identity) {
        String code = context.grants.issue(new Grants.Grant(
                identity.nonce(),
                visit.app.audience(),
                visit.state.destination(),
                visit.state.origin(),
                visit.state.redirect(),
                visit.state.session()));
        return visit.identified(redirect(request)
                .with(
                        "Location",
                        visit.state.origin() + AccessPaths.AUTHORIZED + "?nonce=" + code + "&redirect_url="
                                + Query.encode(visit.state.redirect())));
    }

    /** 302 is what clients understand; after a form the browser must not repeat it. */
    private static EdgeResponse redirect(EdgeRequest request) {
        return EdgeResponse.of(request.method().equals("POST") ? 303 : 302).with("Cache-Control", "no-store");
    }

    private EdgeResponse askConsent(Visit visit, Identity identity, String browser) {
        Form form = new Form(
                AccessPaths.PREFIX + "consent",
                Map.of("form", sessions.formToken(browser), "meta", visit.state.sealed()),
                "");
        return visit.identified(Pages.consent(visit.app.name(), visit.state.host(), identity.email(), form));
    }

    /** Hands the tokens to the waiting client, now that a person has said so. */
    EdgeResponse consented(EdgeRequest request, Visit visit, Identity identity) {
        Verdict verdict = PolicyEngine.decide(visit.app, context.index(), context.facts(request, null), identity);
        if (verdict.outcome() != Verdict.Outcome.ALLOW
                || visit.state.transferKey().isEmpty()) {
            return refuse(request, visit, identity);
        }
        transfers.deposit(
                visit.state.transferKey(),
                applications.tokenFor(visit.app, identity, verdict.policy()).text(),
                context.tokens.forSession(identity).text());
        LOG.info("[{}] {} let a program in to {}", request.id(), identity.email(), visit.app.name());
        return visit.identified(Pages.done(visit.app.name(), visit.state.closesWindow()));
    }

    /** Tells the waiting client that the person does not want it in. */
    EdgeResponse declined(EdgeRequest request, Visit visit, Identity identity) {
        if (!visit.state.transferKey().isEmpty()) {
            transfers.decline(visit.state.transferKey());
            LOG.info("[{}] {} let no program in to {}", request.id(), identity.email(), visit.app.name());
        }
        return visit.identified(Pages.declined(visit.app.name()));
    }

    private EdgeResponse refuse(EdgeRequest request, Visit visit, Identity identity) {
        Verdict why = PolicyEngine.explain(visit.app, context.index(), context.facts(request, null), identity);
        LOG.info(
                "[{}] {} refused at {}: {}",
                request.id(),
                identity.email(),
                visit.app.name(),
                String.join("; ", why.trace()));
        return visit.identified(Pages.refused(
                visit.app.name(), identity.email(), visit.app.denyMessage(), AccessPaths.LOGOUT, request.id()));
    }

    /** Somebody at the login page: why, and for which application. */
    record Visit(LoginState state, Application app) {
        EdgeResponse identified(EdgeResponse response) {
            return ApplicationGate.identified(response, app, state.destination());
        }
    }
}
