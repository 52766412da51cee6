package io.tunnel4j.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InOrderTest {
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final InOrder inOrder = new InOrder(threads);

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void tasks_onSeveralThreads_runInTheOrderOfTheirArrival() throws Exception {
        int count = 1000;
        List<Integer> ran = new CopyOnWriteArrayList<>();
        CountDownLatch done = new CountDownLatch(count);
        for (int i = 0; i < count; i++) {
            int number = i;
            inOrder.execute(() -> {
                if (number % 100 == 0) {
                    Thread.yield();
                }
                ran.add(number);
                done.countDown();
            });
        }

        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(ran)
                .containsExactlyElementsOf(IntStream.range(0, count).boxed().toList());
    }

    @Test
    void task_failing_doesNotHoldUpTheNext() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        inOrder.execute(() -> {
            throw new IllegalStateException("on purpose");
        });
        inOrder.execute(done::countDown);

        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void noThread_refusesTheTaskAndEveryLaterOne() {
        threads.shutdownNow();

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> inOrder.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        }
    }
}
