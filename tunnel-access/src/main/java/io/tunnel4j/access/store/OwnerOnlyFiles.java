package io.tunnel4j.access.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** Files and directories that only their owner can read, written so that nobody sees them half done. */
public final class OwnerOnlyFiles {
    private static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

    private OwnerOnlyFiles() {}

    /**
     * Creates a directory with mode 0700 if it is missing.
     *
     * @param directory the directory; its parent must exist
     * @throws IOException if it cannot be created
     */
    public static void createDirectory(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        try {
            Files.createDirectory(directory, mode("rwx------"));
        } catch (FileAlreadyExistsException another) {
            if (!Files.isDirectory(directory)) {
                throw another;
            }
        }
    }

    /**
     * Replaces a file's content by renaming a new file, mode 0600, over it.
     *
     * @param file the file
     * @param content its new content
     * @throws IOException if it cannot be written; then the former content stays
     */
    public static void replace(Path file, byte[] content) throws IOException {
        Path temporary = temporary(file, content);
        try {
            try {
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Creates a file with its content at once, so that nobody sees it empty; fails if it exists. */
    static void createWhole(Path file, byte[] content) throws IOException {
        Path temporary = temporary(file, content);
        try {
            Files.createLink(file, temporary);
        } catch (UnsupportedOperationException noHardLinks) {
            Files.move(temporary, file);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static Path temporary(Path file, byte[] content) throws IOException {
        Path temporary =
                Files.createTempFile(file.toAbsolutePath().getParent(), ".tunnel4j-", ".tmp", mode("rw-------"));
        try {
            return Files.write(temporary, content);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
    }

    /** Reads a file, but no more than {@code limit} bytes and one. */
    static String read(Path file, int limit) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw new IOException("file of more than " + limit + " bytes");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    static FileAttribute<?>[] mode(String permissions) {
        return POSIX
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
