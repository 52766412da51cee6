package io.tunnel4j.access.login;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.interfaces.XECPublicKey;
import java.text.ParseException;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import software.pando.crypto.nacl.CryptoBox;

/**
 * The key pair of one login: its public half, base64url with padding, is the name under which the sealed tokens wait, its private half opens
 * them. Immutable, thread-safe.
 */
final class TransferKeys {
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 24;
    private static final int TAG_BYTES = 16;

    private final PrivateKey privateKey;
    private final String id;

    private TransferKeys(PrivateKey privateKey, byte[] publicKey) {
        this.privateKey = privateKey;
        this.id = Base64.getUrlEncoder().encodeToString(publicKey);
    }

    static TransferKeys generate() {
        KeyPair pair = CryptoBox.keyPair();
        return new TransferKeys(pair.getPrivate(), littleEndian(((XECPublicKey) pair.getPublic()).getU()));
    }

    static TransferKeys of(byte[] privateKey, byte[] publicKey) {
        return new TransferKeys(CryptoBox.privateKey(privateKey), publicKey);
    }

    private static byte[] littleEndian(BigInteger u) {
        byte[] bigEndian = u.toByteArray();
        byte[] bytes = new byte[KEY_BYTES];
        for (int i = 0; i < Math.min(KEY_BYTES, bigEndian.length); i++) {
            bytes[i] = bigEndian[bigEndian.length - 1 - i];
        }
        return bytes;
    }

    /** Returns the transfer's name. Whoever knows it can fetch the sealed answer: not for logs. */
    String id() {
        return id;
    }

    /**
     * Opens an answer of the transfer store.
     *
     * @param servicePublicKey the header {@code service-public-key}: base64url with padding; a short key is filled up, a long one cut
     * @param body standard base64 with padding of nonce and box; line breaks are ignored
     * @return the plaintext
     * @throws ParseException if it cannot be opened, in the reference's words
     */
    String open(@Nullable String servicePublicKey, String body) throws ParseException {
        String header = servicePublicKey == null ? "" : servicePublicKey;
        byte[] service = Arrays.copyOf(GoBase64.URL.decode(header), KEY_BYTES);
        byte[] envelope = GoBase64.STANDARD.decode(body);
        if (envelope.length < NONCE_BYTES) {
            throw new ParseException("message is too short to contain a nonce", 0);
        }
        if (envelope.length < NONCE_BYTES + TAG_BYTES) {
            throw new ParseException("failed to decrypt message", 0);
        }
        byte[] nonce = Arrays.copyOf(envelope, NONCE_BYTES);
        byte[] sealed = Arrays.copyOfRange(envelope, NONCE_BYTES, envelope.length);
        try (CryptoBox box = CryptoBox.fromCombined(nonce, sealed)) {
            return new String(box.decrypt(privateKey, CryptoBox.publicKey(service)), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException | IllegalStateException notOurs) {
            throw new ParseException("failed to decrypt message", 0);
        }
    }

    /** Tells that these are keys, not which. */
    @Override
    public String toString() {
        return "TransferKeys[]";
    }
}
