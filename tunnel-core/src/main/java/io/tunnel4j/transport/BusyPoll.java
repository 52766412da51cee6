package io.tunnel4j.transport;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.SelectStrategy;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.IntSupplier;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.nio.channels.spi.SelectorProvider;

/**
 * Lets an event loop that has run out of work look for more for a moment before it sleeps. Whoever sleeps has to be woken, which takes a lone request
 * more time than all that the loop does for it.
 *
 * <p>Between two looks the processor is offered to others. A moment that brought nothing is followed by turns that sleep at once, twice as many each time, so that
 * a loop with little to do costs what it would without. Confined to its event loop.
 */
final class BusyPoll implements SelectStrategy {
    /** Where more channels are ready at once, nobody waits for this loop to wake, and what comes meanwhile is cheaper to serve together. */
    private static final int FEW = 2;

    private static final int LEAST_REST = 8;
    private static final int MOST_REST = 1024;

    private final SingleThreadEventExecutor loop;
    private final long mostNanos;
    private int rest;
    private int nextRest = LEAST_REST;

    BusyPoll(SingleThreadEventExecutor loop, long mostNanos) {
        this.loop = loop;
        this.mostNanos = mostNanos;
    }

    /**
     * Makes NIO's part of event loops.
     *
     * @param mostNanos how long a loop looks, more than 0
     * @return for a group of Netty's own loops
     */
    static IoHandlerFactory loops(long mostNanos) {
        return loop -> NioIoHandler.newFactory(
                        SelectorProvider.provider(), () -> new BusyPoll((SingleThreadEventExecutor) loop, mostNanos))
                .newHandler(loop);
    }

    /** True if the next turn sleeps at once. */
    boolean isResting() {
        return rest > 0;
    }

    /** Yields not to be right, but to be no burden. */
    @SuppressWarnings("ThreadPriorityCheck")
    @Override
    public int calculateStrategy(IntSupplier selectNow, boolean hasTasks) throws Exception {
        if (hasTasks) {
            return selectNow.get();
        }
        if (isResting()) {
            rest--;
            return SELECT;
        }
        long started = System.nanoTime();
        do {
            int ready = selectNow.get();
            if (ready > 0 || loop.pendingTasks() > 0) {
                nextRest = LEAST_REST;
                rest = ready > FEW ? LEAST_REST : 0;
                return ready;
            }
            Thread.yield();
        } while (System.nanoTime() - started < mostNanos);
        rest = nextRest;
        nextRest = Math.min(MOST_REST, 2 * nextRest);
        return SELECT;
    }
}
