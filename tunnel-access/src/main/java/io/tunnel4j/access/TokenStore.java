package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.access.store.DirectoryTokenStore;
import io.tunnel4j.access.store.EncryptedTokenStore;
import io.tunnel4j.access.store.InMemoryTokenStore;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a login yields: short texts under names, and a lock for each name.
 *
 * <p>Names are those of the reference's files: {@code <app hostname>-<audience>-token} and {@code <auth domain>-org-token} hold a JWT,
 * {@code <auth domain>-jwks} the signing keys, {@code <app token name>.url} the address of a login under way. An implementation need not
 * understand them. It takes every name of 1 to {@value #MAX_NAME_LENGTH} characters without {@code /}, {@code \} and control characters, and
 * every value of up to {@value #MAX_VALUE_BYTES} bytes of UTF-8.
 *
 * <p>Implementations are thread-safe; what a {@link #write} has returned from, every later {@link #read} sees, also one in another process if
 * the store is shared between processes. The contract is a test: extend {@code io.tunnel4j.access.testing.TokenStoreContract} of the
 * test-jar. Failures of the medium are {@link io.tunnel4j.TunnelException}s with
 * {@link io.tunnel4j.TunnelErrorCode#TOKEN_STORE} that name the entry and not its value.
 */
public interface TokenStore {
    /** The longest name. */
    int MAX_NAME_LENGTH = 240;

    /** The longest value; a token has some 1500 bytes, a key set may have several thousand. */
    int MAX_VALUE_BYTES = 1 << 20;

    /**
     * Keeps tokens in {@code ~/.cloudflared} with the reference's names and modes, so that both tools share one login.
     *
     * @return a store that creates the directory with the first value
     */
    static TokenStore userHome() {
        return directory(Path.of(System.getProperty("user.home"), ".cloudflared"));
    }

    /**
     * Keeps tokens in a directory, one file for each, mode 0600, replaced by rename. Locks are the operating system's and end with the
     * process, however it ends; the reference's lock file is written and honoured beside them.
     *
     * @param directory the directory; created with mode 0700 if it is missing, its parent must exist
     * @return a store for every process that uses the directory
     */
    static TokenStore directory(Path directory) {
        return new DirectoryTokenStore(requireNonNull(directory, "directory"), Clock.systemUTC());
    }

    /**
     * Keeps tokens in memory.
     *
     * @return a new, empty store for this process
     */
    static TokenStore inMemory() {
        return new InMemoryTokenStore(Clock.systemUTC());
    }

    /**
     * Encrypts values with AES-GCM before another store sees them. A value is bound to its name, so that entries cannot be swapped; names
     * stay readable. The reference cannot read such a store.
     *
     * @param delegate the store that keeps the encrypted values
     * @param key an AES key: 16, 24 or 32 bytes; copied
     * @return a store whose {@link #read} refuses what was not written with this key
     * @throws IllegalArgumentException if the key has another length
     */
    static TokenStore encrypted(TokenStore delegate, byte[] key) {
        return new EncryptedTokenStore(requireNonNull(delegate, "delegate"), requireNonNull(key, "key"));
    }

    /**
     * Reads a value.
     *
     * @param name its name
     * @return the value; null if there is none
     * @throws io.tunnel4j.TunnelException with {@link io.tunnel4j.TunnelErrorCode#TOKEN_STORE} if it is there and cannot be read
     */
    @Nullable
    Entry read(String name);

    /**
     * Writes a value. Others see either the former value or this one.
     *
     * @param name its name
     * @param value the value
     */
    void write(String name, String value);

    /**
     * Deletes a value; it is no error if there is none.
     *
     * @param name its name
     */
    void delete(String name);

    /**
     * Lists what is there.
     *
     * @return the names of all values in no order, at most some thousand
     */
    List<String> names();

    /**
     * Takes the lock of a name if nobody has it. The name need not have a value.
     *
     * <p>A lock excludes every other holder: threads, other stores of the same medium, other processes. It is not reentrant, belongs to no
     * thread, and is free again when its holder closes it or the holder's process ends.
     *
     * @param name the name
     * @return the lock, to be closed by the caller; null if somebody has it
     */
    @Nullable
    Lock tryLock(String name);

    /** A lock that is held. Thread-safe. */
    interface Lock extends AutoCloseable {
        /** Frees the lock; idempotent. */
        @Override
        void close();
    }

    /** A value and when it was written. Immutable. */
    final class Entry {
        private final String value;
        private final Instant modified;

        /**
         * Creates an entry.
         *
         * @param value the value
         * @param modified when it was written; may lie in the future, which pins a key set
         */
        public Entry(String value, Instant modified) {
            this.value = requireNonNull(value, "value");
            this.modified = requireNonNull(modified, "modified");
        }

        /**
         * Returns the value, which may be a secret.
         *
         * @return the text as it was written
         */
        public String value() {
            return value;
        }

        /**
         * Returns when the value was written.
         *
         * @return to the second or finer
         */
        public Instant modified() {
            return modified;
        }

        /** Tells when the value was written, not what it is. */
        @Override
        public String toString() {
            return "Entry[modified=" + modified + "]";
        }
    }
}
