package io.tunnel4j.edge.store;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The key that encrypts secrets in a store on disk (AES-256-GCM), and older keys that still decrypt.
 *
 * <p>Keep it apart from the database and its backups; without it the stored tunnel secrets are lost. Immutable, thread-safe;
 * {@link #toString()} shows nothing of it.
 */
public final class StoreKey {
    private static final int KEY_BYTES = 32;
    private static final int MAX_FILE_BYTES = 4096;

    private final List<byte[]> keys;

    private StoreKey(List<byte[]> keys) {
        this.keys = keys;
    }

    /**
     * Takes a key.
     *
     * @param key 32 random bytes; copied
     * @return the key
     */
    public static StoreKey of(byte[] key) {
        if (key.length != KEY_BYTES) {
            throw new IllegalArgumentException("store key of " + key.length + " bytes (expected: " + KEY_BYTES + ")");
        }
        return new StoreKey(List.of(key.clone()));
    }

    /**
     * Makes a key. Write it down with {@link #toBase64()} before using it.
     *
     * @return a random key
     */
    public static StoreKey generate() {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return of(key);
    }

    /**
     * Reads a key from a file.
     *
     * @param file holds the base64 of 32 bytes; white space around it is ignored; e.g. made with {@code openssl rand -base64 32}
     * @return the key
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} that names the file
     */
    public static StoreKey fromFile(Path file) {
        requireNonNull(file, "file");
        try {
            if (Files.size(file) <= MAX_FILE_BYTES) {
                return of(Base64.getDecoder().decode(Files.readString(file).strip()));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "store key file " + file + " cannot be read (expected: base64 of 32 bytes)",
                    e instanceof IOException ? e : null);
        }
        throw new TunnelException(
                TunnelErrorCode.INVALID_CONFIGURATION, "store key file " + file + " (expected: base64 of 32 bytes)");
    }

    /**
     * Adds an older key, with which secrets are read but no longer written. A secret moves to the new key when it is next changed.
     *
     * @param older the key used before
     * @return this key, which also reads what the older one wrote
     */
    public StoreKey reading(StoreKey older) {
        List<byte[]> all = new ArrayList<>(keys);
        all.addAll(older.keys);
        return new StoreKey(List.copyOf(all));
    }

    /**
     * Writes the key. The result is a secret.
     *
     * @return what {@link #fromFile} reads
     */
    public String toBase64() {
        return Base64.getEncoder().encodeToString(keys.get(0));
    }

    List<byte[]> keys() {
        return keys;
    }

    /** Shows nothing of the key. */
    @Override
    public String toString() {
        return "StoreKey[" + keys.size() + "]";
    }
}
