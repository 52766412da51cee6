package io.tunnel4j.edge.gate.token;

import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.gate.policy.AccessState;
import io.tunnel4j.edge.gate.policy.SigningKeyRecord;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Signs short-lived OpenSSH user certificates for one application, with a key of its own (ECDSA P-256), so that what one application's policies admit opens no
 * other application's servers. Immutable, thread-safe.
 *
 * @see <a href="https://cvsweb.openbsd.org/src/usr.bin/ssh/PROTOCOL.certkeys">PROTOCOL.certkeys</a>
 */
public final class SshAuthority {
    /** How long a certificate is good. */
    static final Duration VALIDITY = Duration.ofMinutes(4);
    /** Clocks of servers may be behind by so much. */
    private static final Duration SKEW = Duration.ofMinutes(1);

    private static final String CA_TYPE = "ecdsa-sha2-nistp256";
    private static final int COORDINATE_BYTES = 32;
    private static final int USER_CERTIFICATE = 1;
    private static final String[] EXTENSIONS = {
        "permit-X11-forwarding", "permit-agent-forwarding", "permit-port-forwarding", "permit-pty", "permit-user-rc"
    };

    private final PrivateKey privateKey;
    private final byte[] publicBlob;
    private final SecureRandom random = new SecureRandom();

    private SshAuthority(SigningKeyRecord record) {
        try {
            KeyFactory factory = KeyFactory.getInstance("EC");
            this.privateKey = factory.generatePrivate(new PKCS8EncodedKeySpec(record.privateKey()));
            this.publicBlob = blob((ECPublicKey) factory.generatePublic(new X509EncodedKeySpec(record.publicKey())));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("SSH key " + record.id() + " cannot be read", e);
        }
    }

