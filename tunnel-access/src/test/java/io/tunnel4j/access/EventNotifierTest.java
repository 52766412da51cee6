package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tunnel4j.testing.LeakCheck;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Events on their way to a listener that has no time for them. */
@ExtendWith(LeakCheck.class)
class EventNotifierTest {
    @Test
    void listener_tooSlow_4096EventsWaitAndMoreAreDropped() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger heard = new AtomicInteger();
        EventNotifier notifier = new EventNotifier(new AccessListener() {
            @Override
            public void connectionOpened(AccessTarget target) {
                heard.incrementAndGet();
                entered.countDown();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        AccessTarget target = AccessTarget.of("app.example.test");
        notifier.opened(target);
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

        for (int i = 0; i < 5000; i++) {
            notifier.opened(target);
        }
        go.countDown();

        await().untilAsserted(() -> assertThat(heard).hasValue(1 + 4096));
        notifier.close();
    }
}
