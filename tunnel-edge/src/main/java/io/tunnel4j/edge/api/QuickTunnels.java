package io.tunnel4j.edge.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.exchange.EdgeService;
import io.tunnel4j.edge.state.ConnectionDirectory;
import io.tunnel4j.edge.state.EdgeDraft;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.HostnameRoute;
import io.tunnel4j.edge.state.HostnameRoute.Target;
import io.tunnel4j.edge.state.StateException;
import io.tunnel4j.edge.state.Tunnel;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tunnels for anybody who asks, under random names: {@code POST /tunnel} without authorisation. Bounded in number and in requests per address; one that
 * nobody uses ends after an hour. Thread-safe; does not block.
 */
public final class QuickTunnels implements EdgeService {
    /** Where it is mounted. */
    public static final String PATH = "/tunnel";

    private static final Logger log = LoggerFactory.getLogger(QuickTunnels.class);
    private static final Duration UNUSED = Duration.ofHours(1);
    private static final int SECRET_BYTES = 32;

    private final EdgeState state;
    private final ConnectionDirectory connections;
    private final String accountTag;
    private final String suffix;
    private final int most;
    private final Clock clock;
    private final RateLimit perAddress;
    private final SecureRandom random = new SecureRandom();

    /**
     * Offers quick tunnels.
     *
     * @param state where they are kept
     * @param connections who uses them
     * @param accountTag the account they belong to
     * @param suffix the domain below which they get names
     * @param most how many may live at a time
     * @param clock for their end
     * @param nanoTime for the limit per address, as {@link System#nanoTime}
     */
    public QuickTunnels(
            EdgeState state,
            ConnectionDirectory connections,
            String accountTag,
            String suffix,
            int most,
            Clock clock,
            LongSupplier nanoTime) {
        this.state = state;
        this.connections = connections;
        this.accountTag = accountTag;
        this.suffix = suffix;
        this.most = most;
        this.clock = clock;
        this.perAddress = new RateLimit(0.05, 5, nanoTime);
    }

    @Override
    public CompletionStage<EdgeResponse> serve(EdgeRequest request) {
        if (!request.method().equals("POST")) {
            return CompletableFuture.completedFuture(failure(405, 7001, "Method not available (expected: POST)"));
        }
        long wait = perAddress.take(String.valueOf(request.client().getAddress()));
        if (wait > 0) {
            return CompletableFuture.completedFuture(
                    failure(429, 971, "Too many tunnels from this address").with("Retry-After", Long.toString(wait)));
        }
        return state.change("quick tunnel from " + request.client().getAddress(), "quick_tunnel.create", this::create)
                .exceptionally(QuickTunnels::refused);
    }

    private EdgeResponse create(EdgeDraft draft) {
        long living = draft.state().tunnels().stream()
                .filter(tunnel -> tunnel.isLive() && tunnel.expiresAt() != null)
                .count();
        if (living >= most) {
            throw new StateException(
                    StateException.Reason.LIMIT, living + " quick tunnels (expected: up to " + most + ")");
        }
        String hostname = QuickNames.random(random) + "." + suffix;
        while (draft.state().routeNamed(hostname).isPresent()) {
            hostname = QuickNames.random(random) + "." + suffix;
        }
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        UUID id = UUID.randomUUID();
        Tunnel tunnel = Tunnel.of(id, accountTag, "qt-" + id.toString().substring(0, 18), secret, draft.now())
                .expiring(draft.now().plus(UNUSED));
        draft.put(tunnel);
        draft.put(new HostnameRoute(hostname, List.of(new Target(tunnel.id(), 1)), draft.now()));
        draft.subject(tunnel.id() + " " + hostname);
        JsonObject result = new JsonObject();
        result.addProperty("id", tunnel.id().toString());
        result.addProperty("name", tunnel.name());
        result.addProperty("hostname", hostname);
        result.addProperty("account_tag", accountTag);
        result.addProperty("secret", Base64.getEncoder().encodeToString(secret));
        JsonObject answer = new JsonObject();
        answer.addProperty("success", true);
        answer.add("result", result);
        answer.add("errors", new JsonArray());
        return ApiResult.json(200, answer);
    }

    private static EdgeResponse refused(Throwable thrown) {
        Throwable e = thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (!(e instanceof StateException)) {
            log.warn("quick tunnel could not be made: {}", e.toString());
        }
        return failure(503, 1101, "No quick tunnel can be made now").with("Retry-After", "60");
    }

    /** The stock command line reads these errors with capitals, unlike those of the API. */
    private static EdgeResponse failure(int status, int code, String message) {
        JsonObject error = new JsonObject();
        error.addProperty("Code", code);
        error.addProperty("Message", message);
        JsonArray errors = new JsonArray();
        errors.add(error);
        JsonObject answer = new JsonObject();
        answer.addProperty("success", false);
        answer.add("result", JsonNull.INSTANCE);
        answer.add("errors", errors);
        return ApiResult.json(status, answer);
    }

    /** Ends unused ones and puts off the end of used ones; to be called every few minutes. */
    public void sweep() {
        Instant now = clock.instant();
        List<Tunnel> due = state.current().tunnels().stream()
                .filter(tunnel -> tunnel.isLive() && ends(tunnel).isBefore(now.plus(UNUSED.dividedBy(2))))
                .toList();
        for (Tunnel tunnel : due) {
            boolean isUsed = !connections.connections(tunnel.id()).isEmpty();
            if (isUsed || ends(tunnel).isBefore(now)) {
                state.change("edge", isUsed ? "quick_tunnel.prolong" : "quick_tunnel.expire", draft -> {
                            draft.subject(tunnel.id().toString());
                            draft.state().tunnel(tunnel.id()).ifPresent(current -> {
                                if (isUsed) {
                                    draft.put(current.expiring(draft.now().plus(UNUSED)));
                                } else {
                                    draft.delete(current);
                                }
                            });
                            return tunnel;
                        })
                        .exceptionally(e -> {
                            log.debug("quick tunnel {} is looked at again later", tunnel.id(), e);
                            return tunnel;
                        });
            }
        }
    }

    private static Instant ends(Tunnel tunnel) {
        Instant end = tunnel.expiresAt();
        return end == null ? Instant.MAX : end;
    }
}
