package io.tunnel4j.examples.cli;

import io.tunnel4j.TunnelCredentials;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Writes credentials where only their owner can read them. */
final class CredentialFiles {
    private CredentialFiles() {}

    /** Never replaces a file: it may be the only copy of another tunnel's secret. */
    static void write(Path file, TunnelCredentials credentials) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null && !Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            throw new IOException(file + " exists already (expected: a new file)", e);
        }
        Files.writeString(file, credentials.toJson());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
    }
}
