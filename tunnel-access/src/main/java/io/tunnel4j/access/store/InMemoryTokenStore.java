package io.tunnel4j.access.store;

import io.tunnel4j.access.TokenStore;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A store that ends with its owner. Thread-safe. */
public final class InMemoryTokenStore implements TokenStore {
    private final Clock clock;
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();
    private final Set<String> locked = ConcurrentHashMap.newKeySet();

    /**
     * Creates an empty store.
     *
     * @param clock dates the entries
     */
    public InMemoryTokenStore(Clock clock) {
        this.clock = clock;
    }

    @Override
    public @Nullable Entry read(String name) {
        return entries.get(EntryNames.checked(name));
    }

    @Override
    public void write(String name, String value) {
        EntryNames.checked(name);
        EntryNames.checkedValue(name, value);
        entries.put(name, new Entry(value, clock.instant()));
    }

    @Override
    public void delete(String name) {
        entries.remove(EntryNames.checked(name));
    }

    @Override
    public List<String> names() {
        return List.copyOf(entries.keySet());
    }

    @Override
    public @Nullable Lock tryLock(String name) {
        return locked.add(EntryNames.checked(name)) ? new HeldLock(name) : null;
    }

    /** Frees the name once, so that a second close cannot free somebody else's lock. */
    private final class HeldLock implements Lock {
        private final AtomicBoolean held = new AtomicBoolean(true);
        private final String name;

        HeldLock(String name) {
            this.name = name;
        }

        @Override
        public void close() {
            if (held.compareAndSet(true, false)) {
                locked.remove(name);
            }
        }
    }
}
