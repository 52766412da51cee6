package io.tunnel4j.edge.gate.session;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A map whose entries end after a time and that never holds more than so many: the oldest make room. Thread-safe (one monitor, short holds).
 *
 * @param <K> the key
 * @param <V> the value
 */
public final class ExpiringTable<K, V> {
    private final int maxEntries;
    private final InstantSource clock;
    private final Map<K, Entry<V>> entries = new LinkedHashMap<>(); // oldest first, since puts reinsert

    /**
     * Creates an empty table.
     *
     * @param maxEntries most entries at a time
     * @param clock the time
     */
    public ExpiringTable(int maxEntries, InstantSource clock) {
        this.maxEntries = maxEntries;
        this.clock = clock;
    }

    /**
     * Adds or replaces an entry.
     *
     * @param key its key
     * @param value its value
     * @param lifetime how long it stays
     */
    public synchronized void put(K key, V value, Duration lifetime) {
        entries.remove(key);
        makeRoom();
        entries.put(key, new Entry<>(value, clock.instant().plus(lifetime)));
    }

    /**
     * Finds an entry.
     *
     * @param key its key
     * @return null if it is not there or has ended
     */
    public synchronized @Nullable V get(K key) {
        Entry<V> entry = entries.get(key);
        if (entry == null) {
            return null;
        }
        if (!clock.instant().isBefore(entry.endsAt)) {
            entries.remove(key);
            return null;
        }
        return entry.value;
    }

    /**
     * Takes an entry out; of several callers one gets it.
     *
     * @param key its key
     * @return null if it is not there or has ended
     */
    public synchronized @Nullable V take(K key) {
        V value = get(key);
        entries.remove(key);
        return value;
    }

    /**
     * Returns how many entries there are, ended ones included.
     *
     * @return at most the limit
     */
    public synchronized int size() {
        return entries.size();
    }

    /** Removes ended entries; the table also does so by itself when it is full. */
    public synchronized void removeEnded() {
        Instant now = clock.instant();
        entries.values().removeIf(entry -> !now.isBefore(entry.endsAt));
    }

    private void makeRoom() {
        if (entries.size() >= maxEntries) {
            removeEnded();
        }
        Iterator<Entry<V>> oldest = entries.values().iterator();
        while (entries.size() >= maxEntries && oldest.hasNext()) {
            oldest.next();
            oldest.remove();
        }
    }

    private record Entry<V>(V value, Instant endsAt) {}
}
