package io.tunnel4j.edge.gate;

import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.MailSender;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.gate.login.AttemptLimiter;
import io.tunnel4j.edge.gate.login.Person;
import io.tunnel4j.edge.gate.page.Pages;
import io.tunnel4j.edge.gate.policy.Identity;
import io.tunnel4j.edge.gate.session.ExpiringTable;
import io.tunnel4j.edge.gate.session.RandomText;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Login with a number sent by e-mail. Thread-safe, never blocks.
 *
 * <p>A PIN is sent only to those who may use the application; the page does not tell whether it was.
 */
final class PinLogin {
    static final String PATH = AccessPaths.PREFIX + "pin";
    static final String CHECK_PATH = AccessPaths.PREFIX + "pin-check";

    private static final Logger LOG = LoggerFactory.getLogger(PinLogin.class);
    private static final int DIGITS = 6;
    private static final int MAX_TRIES = 5;
    private static final int MAX_PENDING = 50_000;
    private static final Duration LIFETIME = Duration.ofMinutes(10);
    private static final Duration WINDOW = Duration.ofMinutes(15);
    private static final Pattern EMAIL = Pattern.compile("[^\\s@<>,;:\"()\\[\\]\\\\]{1,64}@[a-z0-9.-]{1,189}");

    private final GateContext context;
    private final LoginFlow flow;
    private final MailSender mail;
    private final AttemptLimiter byUser;
    private final AttemptLimiter byAddress;
    private final ExpiringTable<String, Pending> pending;
    private final AttemptLimiter tries;

    PinLogin(GateContext context, LoginFlow flow, MailSender mail) {
        this.context = context;
        this.flow = flow;
        this.mail = mail;
        this.byUser = new AttemptLimiter(5, WINDOW, context.clock);
        this.byAddress = new AttemptLimiter(30, WINDOW, context.clock);
        this.pending = new ExpiringTable<>(MAX_PENDING, context.clock);
        this.tries = new AttemptLimiter(MAX_TRIES, LIFETIME, context.clock);
    }

    EdgeResponse ask(EdgeRequest request, LoginFlow.Visit visit, IdentityProvider provider, String problem) {
        return flow.withForm(
                request,
                visit,
                PATH,
                Map.of("idp", provider.id()),
                form -> Pages.pinAddress(visit.app().name(), form, problem));
    }

    EdgeResponse send(
            EdgeRequest request, LoginFlow.Visit visit, IdentityProvider provider, Query form, String browser) {
        String email = form.get("email").trim().toLowerCase(Locale.ROOT);
        if (!EMAIL.matcher(email).matches()) {
            return ask(request, visit, provider, "That is not an e-mail address.");
        }
        String address = request.client().getAddress().getHostAddress();
        boolean isFewFromThere = byAddress.tryAcquire(address);
        if (!byUser.tryAcquire(email) || !isFewFromThere) {
            return ask(request, visit, provider, "Too many PINs. Try again in a quarter of an hour.");
        }
        String id = context.random.next();
        if (mayLogIn(request, visit, provider, email)) {
            String pin = context.random.digits(DIGITS);
            pending.put(
                    id,
                    new Pending(email, RandomText.fingerprint(pin + id), RandomText.fingerprint(browser)),
                    LIFETIME);
            mail.send(
                            email,
                            "Your PIN for " + visit.app().name(),
                            "Your PIN is " + pin + "\n\nIt is good for ten minutes, in the browser that asked for it."
                                    + " If that was not you, ignore this mail and give the PIN to nobody.\n")
                    .whenComplete((sent, failure) -> {
                        if (failure != null) {
                            LOG.warn("[{}] PIN not sent: {}", request.id(), failure.toString());
                        }
                    });
        } else {
            LOG.info(
                    "[{}] no PIN for {}: may not use {}",
                    request.id(),
                    email,
                    visit.app().name());
        }
        return askPin(request, visit, provider, id, email, "");
    }

    private EdgeResponse askPin(
            EdgeRequest request,
            LoginFlow.Visit visit,
            IdentityProvider provider,
            String id,
            String email,
            String problem) {
        return flow.withForm(
                request,
                visit,
                CHECK_PATH,
                Map.of("idp", provider.id(), "id", id, "email", email),
                form -> Pages.pin(form, email, problem));
    }

    CompletionStage<EdgeResponse> check(
            EdgeRequest request, LoginFlow.Visit visit, IdentityProvider provider, Query form, String browser) {
        String id = form.get("id");
        Pending sent = pending.get(id);
        boolean isLeft = tries.tryAcquire(id);
        boolean isRight = sent != null
                && isLeft
                && RandomText.sameSecret(sent.browser, RandomText.fingerprint(browser))
                && RandomText.sameSecret(
                        sent.pin, RandomText.fingerprint(form.get("pin").trim() + id));
        if (sent == null || !isRight) {
            if (!isLeft) {
                pending.take(id);
                return done(ask(request, visit, provider, "Too many wrong PINs. Ask for a new one."));
            }
            return done(
                    askPin(request, visit, provider, id, form.get("email"), "That is not the PIN, or it is too old."));
        }
        if (pending.take(id) == null) { // somebody else was faster with the same PIN
            return done(ask(request, visit, provider, "This PIN has been used."));
        }
        return flow.loggedIn(
                request, visit, provider, new Person(sent.email, sent.email, List.of(), List.of("otp"), Map.of()));
    }

    private boolean mayLogIn(EdgeRequest request, LoginFlow.Visit visit, IdentityProvider provider, String email) {
        Instant now = context.clock.instant();
        Identity supposed = new Identity(
                "", email, "", email, provider.id(), List.of(), List.of("otp"), Map.of(), Map.of(), "", "", now, now);
        return ExternalEvaluation.couldPass(visit.app(), context.index(), context.facts(request, null), supposed);
    }

    private static CompletionStage<EdgeResponse> done(EdgeResponse response) {
        return CompletableFuture.completedFuture(response);
    }

    private record Pending(String email, String pin, String browser) {}
}
