package io.tunnel4j.access.store;

import io.tunnel4j.access.TokenStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lock of one file, in two layers.
 *
 * <p>Among users of this library the operating system's lock on {@code <file>.guard} decides; it ends with the process, and the guard file
 * stays, since deleting it would let two processes lock two files of the same name. Towards the reference {@code <file>.lock} is created as
 * the reference does, and a living reference process that holds it is respected. What the guard's last holder wrote into the guard file tells
 * whether a {@code .lock} left behind is ours, and then it is stale without a look at any process.
 *
 * <p>Thread-safe.
 */
final class DirectoryLock implements TokenStore.Lock {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryLock.class);

    private static final String LOCK = ".lock";
    private static final String GUARD = ".guard";

    /** As long as the reference lets a lock stand. */
    private static final Duration STALE = Duration.ofMinutes(10);

    /** The reference creates its file and then writes it: an empty one this young is not a dead one. */
    private static final Duration BEING_WRITTEN = Duration.ofSeconds(2);

    private static final int MAX_LOCK_BYTES = 1024;
    private static final int ATTEMPTS = 3;

    /**
     * The guards this process holds. Static, because the operating system's lock is the process's and not the object's: to close any other
     * descriptor of a guard file would free it, so nobody in this process may open one that is held.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path lock;
    private final Path guard;
    private final FileChannel channel;
    private final String text;
    private boolean closed;

    private DirectoryLock(Path lock, Path guard, FileChannel channel, String text) {
        this.lock = lock;
        this.guard = guard;
        this.channel = channel;
        this.text = text;
    }

    static boolean isLockFile(String name) {
        return name.endsWith(LOCK) || name.endsWith(GUARD);
    }

    static @Nullable DirectoryLock tryAcquire(Path directory, String name, Instant now) throws IOException {
        Path real = directory.toRealPath();
        Path guard = real.resolve(name + GUARD);
        if (!HELD.add(guard)) {
            return null;
        }
        DirectoryLock acquired = null;
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    guard,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                    OwnerOnlyFiles.mode("rw-------"));
            Path lock = real.resolve(name + LOCK);
            String text = LockHolder.thisProcess().text();
            if (isLocked(channel) && claim(lock, text, read(channel), now)) {
                channel.truncate(0).write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
                acquired = new DirectoryLock(lock, guard, channel, text);
            }
            return acquired;
        } finally {
            if (acquired == null) {
                close(channel);
                HELD.remove(guard);
            }
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException anotherClassLoader) {
            return false;
        }
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(MAX_LOCK_BYTES);
        channel.read(content, 0);
        return new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII);
    }

    private static boolean claim(Path lock, String text, String lastHolder, Instant now) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                OwnerOnlyFiles.createWhole(lock, text.getBytes(StandardCharsets.US_ASCII));
                return true;
            } catch (FileAlreadyExistsException exists) {
                if (!isStale(lock, lastHolder, now)) {
                    return false;
                }
                Files.deleteIfExists(lock);
            }
        }
        return false;
    }

    private static boolean isStale(Path lock, String lastHolder, Instant now) throws IOException {
        try {
            Duration age = Duration.between(Files.getLastModifiedTime(lock).toInstant(), now);
            String content = OwnerOnlyFiles.read(lock, MAX_LOCK_BYTES);
            if (age.compareTo(STALE) > 0 || (!content.isEmpty() && content.equals(lastHolder))) {
                return true;
            }
            LockHolder holder = LockHolder.parse(content);
            return holder == null ? age.compareTo(BEING_WRITTEN) > 0 : !holder.isAlive();
        } catch (NoSuchFileException gone) {
            return true;
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            // After ten minutes the reference may have taken the file over.
            if (text.equals(OwnerOnlyFiles.read(lock, MAX_LOCK_BYTES))) {
                Files.deleteIfExists(lock);
            }
        } catch (IOException e) {
            LOG.debug("{}: left behind: {}", lock, e.toString());
        } finally {
            close(channel);
            HELD.remove(guard);
        }
    }

    private static void close(@Nullable FileChannel channel) {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("guard file: {}", e.toString());
        }
    }
}
