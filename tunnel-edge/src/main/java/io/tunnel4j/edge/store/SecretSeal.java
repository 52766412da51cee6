package io.tunnel4j.edge.store;

import io.tunnel4j.edge.store.StoreException.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts secrets for the disk: version, key id, nonce, AES-256-GCM. Kind and id of the document are authenticated with it, so that nobody who can write
 * to the database can move a secret to another document. Thread-safe.
 */
final class SecretSeal {
    private static final byte VERSION = 1;
    private static final int KEY_ID_BYTES = 4;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final byte[] NOTHING = {};

    private final SecureRandom random = new SecureRandom();
    private final Map<Integer, SecretKeySpec> keys = new LinkedHashMap<>();
    private final int newest;

    SecretSeal(StoreKey key) {
        for (byte[] bytes : key.keys()) {
            keys.putIfAbsent(keyId(bytes), new SecretKeySpec(bytes, "AES"));
        }
        newest = keyId(key.keys().get(0));
    }

    byte[] seal(String kind, String id, byte[] secret) {
        if (secret.length == 0) {
            return NOTHING;
        }
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] sealed = crypt(Cipher.ENCRYPT_MODE, newest, nonce, kind, id, secret);
        return ByteBuffer.allocate(1 + KEY_ID_BYTES + NONCE_BYTES + sealed.length)
                .put(VERSION)
                .putInt(newest)
                .put(nonce)
                .put(sealed)
                .array();
    }

    byte[] open(String kind, String id, byte[] sealed) {
        if (sealed.length == 0) {
            return NOTHING;
        }
        ByteBuffer in = ByteBuffer.wrap(sealed);
        if (in.remaining() < 1 + KEY_ID_BYTES + NONCE_BYTES || in.get() != VERSION) {
            throw unreadable(kind, id, "its secret is damaged", null);
        }
        int keyId = in.getInt();
        byte[] nonce = new byte[NONCE_BYTES];
        in.get(nonce);
        return crypt(
                Cipher.DECRYPT_MODE, keyId, nonce, kind, id, Arrays.copyOfRange(sealed, in.position(), sealed.length));
    }

    private byte[] crypt(int mode, int keyId, byte[] nonce, String kind, String id, byte[] input) {
        SecretKeySpec key = keys.get(keyId);
        if (key == null) {
            throw unreadable(kind, id, "its secret was written with another store key", null);
        }
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD((kind + "\0" + id).getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(input);
        } catch (GeneralSecurityException e) {
            throw unreadable(kind, id, "its secret cannot be decrypted", e);
        }
    }

    private static int keyId(byte[] key) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update("tunnel4j store key id".getBytes(StandardCharsets.US_ASCII));
            return ByteBuffer.wrap(digest.digest(key)).getInt();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("no SHA-256", e);
        }
    }

    private static StoreException unreadable(String kind, String id, String why, @Nullable Throwable cause) {
        return new StoreException(Reason.UNREADABLE, kind + " " + id + ": " + why, cause);
    }
}
