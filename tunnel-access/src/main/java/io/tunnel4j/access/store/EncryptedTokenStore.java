package io.tunnel4j.access.store;

import io.tunnel4j.TunnelException;
import io.tunnel4j.access.TokenStore;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A store whose values another store keeps encrypted: {@code v1.} and the base64 of a random 12-byte nonce and the AES-GCM ciphertext, the
 * name being authenticated with it. Thread-safe.
 */
public final class EncryptedTokenStore implements TokenStore {
    private static final String PREFIX = "v1.";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final TokenStore delegate;
    private final SecretKeySpec key;
    private final SecureRandom random = new SecureRandom();

    /**
     * Wraps a store.
     *
     * @param delegate keeps the encrypted values
     * @param key 16, 24 or 32 bytes
     */
    public EncryptedTokenStore(TokenStore delegate, byte[] key) {
        if (key.length != 16 && key.length != 24 && key.length != 32) {
            throw new IllegalArgumentException("key: " + key.length + " bytes (expected: 16, 24 or 32)");
        }
        this.delegate = delegate;
        this.key = new SecretKeySpec(key, "AES");
    }

    @Override
    public @Nullable Entry read(String name) {
        Entry sealed = delegate.read(name);
        return sealed == null ? null : new Entry(open(name, sealed.value()), sealed.modified());
    }

    @Override
    public void write(String name, String value) {
        delegate.write(name, seal(name, EntryNames.checkedValue(name, value)));
    }

    @Override
    public void delete(String name) {
        delegate.delete(name);
    }

    @Override
    public List<String> names() {
        return delegate.names();
    }

    @Override
    public @Nullable Lock tryLock(String name) {
        return delegate.tryLock(name);
    }

    private String seal(String name, byte[] value) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, name, nonce).doFinal(value);
            byte[] all = ByteBuffer.allocate(NONCE_BYTES + sealed.length)
                    .put(nonce)
                    .put(sealed)
                    .array();
            return PREFIX + Base64.getEncoder().withoutPadding().encodeToString(all);
        } catch (GeneralSecurityException e) {
            throw EntryNames.failure(name + ": cannot be encrypted", e);
        }
    }

    private String open(String name, String text) {
        if (!text.startsWith(PREFIX)) {
            throw unreadable(name, null);
        }
        try {
            byte[] all = Base64.getDecoder().decode(text.substring(PREFIX.length()));
            if (all.length < NONCE_BYTES + TAG_BITS / 8) {
                throw unreadable(name, null);
            }
            byte[] value = cipher(Cipher.DECRYPT_MODE, name, all).doFinal(all, NONCE_BYTES, all.length - NONCE_BYTES);
            return new String(value, StandardCharsets.UTF_8);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw unreadable(name, e);
        }
    }

    private Cipher cipher(int mode, String name, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce, 0, NONCE_BYTES));
        cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static TunnelException unreadable(String name, @Nullable Throwable cause) {
        return EntryNames.failure(
                name + ": cannot be decrypted (expected: a value written with this key and not altered since)", cause);
    }
}
