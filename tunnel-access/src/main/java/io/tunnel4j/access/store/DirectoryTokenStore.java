package io.tunnel4j.access.store;

import io.tunnel4j.access.TokenStore;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file for each value, in the reference's directory or any other. Thread-safe, also between processes.
 *
 * <p>Beside a locked name's file lie {@code .lock}, the reference's, and {@code .guard}, which carries the operating system's lock and stays.
 */
public final class DirectoryTokenStore implements TokenStore {
    private static final int MAX_NAMES = 10_000;

    private final Path directory;
    private final Clock clock;

    /**
     * Creates the store; touches nothing yet.
     *
     * @param directory where the files are; its parent must exist
     * @param clock judges how old a foreign lock is
     */
    public DirectoryTokenStore(Path directory, Clock clock) {
        this.directory = directory.toAbsolutePath().normalize();
        this.clock = clock;
    }

    @Override
    public @Nullable Entry read(String name) {
        Path file = file(name);
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) {
                throw new IOException("not a regular file");
            }
            return new Entry(
                    OwnerOnlyFiles.read(file, MAX_VALUE_BYTES),
                    attributes.lastModifiedTime().toInstant());
        } catch (NoSuchFileException absent) {
            return null;
        } catch (IOException e) {
            throw EntryNames.failure(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void write(String name, String value) {
        Path file = file(name);
        byte[] content = EntryNames.checkedValue(name, value);
        try {
            OwnerOnlyFiles.createDirectory(directory);
            OwnerOnlyFiles.replace(file, content);
        } catch (IOException e) {
            throw EntryNames.failure(file + ": cannot be written: " + e, e);
        }
    }

    @Override
    public void delete(String name) {
        Path file = file(name);
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw EntryNames.failure(file + ": cannot be deleted: " + e, e);
        }
    }

    @Override
    public List<String> names() {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, DirectoryTokenStore::isValue)) {
            for (Path file : files) {
                if (names.size() == MAX_NAMES) {
                    break;
                }
                names.add(file.getFileName().toString());
            }
        } catch (NoSuchFileException | NotDirectoryException absent) {
            return List.of();
        } catch (IOException | DirectoryIteratorException e) {
            throw EntryNames.failure(directory + ": cannot be listed: " + e.getMessage(), e);
        }
        return List.copyOf(names);
    }

    private static boolean isValue(Path file) {
        String name = file.getFileName().toString();
        return !name.startsWith(".tunnel4j-")
                && !DirectoryLock.isLockFile(name)
                && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public @Nullable Lock tryLock(String name) {
        Path file = file(name);
        try {
            OwnerOnlyFiles.createDirectory(directory);
            return DirectoryLock.tryAcquire(directory, name, clock.instant());
        } catch (IOException e) {
            throw EntryNames.failure(file + ": cannot be locked: " + e, e);
        }
    }

    private Path file(String name) {
        EntryNames.checked(name);
        if (DirectoryLock.isLockFile(name)) {
            throw EntryNames.failure(name + ": is the name of a lock file (expected: another ending)", null);
        }
        return directory.resolve(name);
    }
}
