package io.tunnel4j.edge.api;

import io.tunnel4j.edge.state.EdgeSnapshot;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.Kind;
import io.tunnel4j.edge.store.Document;
import java.time.Clock;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The bearer tokens that count now: stored ones, and the one given at start. Thread-safe; does not block. */
public final class ApiTokens {
    /** Nobody guesses or needs more; also bounds the hashing. */
    private static final int MAX_TEXT = 256;

    private record Index(Map<String, Document> source, Map<String, ApiToken> byHash) {}

    private final EdgeState state;
    private final Clock clock;
    private final @Nullable ApiToken root;
    private volatile Index index = new Index(Map.of(), Map.of());

    private ApiTokens(EdgeState state, Clock clock, @Nullable ApiToken root) {
        this.state = state;
        this.clock = clock;
        this.root = root;
    }

    /**
     * Accepts the tokens of a state.
     *
     * @param state where they are kept
     * @param clock for their expiry
     * @param rootToken one more that may do everything and is never stored; empty for none
     * @return the tokens
     */
    public static ApiTokens of(EdgeState state, Clock clock, String rootToken) {
        ApiToken root = rootToken.isEmpty()
                ? null
                : ApiToken.of("root", rootToken, "", EnumSet.allOf(Scope.class), Instant.EPOCH, null);
        return new ApiTokens(state, clock, root);
    }

    /**
     * Makes and stores a token.
     *
     * @param name shown in the audit log
     * @param accountTag the one account it works for; empty for all
     * @param scopes what it may do
     * @param expiresAt when it ends; null for never
     * @return completes with the text, which cannot be had again
     */
    public CompletionStage<String> create(
            String name, String accountTag, Set<Scope> scopes, @Nullable Instant expiresAt) {
        String text = ApiToken.newText();
        return state.change("edge", "token.create", draft -> {
            ApiToken token = ApiToken.of(name, text, accountTag, scopes, draft.now(), expiresAt);
            draft.put(Kind.API_TOKEN, token.id(), token.toDocument());
            draft.subject(token.id() + " " + name);
            return text;
        });
    }

    Optional<ApiToken> find(String text) {
        if (text.isEmpty() || text.length() > MAX_TEXT) {
            return Optional.empty();
        }
        String hash = PathIds.sha256(text);
        ApiToken found = root != null && root.hash().equals(hash) ? root : byHash().get(hash);
        return Optional.ofNullable(found).filter(token -> !token.isExpired(clock.instant()));
    }

    Optional<ApiToken> withId(String id) {
        if (root != null && root.id().equals(id)) {
            return Optional.of(root);
        }
        return byHash().values().stream()
                .filter(token -> token.id().equals(id))
                .filter(token -> !token.isExpired(clock.instant()))
                .findFirst();
    }

    private Map<String, ApiToken> byHash() {
        EdgeSnapshot snapshot = state.current();
        Map<String, Document> documents = snapshot.documents(Kind.API_TOKEN);
        Index current = index;
        if (current.source() != documents) {
            Map<String, ApiToken> byHash = new HashMap<>();
            documents.values().stream().map(ApiToken::from).forEach(token -> byHash.put(token.hash(), token));
            current = new Index(documents, byHash);
            index = current;
        }
        return current.byHash();
    }
}
