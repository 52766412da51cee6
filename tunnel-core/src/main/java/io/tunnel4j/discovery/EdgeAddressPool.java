package io.tunnel4j.discovery;

import io.tunnel4j.EdgeIpVersion;
import io.tunnel4j.transport.Ticker;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Who uses which address: each connection index owns at most one address, and each address at most one index owns (protocol document
 * connector-edge §1). Not thread-safe.
 */
public final class EdgeAddressPool {
    private final List<Region> regions;
    private final RandomGenerator random;
    private final Ticker ticker;
    private final Map<Integer, EdgeAddress> owners = new HashMap<>();

    /**
     * Creates a pool in which nothing is used.
     *
     * @param regions addresses by region
     * @param version which family is used
     * @param random chooses among equals
     * @param ticker the time
     */
    public EdgeAddressPool(
            List<List<InetSocketAddress>> regions, EdgeIpVersion version, RandomGenerator random, Ticker ticker) {
        List<Region> all = new ArrayList<>();
        for (List<InetSocketAddress> region : regions) {
            all.add(new Region(region, version));
        }
        this.regions = List.copyOf(all);
        this.random = random;
        this.ticker = ticker;
    }

    /**
     * Returns how many connections there can be at a time.
     *
     * @return the number of addresses of the families in use
     */
    public int size() {
        int size = 0;
        for (Region region : regions) {
            size += region.active().size();
        }
        return size;
    }

    /**
     * Returns the index's address: the one it owns, or else a free one of the region that has most of them.
     *
     * @param index the connection index
     * @return the address, or null when none is free
     */
    public @Nullable EdgeAddress acquire(int index) {
        EdgeAddress owned = owners.get(index);
        if (owned == null) {
            owned = freeExcept(null);
            if (owned != null) {
                owners.put(index, owned);
            }
        }
        return owned;
    }

    /**
     * Gives the index another address, if there is a free one; the former one is free again.
     *
     * @param index the connection index
     * @param unreachable true when the former address did not answer
     */
    public void rotate(int index, boolean unreachable) {
        EdgeAddress former = owners.remove(index);
        if (former == null) {
            return;
        }
        if (unreachable) {
            for (Region region : regions) {
                if (region.owns(former)) {
                    region.failed(former, ticker.nanos());
                }
            }
        }
        EdgeAddress next = freeExcept(former);
        if (next != null) {
            owners.put(index, next);
        }
    }

    private @Nullable EdgeAddress freeExcept(@Nullable EdgeAddress unwanted) {
        List<EdgeAddress> most = new ArrayList<>();
        for (Region region : regions) {
            List<EdgeAddress> free = new ArrayList<>(region.active());
            free.removeAll(owners.values());
            free.remove(unwanted);
            if (free.size() > most.size() || (free.size() == most.size() && random.nextBoolean())) {
                most = free;
            }
        }
        return most.isEmpty() ? null : most.get(random.nextInt(most.size()));
    }
}
