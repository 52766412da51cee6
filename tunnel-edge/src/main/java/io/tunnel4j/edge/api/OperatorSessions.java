package io.tunnel4j.edge.api;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import io.tunnel4j.edge.exchange.EdgeRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is signed in to the edge's own pages. A session starts with an API token and lives in memory; it ends after twelve hours, or when its token is
 * deleted. Thread-safe.
 */
public final class OperatorSessions {
    private static final String COOKIE = "tunnel4j_session";
    private static final Duration LIFETIME = Duration.ofHours(12);
    private static final int MAX_SESSIONS = 1_000;
    private static final int ID_BYTES = 32;

    /**
     * Somebody who is signed in.
     *
     * @param name the token's name
     * @param account the token's account; empty for all
     * @param scopes what they may do
     * @param formToken must come back with every form
     */
    public record Operator(String name, String account, Set<Scope> scopes, String formToken) {
        /** Copies the scopes. */
        public Operator {
            scopes = Set.copyOf(scopes);
        }

        /**
         * Tells whether they may do something.
         *
         * @param scope what
         * @return true if their token covers it
         */
        public boolean may(Scope scope) {
            return scope.isIn(scopes);
        }

        /**
         * Tells whether a form came from a page shown to them; compared in constant time.
         *
         * @param presented what came back with it
         * @return true if it is their form token
         */
        public boolean sent(String presented) {
            return MessageDigest.isEqual(
                    formToken.getBytes(StandardCharsets.UTF_8), presented.getBytes(StandardCharsets.UTF_8));
        }
    }

    private record Session(String tokenId, String formToken, Instant end) {}

    private final ApiTokens tokens;
    private final Clock clock;
    private final RateLimit attempts = new RateLimit(0.2, 10, System::nanoTime);
    private final Map<String, Session> sessions = new LinkedHashMap<>();

    /**
     * Starts without sessions.
     *
     * @param tokens who may sign in
     * @param clock for their end
     */
    public OperatorSessions(ApiTokens tokens, Clock clock) {
        this.tokens = tokens;
        this.clock = clock;
    }

    /**
     * Signs somebody in.
     *
     * <p>Failed attempts are slowed down per address; while one is over its limit, the right token does not count either.
     *
     * @param apiToken what they typed
     * @param request theirs
     * @return the value of {@code Set-Cookie}, or empty if the token does not count
     */
    public Optional<String> signIn(String apiToken, EdgeRequest request) {
        if (attempts.take(String.valueOf(request.client().getAddress())) > 0) {
            return Optional.empty();
        }
        return tokens.find(apiToken.strip()).map(token -> {
            String id = PathIds.randomHex(ID_BYTES);
            Session session = new Session(
                    token.id(), PathIds.randomHex(ID_BYTES), clock.instant().plus(LIFETIME));
            synchronized (sessions) {
                sessions.values().removeIf(old -> !clock.instant().isBefore(old.end()));
                if (sessions.size() >= MAX_SESSIONS) {
                    sessions.remove(sessions.keySet().iterator().next());
                }
                sessions.put(PathIds.sha256(id), session);
            }
            return cookie(id, LIFETIME.toSeconds(), request.scheme().equals("https"));
        });
    }

    /**
     * Signs somebody out.
     *
     * @param request theirs
     * @return the value of {@code Set-Cookie}
     */
    public String signOut(EdgeRequest request) {
        String id = sessionId(request);
        if (id != null) {
            synchronized (sessions) {
                sessions.remove(PathIds.sha256(id));
            }
        }
        return cookie("", 0, request.scheme().equals("https"));
    }

    private static String cookie(String value, long seconds, boolean isSecure) {
        return COOKIE + "=" + value + "; Path=/; Max-Age=" + seconds + "; HttpOnly; SameSite=Lax"
                + (isSecure ? "; Secure" : "");
    }

    /**
     * Finds out who is asking.
     *
     * @param request theirs
     * @return who it is, unless nobody is signed in or the token behind the session is gone
     */
    public Optional<Operator> find(EdgeRequest request) {
        String id = sessionId(request);
        if (id == null) {
            return Optional.empty();
        }
        Session session;
        synchronized (sessions) {
            session = sessions.get(PathIds.sha256(id));
        }
        if (session == null || !clock.instant().isBefore(session.end())) {
            return Optional.empty();
        }
        return tokens.withId(session.tokenId())
                .map(token -> new Operator(token.name(), token.accountTag(), token.scopes(), session.formToken()));
    }

    private static @Nullable String sessionId(EdgeRequest request) {
        for (String field : request.headers().getAll(HttpHeaderNames.COOKIE)) {
            for (Cookie cookie : ServerCookieDecoder.LAX.decode(field)) {
                if (cookie.name().equals(COOKIE)) {
                    return cookie.value();
                }
            }
        }
        return null;
    }
}
