package io.tunnel4j.edge.registry;

import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the connections of a listener, in all and by address. Thread-safe; holds an entry only for addresses that are connected. */
public final class ConnectionLimiter {
    private static final Logger log = LoggerFactory.getLogger(ConnectionLimiter.class);

    private final int max;
    private final int maxPerAddress;
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<InetAddress, Integer> perAddress = new ConcurrentHashMap<>();

    /**
     * Creates a limiter.
     *
     * @param max connections in all
     * @param maxPerAddress connections from one address
     */
    public ConnectionLimiter(int max, int maxPerAddress) {
        this.max = max;
        this.maxPerAddress = maxPerAddress;
    }

    /**
     * Counts a connection in.
     *
     * @param address its peer
     * @return false if it is one too many; then it is not counted
     */
    public boolean admit(InetAddress address) {
        if (connections.incrementAndGet() <= max) {
            if (perAddress.merge(address, 1, Integer::sum) <= maxPerAddress) {
                return true;
            }
            forget(address);
        }
        connections.decrementAndGet();
        log.debug("connection from {} refused: too many", address);
        return false;
    }

    /**
     * Counts a connection out.
     *
     * @param address its peer
     */
    public void leave(InetAddress address) {
        connections.decrementAndGet();
        forget(address);
    }

    /**
     * Returns how many there are.
     *
     * @return connections counted in and not out
     */
    public int count() {
        return connections.get();
    }

    private void forget(InetAddress address) {
        perAddress.computeIfPresent(address, (a, count) -> count == 1 ? null : count - 1);
    }
}
