package io.tunnel4j.edge.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.edge.exchange.EdgeResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The long poll by which programs wait for their tokens. */
class TransferStoreTest {
    private static final String KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private final RecordingTimer timer = new RecordingTimer();
    private final GateFixture.FakeTime time = new GateFixture.FakeTime();
    private final TransferStore store = new TransferStore(timer, time);

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void poll_nothingThere_isHeldBetween45And55Seconds() {
        CompletableFuture<EdgeResponse> poll = collect();

        assertThat(poll).isNotDone();
        assertThat(timer.delays)
                .singleElement()
                .satisfies(delay -> assertThat(delay).isBetween(Duration.ofSeconds(45), Duration.ofSeconds(55)));

        timer.tasks.get(0).run();
        assertThat(poll.join().status()).isEqualTo(404);
    }

    @Test
    void poll_tokensComeDuringTheHold_getsThemOnce() {
        CompletableFuture<EdgeResponse> poll = collect();

        store.deposit(KEY, "app", "org");

        assertThat(poll.join().status()).isEqualTo(200);
        assertThat(collect()).isNotDone();
    }

    @Test
    void poll_askedTwiceAtOnce_theLaterOneWaits() {
        CompletableFuture<EdgeResponse> first = collect();
        CompletableFuture<EdgeResponse> second = collect();

        store.deposit(KEY, "app", "org");

        assertThat(first.join().status()).isEqualTo(404);
        assertThat(second.join().status()).isEqualTo(200);
        timer.tasks.get(0).run(); // the first one's time is up: that must not end the second one's
        assertThat(second.join().status()).isEqualTo(200);
    }

    @Test
    void tokens_notFetched_areForgottenAfterMinutes() {
        store.deposit(KEY, "app", "org");
        time.advance(TransferStore.LIFETIME);

        assertThat(collect()).isNotDone();
        assertThat(TransferStore.LIFETIME).isBetween(Duration.ofMinutes(1), Duration.ofMinutes(10));
    }

    @Test
    void declined_everyPollIsToldUntilItIsForgotten() {
        CompletableFuture<EdgeResponse> waiting = collect();
        store.decline(KEY);

        assertThat(waiting.join().status()).isEqualTo(403);
        for (int i = 0; i < 10; i++) {
            assertThat(collect().join().status()).isEqualTo(403);
        }
        time.advance(TransferStore.LIFETIME);
        assertThat(collect()).isNotDone();
    }

    @Test
    void polls_moreThan10000Waiting_areToldToComeLater() {
        for (int i = 0; i < 10_000; i++) {
            assertThat(store.collect(key(i)).toCompletableFuture()).isNotDone();
        }

        assertThat(store.collect(key(10_000)).toCompletableFuture().join().status())
                .isEqualTo(503);
        assertThat(store.collect(key(0)).toCompletableFuture())
                .as("who waits already may ask again")
                .isNotDone();
    }

    private static String key(int number) {
        return Base64.getUrlEncoder()
                .encodeToString(ByteBuffer.allocate(32).putInt(number).array());
    }

    @Test
    void close_pollsThatWait_areAnswered() {
        CompletableFuture<EdgeResponse> poll = collect();

        store.close();

        assertThat(poll.join().status()).isEqualTo(404);
    }

    private CompletableFuture<EdgeResponse> collect() {
        return store.collect(KEY).toCompletableFuture();
    }

    /** Runs nothing by itself. */
    private static final class RecordingTimer extends ScheduledThreadPoolExecutor {
        final List<Duration> delays = new ArrayList<>();
        final List<Runnable> tasks = new ArrayList<>();

        RecordingTimer() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            delays.add(Duration.of(delay, unit.toChronoUnit()));
            tasks.add(task);
            return super.schedule(() -> {}, 1, TimeUnit.DAYS);
        }
    }
}
