package io.tunnel4j.edge.gate;

import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.gate.login.AttemptLimiter;
import io.tunnel4j.edge.gate.login.PasswordHash;
import io.tunnel4j.edge.gate.login.Person;
import io.tunnel4j.edge.gate.page.Pages;
import io.tunnel4j.edge.gate.policy.LocalUser;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Login with a password that this edge knows. Thread-safe; hashing runs on workers. */
final class PasswordLogin {
    static final String PATH = AccessPaths.PREFIX + "password";
    private static final Duration WINDOW = Duration.ofMinutes(15);
    private static final int MAX_EMAIL = 254;

    private final GateContext context;
    private final LoginFlow flow;
    private final Executor workers;
    private final AttemptLimiter byUser;
    private final AttemptLimiter byAddress;

    PasswordLogin(GateContext context, LoginFlow flow, Executor workers) {
        this.context = context;
        this.flow = flow;
        this.workers = workers;
        this.byUser = new AttemptLimiter(10, WINDOW, context.clock);
        this.byAddress = new AttemptLimiter(50, WINDOW, context.clock);
    }

    EdgeResponse ask(
            EdgeRequest request, LoginFlow.Visit visit, IdentityProvider provider, String email, String problem) {
        return flow.withForm(
                request,
                visit,
                PATH,
                Map.of("idp", provider.id()),
                form -> Pages.password(visit.app().name(), form, email, problem));
    }

    CompletionStage<EdgeResponse> check(
            EdgeRequest request, LoginFlow.Visit visit, IdentityProvider provider, Query form) {
        String email = form.get("email").trim().toLowerCase(Locale.ROOT);
        String password = form.get("password");
        String address = request.client().getAddress().getHostAddress();
        boolean isFewFromThere = byAddress.tryAcquire(address);
        if (email.length() > MAX_EMAIL || !byUser.tryAcquire(email) || !isFewFromThere) {
            return CompletableFuture.completedFuture(
                    ask(request, visit, provider, "", "Too many attempts. Try again in a quarter of an hour."));
        }
        LocalUser user = context.index().user(email);
        String hash = user == null || user.isDisabled() ? PasswordHash.NOBODY : user.passwordHash();
        try {
            return CompletableFuture.supplyAsync(() -> PasswordHash.matches(password, hash), workers)
                    .thenCompose(isRight -> {
                        if (!isRight || user == null || user.isDisabled()) {
                            return CompletableFuture.completedFuture(ask(
                                    request, visit, provider, email, "That is not the right address and password."));
                        }
                        byUser.reset(email);
                        return flow.loggedIn(
                                request,
                                visit,
                                provider,
                                new Person(email, email, user.groups(), List.of("pwd"), Map.of()));
                    });
        } catch (RejectedExecutionException e) {
            return CompletableFuture.completedFuture(EdgeResponse.of(503).with("Retry-After", "10"));
        }
    }
}
