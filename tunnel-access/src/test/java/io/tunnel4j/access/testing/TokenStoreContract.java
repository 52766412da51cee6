package io.tunnel4j.access.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.TokenStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link TokenStore} keeps to. Extend it for your own store; each test asks for an empty one. */
public abstract class TokenStoreContract {
    private static final String NAME = "app.example.com-f00d-token";

    /**
     * Creates a store.
     *
     * @return an empty store
     */
    protected abstract TokenStore emptyStore();

    /**
     * Returns how long a value may be.
     *
     * @return at least a quarter of {@link TokenStore#MAX_VALUE_BYTES}
     */
    protected int maxValueBytes() {
        return TokenStore.MAX_VALUE_BYTES;
    }

    @Test
    void read_nothingWritten_null() {
        assertThat(emptyStore().read(NAME)).isNull();
    }

    @Test
    void read_afterWrite_valueAndTime() {
        TokenStore store = emptyStore();
        Instant before = Instant.now();

        store.write(NAME, "a.b.c");

        assertThat(store.read(NAME)).isNotNull();
        assertThat(store.read(NAME).value()).isEqualTo("a.b.c");
        assertThat(store.read(NAME).modified())
                .isBetween(before.minusSeconds(2), Instant.now().plusSeconds(2));
    }

    @Test
    void write_again_replaces() {
        TokenStore store = emptyStore();
        store.write(NAME, "a rather long first value");

        store.write(NAME, "second");

        assertThat(store.read(NAME).value()).isEqualTo("second");
        assertThat(store.names()).containsExactly(NAME);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "ünïcode 世界 \uD83D\uDD11", "{\"keys\":[]}\n", "line\r\nline"})
    void read_unusualValue_asWritten(String value) {
        TokenStore store = emptyStore();

        store.write(NAME, value);

        assertThat(store.read(NAME).value()).isEqualTo(value);
    }

    @Test
    void write_longestValue_kept() {
        TokenStore store = emptyStore();
        String value = "x".repeat(maxValueBytes());

        store.write(NAME, value);

        assertThat(store.read(NAME).value()).isEqualTo(value);
    }

    @Test
    void write_tooLongValue_refusedAndFormerKept() {
        TokenStore store = emptyStore();
        store.write(NAME, "former");

        assertThatThrownBy(() -> store.write(NAME, "x".repeat(TokenStore.MAX_VALUE_BYTES + 1)))
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.TOKEN_STORE));
        assertThat(store.read(NAME).value()).isEqualTo("former");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-.example.com-f00d-token",
                "App.Example.COM-f00d-token",
                "app.example.com:8443-f00d-token",
                "[::1]-f00d-token",
                "app.example.com-a b-f00d-token",
                "team.cloudflareaccess.com-jwks",
                "app.example.com-f00d-token.url"
            })
    void write_namesOfTheReference_kept(String name) {
        TokenStore store = emptyStore();

        store.write(name, "value");

        assertThat(store.read(name).value()).isEqualTo("value");
        assertThat(store.names()).containsExactly(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "../a", "a\\b", "a\nb", "a\0b"})
    void anyCall_impossibleName_refused(String name) {
        TokenStore store = emptyStore();

        assertThatThrownBy(() -> store.write(name, "value")).isInstanceOf(TunnelException.class);
        assertThatThrownBy(() -> store.read(name)).isInstanceOf(TunnelException.class);
        assertThatThrownBy(() -> store.tryLock(name)).isInstanceOf(TunnelException.class);
    }

    @Test
    void names_differInCase_apart() {
        TokenStore store = emptyStore();
        store.write("App-token", "upper");
        store.write("app-token", "lower");

        assertThat(store.read("App-token").value()).isEqualTo("upper");
        assertThat(store.names()).containsExactlyInAnyOrder("App-token", "app-token");
    }

    @Test
    void delete_thereAndNotThere_absent() {
        TokenStore store = emptyStore();
        store.write(NAME, "value");

        store.delete(NAME);
        store.delete(NAME);

        assertThat(store.read(NAME)).isNull();
        assertThat(store.names()).isEmpty();
    }

    @Test
    void tryLock_held_nullUntilClosed() {
        TokenStore store = emptyStore();
        TokenStore.Lock first = store.tryLock(NAME);

        assertThat(first).isNotNull();
        assertThat(store.tryLock(NAME)).isNull();
        first.close();
        TokenStore.Lock second = store.tryLock(NAME);
        assertThat(second).isNotNull();
        first.close();
        assertThat(store.tryLock(NAME))
                .as("closing the first lock again does not free the second")
                .isNull();
        second.close();
    }

    @Test
    void tryLock_anotherName_independent() {
        TokenStore store = emptyStore();

        try (TokenStore.Lock one = store.tryLock(NAME);
                TokenStore.Lock other = store.tryLock("other-token")) {
            assertThat(one).isNotNull();
            assertThat(other).isNotNull();
        }
    }

    @Test
    void tryLock_heldOrFreed_valuesUntouched() {
        TokenStore store = emptyStore();
        store.write(NAME, "value");

        try (TokenStore.Lock lock = store.tryLock(NAME)) {
            assertThat(lock).isNotNull();
            assertThat(store.read(NAME).value()).isEqualTo("value");
            store.write(NAME, "newer");
        }

        assertThat(store.read(NAME).value()).isEqualTo("newer");
        assertThat(store.names()).containsExactly(NAME);
    }

    @Test
    void tryLock_manyThreads_neverTwoHolders() throws Exception {
        TokenStore store = emptyStore();
        AtomicInteger holders = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger taken = new AtomicInteger();
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> work = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                work.add(threads.submit(() -> {
                    start.await();
                    long end = System.nanoTime() + Duration.ofMillis(300).toNanos();
                    while (System.nanoTime() < end) {
                        try (TokenStore.Lock lock = store.tryLock(NAME)) {
                            if (lock != null) {
                                most.accumulateAndGet(holders.incrementAndGet(), Math::max);
                                taken.incrementAndGet();
                                holders.decrementAndGet();
                            }
                        }
                    }
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> one : work) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(most).hasValue(1);
        assertThat(taken.get()).isPositive();
    }

    @Test
    void write_whileOthersRead_neverHalfAValue() throws Exception {
        TokenStore store = emptyStore();
        String one = "1".repeat(20_000);
        String two = "2".repeat(30_000);
        store.write(NAME, one);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<?> writer = threads.submit(() -> {
                for (int i = 0; i < 200; i++) {
                    store.write(NAME, i % 2 == 0 ? two : one);
                }
            });
            while (!writer.isDone()) {
                assertThat(store.read(NAME).value()).isIn(one, two);
            }
            writer.get();
        } finally {
            threads.shutdownNow();
        }
    }
}
