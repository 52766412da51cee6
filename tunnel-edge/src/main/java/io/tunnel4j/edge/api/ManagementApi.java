package io.tunnel4j.edge.api;

import static java.util.Objects.requireNonNull;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.tunnel4j.edge.api.ApiRoutes.Match;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.exchange.EdgeService;
import io.tunnel4j.edge.state.ConnectionDirectory;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.Kind;
import io.tunnel4j.edge.state.StateException;
import io.tunnel4j.edge.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The management interface: everything below {@code /client/v4}, in the hosted API's paths, envelopes and error codes, so that its command line and
 * tools work unchanged. Answers in JSON only, and only to bearer tokens. Thread-safe; does not block.
 */
public final class ManagementApi implements EdgeService {
    /** Where it is mounted. */
    public static final String PREFIX = "/client/v4";

    /** A larger body is refused; the frontend should refuse it before. */
    public static final int MAX_BODY_BYTES = 1 << 20;

    private static final Logger log = LoggerFactory.getLogger(ManagementApi.class);
    private static final String BEARER = "Bearer ";

    private final EdgeState state;
    private final ApiTokens tokens;
    private final String homeAccount;
    private final RateLimit perToken;
    private final RateLimit failuresPerAddress;
    private final ApiRoutes routes = new ApiRoutes();

    private ManagementApi(Builder builder) {
        this.state = builder.state;
        this.tokens = builder.tokens;
        this.homeAccount = builder.homeAccount;
        this.perToken = new RateLimit(builder.perSecond, builder.burst, builder.nanoTime);
        this.failuresPerAddress = new RateLimit(0.2, 20, builder.nanoTime);
        TunnelCalls.addTo(routes, builder.connections);
        ConfigurationCalls.addTo(routes);
        HostnameCalls.addTo(routes);
        NetworkCalls.addTo(routes);
        AccessCalls.addTo(routes);
        AccountCalls.addTo(routes);
    }

    /**
     * Starts an API.
     *
     * @param state what it manages
     * @param tokens who may
     * @param homeAccount the account whose tokens may change the Access model, which is one for the whole edge
     * @return a builder
     */
    public static Builder builder(EdgeState state, ApiTokens tokens, String homeAccount) {
        return new Builder(state, tokens, homeAccount);
    }

    /**
     * Tells whether a request is for this service.
     *
     * @param path as on the wire
     * @return true below {@link #PREFIX}
     */
    public static boolean isFor(String path) {
        return path.equals(PREFIX) || path.startsWith(PREFIX + "/");
    }

    @Override
    public CompletionStage<EdgeResponse> serve(EdgeRequest request) {
        CompletionStage<EdgeResponse> answer;
        try {
            answer = handle(request).thenApply(ApiResult::toResponse);
        } catch (RuntimeException e) {
            answer = CompletableFuture.completedFuture(failure(request, e));
        }
        return answer.exceptionally(e -> failure(request, e));
    }

    private CompletionStage<ApiResult> handle(EdgeRequest request) {
        ApiToken caller = authenticate(request);
        long wait = perToken.take(caller.id());
        if (wait > 0) {
            throw new RateLimited(wait);
        }
        if (request.body().length > MAX_BODY_BYTES) {
            throw new ApiError(413, 6008, "request body (expected: up to " + MAX_BODY_BYTES + " bytes)");
        }
        String path = isFor(request.path()) ? request.path().substring(PREFIX.length()) : request.path();
        if (path.equals("/user/tokens/verify") && request.method().equals("GET")) {
            return AccountCalls.verify(caller);
        }
        if (path.isEmpty()) {
            throw new ApiError(404, 7000, "No route for that URI");
        }
        Match match = routes.find(request.method(), path);
        authorize(caller, match);
        return match.route().handler().handle(new ApiCall(request, match.parameters(), caller, state));
    }

    /** Failures count per address, so that nobody can try tokens at the speed of the network; known tokens are not slowed by others' failures. */
    private ApiToken authenticate(EdgeRequest request) {
        String field = request.headers().get(HttpHeaderNames.AUTHORIZATION);
        String text = field != null && field.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? field.substring(BEARER.length()).strip()
                : "";
        return tokens.find(text).orElseThrow(() -> {
            long wait = failuresPerAddress.take(String.valueOf(request.client().getAddress()));
            return wait > 0
                    ? new RateLimited(wait)
                    : text.isEmpty()
                            ? new ApiError(
                                    401, 9106, "Missing Authorization header (expected: Bearer and an API token)")
                            : new ApiError(401, 1000, "Invalid API Token");
        });
    }

