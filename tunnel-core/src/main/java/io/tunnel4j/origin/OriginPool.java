package io.tunnel4j.origin;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.TunnelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The idle connections to one origin, last used first out, for one event loop. Confined to it.
 *
 * <p>At most {@code keepAliveConnections} idle ones on all loops together, each for at most {@code keepAliveTimeout}; more than that only as long as a
 * burst lasts, that is for a second since each was last used. How many are in use is not limited here.
 */
final class OriginPool {
    /** How long connections above the limit may be idle. */
    private static final long SURPLUS_MILLIS = 1000;

    private final OriginDialer dialer;
    private final LoopOrigins loop;
    private final IdleCount idleCount;
    private final long idleNanos;
    private final Deque<Http1Connection> idle = new ArrayDeque<>();
    private final Set<Http1Connection> all = new HashSet<>();
    private final Runnable sweepTask = this::sweep;
    private final Runnable surplusTask = this::closeSurplus;
    private @Nullable Future<?> sweep;
    private @Nullable Future<?> surplusSweep;
    private boolean retired;

    OriginPool(OriginDialer dialer, OriginOptions options, IdleCount idleCount) {
        this.dialer = dialer;
        this.loop = dialer.loop();
        this.idleCount = idleCount;
        this.idleNanos = options.keepAliveTimeout().toNanos();
    }

    /** Gets a connection for an exchange. */
    interface Borrower {
        /** True once nobody needs the connection any more. */
        boolean isClosed();

        void connected(Http1Connection connection);

        void connectFailed(TunnelException cause);
    }

    /**
     * Finds an idle connection.
     *
     * @param serverName name it was opened for, or null
     * @return a connection that is not known to be dead, or null
     */
    @Nullable
    Http1Connection poll(@Nullable String serverName) {
        if (serverName == null) {
            Http1Connection last = idle.pollLast();
            if (last != null) {
                idleCount.remove();
            }
            return last;
        }
        for (Iterator<Http1Connection> last = idle.descendingIterator(); last.hasNext(); ) {
            Http1Connection connection = last.next();
            if (Objects.equals(serverName, connection.serverName())) {
                last.remove();
                idleCount.remove();
                return connection;
            }
        }
        return null;
    }

    /** Opens a connection. */
    void dial(@Nullable String serverName, Borrower borrower) {
        dialer.dial(serverName, new DialListener() {
            @Override
            public void dialled(Channel channel) {
                Http1Connection connection = new Http1Connection(OriginPool.this, channel, serverName);
                all.add(connection);
                channel.pipeline().addLast("http1", connection);
                channel.config().setAutoRead(true);
                if (borrower.isClosed()) {
                    release(connection);
                } else {
                    borrower.connected(connection);
                }
            }

            @Override
            public void dialFailed(TunnelException cause) {
                if (!borrower.isClosed()) {
                    borrower.connectFailed(cause);
                }
            }
        });
    }

    /** Takes back a connection in a clean state. */
    void release(Http1Connection connection) {
        if (retired || !idleCount.keepsAny() || !connection.isActive()) {
            connection.close();
            return;
        }
        long now = System.nanoTime();
        connection.idleSinceNanos = now;
        idle.addLast(connection);
        boolean surplus = idleCount.add();
        if (sweep == null && idleNanos > 0) {
            sweep = loop.eventLoop().schedule(sweepTask, idleNanos, TimeUnit.NANOSECONDS);
        }
        if (surplus && surplusSweep == null) {
            // Not at once: requests come in bursts, and each would open anew what the one before has closed.
            surplusSweep = loop.eventLoop().schedule(surplusTask, SURPLUS_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void closeSurplus() {
        surplusSweep = null;
        long now = System.nanoTime();
        while (!idle.isEmpty() && idleCount.isAbove()) {
            long left = TimeUnit.MILLISECONDS.toNanos(SURPLUS_MILLIS) - (now - idle.getFirst().idleSinceNanos);
            if (left > 0) {
                surplusSweep = loop.eventLoop().schedule(surplusTask, left, TimeUnit.NANOSECONDS);
                return;
            }
            if (idleCount.removeSurplus()) {
                idle.removeFirst().close();
            }
        }
    }

    void closed(Http1Connection connection) {
        all.remove(connection);
        if (idle.remove(connection)) {
            idleCount.remove();
        }
    }

    private void sweep() {
        sweep = null;
        long now = System.nanoTime();
        while (!idle.isEmpty() && now - idle.getFirst().idleSinceNanos >= idleNanos) {
            closeFirst();
        }
        if (!idle.isEmpty()) {
            long wait = Math.max(1, idleNanos - (now - idle.getFirst().idleSinceNanos));
            sweep = loop.eventLoop().schedule(sweepTask, wait, TimeUnit.NANOSECONDS);
        }
    }

    /** Closes what is idle; what is in use closes when it is done. */
    void retire() {
        retired = true;
        if (sweep != null) {
            sweep.cancel(false);
            sweep = null;
        }
        if (surplusSweep != null) {
            surplusSweep.cancel(false);
            surplusSweep = null;
        }
        while (!idle.isEmpty()) {
            closeFirst();
        }
    }

    private void closeFirst() {
        idleCount.remove();
        idle.removeFirst().close();
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** Closes everything. */
    void close() {
        retire();
        for (Http1Connection connection : Set.copyOf(all)) {
            connection.close();
        }
    }

    LoopOrigins loop() {
        return loop;
    }

    @Nullable
    ForwardProxy forwardProxy() {
        return dialer.forwardProxy();
    }

    /** Names the connections' other end in messages. */
    String destination() {
        return dialer.destination();
    }
}
