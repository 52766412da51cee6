package io.tunnel4j.edge.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every store promises. Tests share a store that already holds something, as a database does. */
abstract class StoreContract {
    private static final AuditEntry AUDIT =
            AuditEntry.of(Instant.parse("2026-01-01T10:00:00.123Z"), "anna", "test.change", "thing");

    abstract EdgeStore store();

    @Test
    void commit_newDocument_isLoadedWithSecret() {
        byte[] secret = "tunnel secret".getBytes(StandardCharsets.UTF_8);
        String json = "{\"name\":\"Größe 日本 \\\" \\u0000\",\"long\":\"" + "x".repeat(100_000) + "\"}";

        long revision = commit(Document.of("thing", "new", 0, json, secret));

        Document stored = find("thing", "new");
        assertThat(stored.json()).isEqualTo(json);
        assertThat(stored.secret()).isEqualTo(secret);
        assertThat(stored.revision()).isEqualTo(revision);
        assertThat(store().load().revision()).isEqualTo(revision);
    }

    @Test
    void commit_existingDocument_isReplaced() {
        commit(Document.of("thing", "twice", 0, "{\"a\":1}", new byte[] {1}));
        commit(document("twice", "{\"a\":2}"));

        assertThat(find("thing", "twice").json()).isEqualTo("{\"a\":2}");
        assertThat(find("thing", "twice").secret()).isEmpty();
    }

    @Test
    void commit_sameIdOfOtherKind_areTwoDocuments() {
        commit(document("same", "{\"k\":1}"), Document.of("route", "same", 0, "{\"k\":2}", new byte[0]));

        assertThat(find("thing", "same").json()).isEqualTo("{\"k\":1}");
        assertThat(find("route", "same").json()).isEqualTo("{\"k\":2}");
    }

    @Test
    void commit_staleRevision_isRefusedAndNothingChanges() {
        long revision = commit(document("stale", "{\"a\":1}"));
        commit(document("other", "{}"));

        assertThatThrownBy(() -> store().commit(revision, List.of(document("stale", "{\"a\":2}")), AUDIT))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.reason()).isEqualTo(StoreException.Reason.CONFLICT));

        assertThat(find("thing", "stale").json()).isEqualTo("{\"a\":1}");
        assertThat(store().load().revision()).isEqualTo(revision + 1);
    }

    @Test
    void commit_oneChangeTooLarge_nothingIsWritten() {
        long before = store().load().revision();

        assertThatThrownBy(() -> commit(document("fits", "{}"), document("x".repeat(600), "{}")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("id of length 600");

        assertThat(store().load().revision()).isEqualTo(before);
        assertThat(byId()).doesNotContainKey("fits");
    }

    @Test
    void changesSince_writtenChangedDeleted_showsNewestState() {
        commit(document("kept", "{}"), document("changed", "{\"a\":1}"), document("deleted", "{}"));
        long since = store().load().revision();
        commit(document("changed", "{\"a\":2}"));
        commit(Document.deleted("thing", "deleted", 0));
        long last = commit(document("added", "{}"));

        Contents changes = store().changesSince(since);

        Map<String, Document> byId =
                changes.documents().stream().collect(Collectors.toMap(Document::id, Function.identity()));
        assertThat(byId.keySet()).containsExactlyInAnyOrder("changed", "deleted", "added");
        assertThat(byId.get("changed").json()).isEqualTo("{\"a\":2}");
        assertThat(byId.get("deleted").isDeleted()).isTrue();
        assertThat(changes.revision()).isEqualTo(last);
        assertThat(store().changesSince(last).documents()).isEmpty();
        assertThat(byId()).doesNotContainKey("deleted");
    }

    @Test
    void commit_deletedAgainWritten_exists() {
        commit(document("back", "{\"a\":1}"));
        commit(Document.deleted("thing", "back", 0));
        commit(document("back", "{\"a\":2}"));

        assertThat(find("thing", "back").json()).isEqualTo("{\"a\":2}");
    }

    @Test
    void audit_severalEntries_newestFirstAndPaged() {
        commit(document("audit", "{\"a\":1}"));
        commit(document("audit", "{\"a\":2}"));

        List<AuditEntry> newest = store().audit(Long.MAX_VALUE, 1);
        assertThat(newest).singleElement().satisfies(entry -> {
            assertThat(entry.at()).isEqualTo(AUDIT.at());
            assertThat(entry.actor()).isEqualTo("anna");
            assertThat(entry.action()).isEqualTo("test.change");
            assertThat(entry.subject()).isEqualTo("thing");
        });
        List<AuditEntry> next = store().audit(newest.get(0).sequence(), 1);
        assertThat(next.get(0).sequence()).isLessThan(newest.get(0).sequence());
    }

    @Test
    void commit_manyAtOnce_everyRevisionIsGivenOnce() throws Exception {
        long before = store().load().revision();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Long>> writers = IntStream.range(0, 40)
                    .mapToObj(i -> (Callable<Long>) () -> commit(document("many" + i, "{}")))
                    .toList();
            List<Future<Long>> done = threads.invokeAll(writers);
            List<Long> revisions = done.stream().map(StoreContract::get).toList();
            assertThat(revisions).doesNotHaveDuplicates();
        } finally {
            threads.shutdownNow();
        }
        assertThat(store().load().revision()).isEqualTo(before + 40);
    }

    private static long get(Future<Long> future) {
        try {
            return future.get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Commits as the state does: again, when somebody else came first. */
    long commit(Document... documents) {
        while (true) {
            try {
                return store().commit(store().changesSince(Long.MAX_VALUE).revision(), List.of(documents), AUDIT);
            } catch (StoreException e) {
                assertThat(e.reason()).isEqualTo(StoreException.Reason.CONFLICT);
            }
        }
    }

    Document find(String kind, String id) {
        return store().load().documents().stream()
                .filter(d -> d.kind().equals(kind) && d.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private Map<String, Document> byId() {
        return store().load().documents().stream()
                .filter(d -> d.kind().equals("thing"))
                .collect(Collectors.toMap(Document::id, Function.identity()));
    }

    static Document document(String id, String json) {
        return Document.of("thing", id, 0, json, new byte[0]);
    }
}