    private void authorize(ApiToken caller, Match match) {
        Scope scope = match.route().scope();
        if (!scope.isIn(caller.scopes())) {
            throw new ApiError(403, 10000, "Authentication error: the token lacks the scope " + scope.wireName());
        }
        String account = match.parameters().get("account");
        if (account == null) {
            return;
        }
        boolean isAccess = scope == Scope.ACCESS_READ || scope == Scope.ACCESS_EDIT;
        if (!caller.mayUse(account) || (isAccess && !account.equals(homeAccount))) {
            throw new ApiError(403, 10000, "Authentication error: the token is not for this account");
        }
        if (!state.current().documents(Kind.ACCOUNT).containsKey(account)) {
            throw new ApiError(
                    404,
                    7003,
                    "Could not route to /accounts/" + ApiCall.shortened(account)
                            + ", perhaps your object identifier is invalid?");
        }
    }

    private static EdgeResponse failure(EdgeRequest request, Throwable thrown) {
        Throwable e = thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (e instanceof RateLimited limited) {
            return ApiResult.failure(429, 971, "Please wait and consider throttling your request speed")
                    .with("Retry-After", Long.toString(limited.seconds()));
        }
        if (e instanceof ApiError error) {
            EdgeResponse response = ApiResult.failure(error.status(), error.code(), error.getMessage());
            return error.status() == 401 ? response.with("WWW-Authenticate", "Bearer") : response;
        }
        if (e instanceof StateException refused) {
            return refusal(refused);
        }
        if (e instanceof StoreException lost) {
            log.warn("{} {} could not be stored: {}", request.method(), request.path(), lost.getMessage());
            return ApiResult.failure(503, 10001, "The store cannot be reached; nothing was changed")
                    .with("Retry-After", "5");
        }
        log.error("{} {} failed", request.method(), request.path(), e);
        return ApiResult.failure(500, 10013, "Internal error");
    }

    private static EdgeResponse refusal(StateException refused) {
        String message = String.valueOf(refused.getMessage());
        return switch (refused.reason()) {
            case EXISTS -> ApiResult.failure(409, 1013, "You already have a tunnel with this name: " + message);
            case NOT_FOUND -> ApiResult.failure(404, 1003, message);
            case INVALID -> ApiResult.failure(400, 1003, message);
            case IN_USE -> ApiResult.failure(400, 1022, message);
            case LIMIT -> ApiResult.failure(403, 1015, message);
        };
    }

    private static final class RateLimited extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final long seconds;

        RateLimited(long seconds) {
            super("rate limit", null, false, false);
            this.seconds = seconds;
        }

        long seconds() {
            return seconds;
        }
    }

    /** Settings of an API. Not thread-safe. */
    public static final class Builder {
        private final EdgeState state;
        private final ApiTokens tokens;
        private final String homeAccount;
        private ConnectionDirectory connections = ConnectionDirectory.EMPTY;
        private double perSecond = 20;
        private double burst = 200;
        private LongSupplier nanoTime = System::nanoTime;

        private Builder(EdgeState state, ApiTokens tokens, String homeAccount) {
            this.state = requireNonNull(state, "state");
            this.tokens = requireNonNull(tokens, "tokens");
            this.homeAccount = requireNonNull(homeAccount, "homeAccount");
        }

        /**
         * Says who is connected.
         *
         * @param directory by default nobody
         * @return this
         */
        public Builder connections(ConnectionDirectory directory) {
            connections = requireNonNull(directory, "directory");
            return this;
        }

        /**
         * Limits the requests of one token.
         *
         * @param requestsPerSecond in the long run; 20 by default
         * @param atOnce in a burst; 200 by default
         * @return this
         */
        public Builder rate(double requestsPerSecond, double atOnce) {
            perSecond = requestsPerSecond;
            burst = atOnce;
            return this;
        }

        /**
         * Sets the clock of the limits.
         *
         * @param ticker as {@link System#nanoTime}
         * @return this
         */
        public Builder ticker(LongSupplier ticker) {
            nanoTime = requireNonNull(ticker, "ticker");
            return this;
        }

        /**
         * Builds the API.
         *
         * @return the service
         */
        public ManagementApi build() {
            return new ManagementApi(this);
        }
    }
}
