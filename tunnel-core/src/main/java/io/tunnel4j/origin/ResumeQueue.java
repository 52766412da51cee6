package io.tunnel4j.origin;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * Lets connections to origins read again after the edge's connection was full, a few per turn of the event loop: if all of thousands read at once, each would bring a buffer before
 * the queue is seen to be full again. Confined to the event loop.
 */
final class ResumeQueue {
    /** How many may start reading in one turn. */
    static final int PER_TURN = 16;

    private final EventLoop eventLoop;
    private final Deque<Reader> waiting = new ArrayDeque<>();
    private final Runnable turn = this::nextTurn;
    private int resumed;
    private boolean scheduled;

    ResumeQueue(EventLoop eventLoop) {
        this.eventLoop = eventLoop;
    }

    /** Reads from an origin, and had to stop. */
    interface Reader {
        /** Reads again, unless the stream has become unwritable meanwhile or is gone. */
        void resumeReading();

        /** Marks the reader as waiting here; false if it was already. */
        boolean markWaiting();
    }

    void resume(Reader reader) {
        if (resumed < PER_TURN && waiting.isEmpty()) {
            resumed++;
            reader.resumeReading();
        } else if (reader.markWaiting()) {
            waiting.add(reader);
        }
        if (!scheduled) {
            scheduled = true;
            // A scheduled task, other than an executed one, lets the selector have its turn first.
            eventLoop.schedule(turn, 0, TimeUnit.NANOSECONDS);
        }
    }

    private void nextTurn() {
        resumed = 0;
        scheduled = false;
        while (resumed < PER_TURN && !waiting.isEmpty()) {
            resumed++;
            waiting.remove().resumeReading();
        }
        if (!waiting.isEmpty()) {
            scheduled = true;
            eventLoop.schedule(turn, 0, TimeUnit.NANOSECONDS);
        }
    }
}
