package io.tunnel4j.access.store;

import com.google.gson.JsonObject;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The process that a lock file names, in the reference's form {@code {"pid":1,"start_time":2}}.
 *
 * @param pid its process id
 * @param startMillis when it started, milliseconds since 1970; tells it from a later process with the same id
 */
record LockHolder(long pid, long startMillis) {
    private static final Duration START_TOLERANCE = Duration.ofSeconds(1);

    static LockHolder thisProcess() {
        return of(ProcessHandle.current());
    }

    static LockHolder of(ProcessHandle process) {
        return new LockHolder(
                process.pid(),
                process.info().startInstant().map(Instant::toEpochMilli).orElse(0L));
    }

    static @Nullable LockHolder parse(String text) {
        JsonObject json = StrictJson.object(text);
        Long pid = json == null ? null : CompactJws.integer(json.get("pid"));
        Long start = json == null ? null : CompactJws.integer(json.get("start_time"));
        return pid == null || start == null || pid <= 0 ? null : new LockHolder(pid, start);
    }

    /** A zombie counts as alive. */
    boolean isAlive() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .map(LockHolder::of)
                .filter(now -> Math.abs(now.startMillis - startMillis) <= START_TOLERANCE.toMillis())
                .isPresent();
    }

    String text() {
        return "{\"pid\":" + pid + ",\"start_time\":" + startMillis + "}\n";
    }
}
