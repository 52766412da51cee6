package io.tunnel4j.edge.gate.session;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A map whose entries end after a time and that never holds more than so many: those that have ended make room, then the oldest. Thread-safe (one monitor, short holds).
 *
 * <p>Anybody can fill some of these tables by beginning logins, so an entry is added to a full one in O(log n), too.
 *
 * @param <K> the key
 * @param <V> the value
 */
public final class ExpiringTable<K, V> {
    private final int maxEntries;
    private final InstantSource clock;
    private final Map<K, Entry<K, V>> entries = new LinkedHashMap<>(); // oldest first, since puts reinsert
    private final NavigableSet<Entry<K, V>> byEnd = new TreeSet<>(
            Comparator.<Entry<K, V>, Instant>comparing(Entry::endsAt).thenComparingLong(Entry::number));
    private long puts;

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
        remove(key);
        removeEnded();
        if (entries.size() >= maxEntries) {
            remove(entries.keySet().iterator().next());
        }
        Entry<K, V> entry = new Entry<>(key, value, clock.instant().plus(lifetime), puts++);
        entries.put(key, entry);
        byEnd.add(entry);
    }

    private void remove(K key) {
        Entry<K, V> entry = entries.remove(key);
        if (entry != null) {
            byEnd.remove(entry);
        }
    }

    /**
     * Finds an entry.
     *
     * @param key its key
     * @return null if it is not there or has ended
     */
    public synchronized @Nullable V get(K key) {
        Entry<K, V> entry = entries.get(key);
        if (entry == null) {
            return null;
        }
        if (!clock.instant().isBefore(entry.endsAt)) {
            remove(key);
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
        remove(key);
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

    /** Removes ended entries; the table also does so by itself when one is added. */
    public synchronized void removeEnded() {
        Instant now = clock.instant();
        while (!byEnd.isEmpty() && !now.isBefore(byEnd.first().endsAt)) {
            remove(byEnd.first().key);
        }
    }

    /** The number tells entries apart that end at the same time. */
    private record Entry<K, V>(K key, V value, Instant endsAt, long number) {}
}