    /**
     * Finds an application's authority, or makes it.
     *
     * @param state where keys are kept
     * @param audience the application's tag
     * @param now the time
     * @return the authority
     */
    public static CompletionStage<SshAuthority> of(AccessState state, String audience, Instant now) {
        String purpose = "ssh:" + audience;
        for (SigningKeyRecord record : state.all(AccessKind.SIGNING_KEY).values()) {
            if (record.purpose().equals(purpose)) {
                return CompletableFuture.completedFuture(new SshAuthority(record));
            }
        }
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            SigningKeyRecord record = new SigningKeyRecord(
                    purpose,
                    purpose,
                    pair.getPrivate().getEncoded(),
                    "",
                    pair.getPublic().getEncoded(),
                    now,
                    null);
            return state.save(AccessKind.SIGNING_KEY, record)
                    .thenApply(saved ->
                            new SshAuthority(state.all(AccessKind.SIGNING_KEY).getOrDefault(purpose, record)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("no elliptic curves in this JVM", e);
        }
    }

    /**
     * Returns what servers are to trust: a line for {@code TrustedUserCAKeys}.
     *
     * @return type and key
     */
    public String publicKey() {
        return CA_TYPE + " " + Base64.getEncoder().encodeToString(publicBlob);
    }

    /**
     * Signs a certificate.
     *
     * @param publicKeyLine the user's key in the form of {@code authorized_keys}
     * @param keyId shown in the servers' logs
     * @param principal the account it is good for
     * @param now the time
     * @return the certificate
     * @throws IllegalArgumentException if the key is malformed or of a kind that is not signed
     */
    public Certificate sign(String publicKeyLine, String keyId, String principal, Instant now) {
        UserKey key = UserKey.parse(publicKeyLine);
        byte[] nonce = new byte[32];
        random.nextBytes(nonce);
        Instant until = now.plus(VALIDITY);
        SshWire extensions = new SshWire();
        for (String extension : EXTENSIONS) {
            extensions.string(extension).string("");
        }
        String type = key.type + "-cert-v01@openssh.com";
        byte[] unsigned = new SshWire()
                .string(type)
                .string(nonce)
                .raw(key.fields)
                .uint64(random.nextLong() & Long.MAX_VALUE)
                .uint32(USER_CERTIFICATE)
                .string(keyId)
                .string(new SshWire().string(principal).bytes())
                .uint64(now.minus(SKEW).getEpochSecond())
                .uint64(until.getEpochSecond())
                .string("")
                .string(extensions.bytes())
                .string("")
                .string(publicBlob)
                .bytes();
        byte[] certificate =
                new SshWire().raw(unsigned).string(signature(unsigned)).bytes();
        return new Certificate(
                UUID.randomUUID().toString(),
                type + " " + Base64.getEncoder().encodeToString(certificate) + "\n",
                Instant.ofEpochSecond(until.getEpochSecond()));
    }

    private byte[] signature(byte[] data) {
        try {
            Signature signer = Signature.getInstance("SHA256withECDSAinP1363Format");
            signer.initSign(privateKey);
            signer.update(data);
            byte[] both = signer.sign();
            byte[] numbers = new SshWire()
                    .mpint(new BigInteger(1, Arrays.copyOfRange(both, 0, COORDINATE_BYTES)))
                    .mpint(new BigInteger(1, Arrays.copyOfRange(both, COORDINATE_BYTES, both.length)))
                    .bytes();
            return new SshWire().string(CA_TYPE).string(numbers).bytes();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("SSH key does not sign", e);
        }
    }

    private static byte[] blob(ECPublicKey key) {
        byte[] point = new byte[1 + 2 * COORDINATE_BYTES];
        point[0] = 4; // uncompressed
        copy(key.getW().getAffineX(), point, 1);
        copy(key.getW().getAffineY(), point, 1 + COORDINATE_BYTES);
        return new SshWire().string(CA_TYPE).string("nistp256").string(point).bytes();
    }

    private static void copy(BigInteger coordinate, byte[] target, int offset) {
        byte[] bytes = coordinate.toByteArray();
        int length = Math.min(bytes.length, COORDINATE_BYTES);
        System.arraycopy(bytes, bytes.length - length, target, offset + COORDINATE_BYTES - length, length);
    }

    /**
     * A certificate just signed.
     *
     * @param id names it
     * @param text type and certificate, one line
     * @param expiresAt when it ends
     */
    public record Certificate(String id, String text, Instant expiresAt) {}

    /** A public key of a kind that is signed: its type and its fields as they stand on the wire. */
    private record UserKey(String type, byte[] fields) {
        private static final int MAX_CHARS = 8192;

        static UserKey parse(String line) {
            String[] parts = line.trim().split("\\s+", 3);
            if (parts.length < 2 || line.length() > MAX_CHARS) {
                throw new IllegalArgumentException("public key: malformed (expected: type and base64)");
            }
            ByteBuffer blob = ByteBuffer.wrap(Base64.getDecoder().decode(parts[1]));
            String type = new String(SshWire.readString(blob), StandardCharsets.US_ASCII);
            if (!type.equals(parts[0])) {
                throw new IllegalArgumentException("public key: two different types");
            }
            byte[] fields = new byte[blob.remaining()];
            blob.duplicate().get(fields);
            check(type, blob);
            if (blob.hasRemaining()) {
                throw new IllegalArgumentException("public key: more than a key");
            }
            return new UserKey(type, fields);
        }

        private static void check(String type, ByteBuffer fields) {
            switch (type) {
                case "ssh-ed25519" -> expect(SshWire.readString(fields).length == 32);
                case "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521" -> {
                    String curve = new String(SshWire.readString(fields), StandardCharsets.US_ASCII);
                    expect(type.endsWith(curve) && SshWire.readString(fields).length >= 65);
                }
                case "ssh-rsa" -> {
                    expect(SshWire.readString(fields).length <= 8);
                    expect(SshWire.readString(fields).length >= 256);
                }
                default ->
                    throw new IllegalArgumentException(
                            "public key: " + type + " (expected: ECDSA, Ed25519 or RSA of at least 2048 bits)");
            }
        }

        private static void expect(boolean isRight) {
            if (!isRight) {
                throw new IllegalArgumentException("public key: malformed or too short");
            }
        }
    }
}
