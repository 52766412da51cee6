package io.tunnel4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Events on their way to a listener that has no time for them. */
class EventQueueTest {
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final List<ConnectorEvent> heard = new ArrayList<>();

    private static int index(ConnectorEvent event) {
        return ((ConnectorEvent.EdgeGoesAway) event).index();
    }

    @Test
    void listener_tooSlow_keepsTheLast1024InOrder() {
        EventQueue queue = new EventQueue(heard::add, tasks::add);

        for (int i = 0; i < 1030; i++) {
            queue.add(new ConnectorEvent.EdgeGoesAway(i));
        }
        assertThat(tasks).hasSize(1);
        tasks.remove().run();

        assertThat(heard).hasSize(1024);
        assertThat(heard.stream().map(EventQueueTest::index))
                .containsExactlyElementsOf(IntStream.range(6, 1030).boxed().toList());
    }

    @Test
    void executor_full_eventIsDroppedAndLaterOnesAreHeard() {
        boolean[] full = {true};
        EventQueue queue = new EventQueue(heard::add, task -> {
            if (full[0]) {
                throw new RejectedExecutionException("full");
            }
            task.run();
        });

        queue.add(new ConnectorEvent.EdgeGoesAway(1));
        full[0] = false;
        queue.add(new ConnectorEvent.EdgeGoesAway(2));

        assertThat(heard.stream().map(EventQueueTest::index)).containsExactly(2);
    }
}
