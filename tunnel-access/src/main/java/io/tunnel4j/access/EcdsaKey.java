package io.tunnel4j.access;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/** An ECDSA key on P-256 in the two forms that OpenSSH reads. Immutable, thread-safe. */
final class EcdsaKey {
    private static final String CURVE = "nistp256";
    private static final String KEY_TYPE = "ecdsa-sha2-" + CURVE;
    private static final int FIELD_BYTES = 32;

    /** RFC 5915: SEQUENCE of version 1 and an OCTET STRING; then the curve's OID in [0] and a BIT STRING in [1]. */
    private static final byte[] SEC1_HEAD = {0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20};

    private static final byte[] SEC1_CURVE = {
        (byte) 0xa0, 0x0a, 0x06, 0x08, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x03, 0x01, 0x07
    };

    private static final byte[] SEC1_POINT = {(byte) 0xa1, 0x44, 0x03, 0x42, 0x00};

    private final byte[] secret;
    private final byte[] point;

    private EcdsaKey(byte[] secret, byte[] point) {
        this.secret = secret;
        this.point = point;
    }

    static EcdsaKey generate() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            return of((ECPrivateKey) pair.getPrivate(), (ECPublicKey) pair.getPublic());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has ECDSA on P-256", e);
        }
    }

    static EcdsaKey of(ECPrivateKey privateKey, ECPublicKey publicKey) {
        byte[] point = ByteBuffer.allocate(1 + 2 * FIELD_BYTES)
                .put((byte) 4)
                .put(field(publicKey.getW().getAffineX()))
                .put(field(publicKey.getW().getAffineY()))
                .array();
        return new EcdsaKey(field(privateKey.getS()), point);
    }

    private static byte[] field(BigInteger value) {
        byte[] bytes = value.toByteArray();
        byte[] padded = new byte[FIELD_BYTES];
        int length = Math.min(bytes.length, FIELD_BYTES);
        System.arraycopy(bytes, bytes.length - length, padded, FIELD_BYTES - length, length);
        return padded;
    }

    /** Returns the private key, SEC 1 in PEM; a secret. */
    String privateKeyPem() {
        ByteArrayOutputStream der = new ByteArrayOutputStream();
        der.writeBytes(SEC1_HEAD);
        der.writeBytes(secret);
        der.writeBytes(SEC1_CURVE);
        der.writeBytes(SEC1_POINT);
        der.writeBytes(point);
        Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
        return "-----BEGIN EC PRIVATE KEY-----\n" + lines.encodeToString(der.toByteArray())
                + "\n-----END EC PRIVATE KEY-----\n";
    }

    /** Returns the public key as a line of {@code authorized_keys}, without a comment. */
    String authorizedKey() {
        ByteArrayOutputStream blob = new ByteArrayOutputStream();
        string(blob, KEY_TYPE.getBytes(StandardCharsets.US_ASCII));
        string(blob, CURVE.getBytes(StandardCharsets.US_ASCII));
        string(blob, point);
        return KEY_TYPE + " " + Base64.getEncoder().encodeToString(blob.toByteArray()) + "\n";
    }

    private static void string(ByteArrayOutputStream out, byte[] bytes) {
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        out.writeBytes(bytes);
    }

    /** Tells that this is a key, not which. */
    @Override
    public String toString() {
        return "EcdsaKey[]";
    }
}
