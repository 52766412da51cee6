package io.tunnel4j.edge.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class H2StoreTest extends StoreContract {
    @TempDir
    static Path directory;

    private static EdgeStore store;

    @BeforeAll
    static void open() {
        store = EdgeStore.file(directory.resolve("edge"), StoreKey.generate());
    }

    @AfterAll
    static void close() {
        store.close();
    }

    @Override
    EdgeStore store() {
        return store;
    }

    @Test
    void file_openedAgain_holdsEverything(@TempDir Path other) {
        StoreKey key = StoreKey.generate();
        try (EdgeStore first = EdgeStore.file(other.resolve("again"), key)) {
            first.commit(0, List.of(Document.of("thing", "a", 0, "{}", new byte[] {7})), entry());
        }
        try (EdgeStore second = EdgeStore.file(other.resolve("again"), key)) {
            assertThat(second.load().revision()).isEqualTo(1);
            assertThat(second.load().documents().get(0).secret()).containsExactly(7);
            assertThat(second.audit(Long.MAX_VALUE, 10)).hasSize(1);
        }
    }

    @Test
    void file_otherKey_isUnreadable_olderKeyAddedIsRead(@TempDir Path other) {
        StoreKey old = StoreKey.generate();
        try (EdgeStore first = EdgeStore.file(other.resolve("key"), old)) {
            first.commit(0, List.of(Document.of("thing", "a", 0, "{}", new byte[] {7})), entry());
        }
        StoreKey fresh = StoreKey.generate();
        try (EdgeStore second = EdgeStore.file(other.resolve("key"), fresh)) {
            assertThatThrownBy(second::load)
                    .isInstanceOfSatisfying(
                            StoreException.class,
                            e -> assertThat(e.reason()).isEqualTo(StoreException.Reason.UNREADABLE))
                    .hasMessageContaining("thing a");
        }
        try (EdgeStore third = EdgeStore.file(other.resolve("key"), fresh.reading(old))) {
            assertThat(third.load().documents().get(0).secret()).containsExactly(7);
        }
    }

    @Test
    void file_withSecret_doesNotHoldItInClear(@TempDir Path other) throws IOException {
        String secret = "S3cretOfTheTunnel-0123456789";
        try (EdgeStore first = EdgeStore.file(other.resolve("clear"), StoreKey.generate())) {
            first.commit(
                    0,
                    List.of(Document.of("thing", "a", 0, "{\"mark\":1}", secret.getBytes(StandardCharsets.UTF_8))),
                    entry());
        }
        String bytes = Files.readString(other.resolve("clear.mv.db"), StandardCharsets.ISO_8859_1);
        assertThat(bytes).contains("mark").doesNotContain(secret);
    }

    private static AuditEntry entry() {
        return AuditEntry.of(Instant.EPOCH, "a", "b", "c");
    }
}
