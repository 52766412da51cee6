package io.tunnel4j.testing;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.ThreadPerTaskExecutor;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Event loops on real sockets whose timers run on a clock that the test drives. */
public final class ClockedLoops extends MultiThreadIoEventLoopGroup {
    private final MockTicker ticker;

    /** Starts none of its threads yet. */
    public ClockedLoops() {
        this(Ticker.newMockTicker());
    }

    private ClockedLoops(MockTicker ticker) {
        super(
                2,
                new ThreadPerTaskExecutor(new DefaultThreadFactory("tunnel-test", true)),
                NioIoHandler.newFactory(),
                ticker);
        this.ticker = ticker;
    }

    /** The superclass makes its loops before our fields are set. */
    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory factory, Object... arguments) {
        MockTicker shared = (MockTicker) arguments[0];
        return new SingleThreadIoEventLoop(this, executor, factory) {
            @Override
            public Ticker ticker() {
                return shared;
            }
        };
    }

    /** The loops end by their own clock. */
    @Override
    public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
        Future<?> ended = super.shutdownGracefully(quietPeriod, timeout, unit);
        Thread clock = new Thread(() -> {
            while (!ended.isDone()) {
                ticker.advance(1, TimeUnit.SECONDS);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
        });
        clock.setDaemon(true);
        clock.start();
        return ended;
    }

    /**
     * Lets time pass, and what is due by then happen.
     *
     * @param seconds how much
     */
    public void elapse(long seconds) {
        ticker.advance(seconds, TimeUnit.SECONDS);
        for (EventExecutor loop : this) {
            loop.execute(() -> {});
        }
    }
}
