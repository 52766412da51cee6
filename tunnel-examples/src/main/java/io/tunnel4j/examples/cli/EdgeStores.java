package io.tunnel4j.examples.cli;

import io.tunnel4j.edge.store.EdgeStore;
import io.tunnel4j.edge.store.StoreKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The embedded store of a data directory, with the key that encrypts its secrets beside it. */
final class EdgeStores {
    private static final String KEY_FILE = "store.key";

    private EdgeStores() {}

    static EdgeStore in(Path directory) throws IOException {
        Path keyFile = directory.resolve(KEY_FILE);
        if (!Files.exists(keyFile)) {
            Files.createFile(
                    keyFile, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(keyFile, StoreKey.generate().toBase64());
        }
        return EdgeStore.file(directory.resolve("edge"), StoreKey.fromFile(keyFile));
    }
}
