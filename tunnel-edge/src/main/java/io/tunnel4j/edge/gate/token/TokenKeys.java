package io.tunnel4j.edge.gate.token;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.nimbusds.jose.util.Base64URL;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.gate.policy.AccessState;
import io.tunnel4j.edge.gate.policy.SigningKeyRecord;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The RSA keys that sign tokens: one current, and retired ones as long as their tokens count. Thread-safe.
 *
 * <p>A key signs for {@link #ROTATION} and is published for {@link #OVERLAP} longer.
 */
public final class TokenKeys {
    /** How long a key signs. */
    static final Duration ROTATION = Duration.ofDays(42);
    /** How long its tokens are accepted afterwards. */
    static final Duration OVERLAP = Duration.ofDays(7);

    private final AccessState state;
    private final InstantSource clock;
    private volatile Loaded loaded;

    private TokenKeys(AccessState state, InstantSource clock, Loaded loaded) {
        this.state = state;
        this.clock = clock;
        this.loaded = loaded;
    }

    /**
     * Reads the keys and makes the first one if there is none. Takes a moment then, so not for event loops.
     *
     * @param state where they are kept
     * @param clock tells when they are due
     * @return the keys
     */
    public static TokenKeys open(AccessState state, InstantSource clock) {
        Loaded loaded = load(state);
        if (loaded.current(clock.instant()) == null) {
            state.save(AccessKind.SIGNING_KEY, generate(clock.instant()))
                    .toCompletableFuture()
                    .join();
            loaded = load(state);
        }
        return new TokenKeys(state, clock, loaded);
    }

    /**
     * Returns the key that signs.
     *
     * @return the newest that is not retired
     * @throws IllegalStateException if somebody has removed them all
     */
    Key current() {
        Key key = keys().current(clock.instant());
        if (key == null) {
            throw new IllegalStateException("no signing key (expected: at least one)");
        }
        return key;
    }

    /** Finds a key whose tokens are still accepted. */
    @Nullable
    Key find(String id) {
        Key found = keys().find(id);
        return found == null || found.isExpired(clock.instant()) ? null : found;
    }

    /**
     * Makes a new key when the current one is due, and forgets those whose time is over. Takes a moment, so not for event loops.
     *
     * @return completed when it is kept
     */
    public CompletionStage<Void> rotateIfDue() {
        Instant now = clock.instant();
        List<CompletableFuture<Void>> changes = new ArrayList<>();
        for (Key key : keys().all) {
            if (key.isExpired(now)) {
                changes.add(
                        state.delete(AccessKind.SIGNING_KEY, key.record.id()).toCompletableFuture());
            }
        }
        if (!now.isBefore(current().record.createdAt().plus(ROTATION))) {
            changes.add(rotate().toCompletableFuture());
        }
        return CompletableFuture.allOf(changes.toArray(new CompletableFuture<?>[0]));
    }

    /**
     * Makes a new key at once; the current one is retired. Takes a moment, so not for event loops.
     *
     * @return completed when it is kept
     */
    public CompletionStage<Void> rotate() {
        Instant now = clock.instant();
        SigningKeyRecord fresh = generate(now);
        SigningKeyRecord old = current().record;
        return state.save(AccessKind.SIGNING_KEY, fresh)
                .thenCompose(saved -> state.save(AccessKind.SIGNING_KEY, old.retired(now)));
    }

    /**
     * Writes what {@code /cdn-cgi/access/certs} answers.
     *
     * @return JSON: the keys as a JWK set and as certificates
     */
    public String publish() {
        Instant now = clock.instant();
        JsonArray keys = new JsonArray();
        JsonArray certificates = new JsonArray();
        for (Key key : keys().all) {
            if (!key.isExpired(now)) {
                keys.add(key.toJwk());
                JsonObject certificate = new JsonObject();
                certificate.addProperty("kid", key.record.id());
                certificate.addProperty("cert", key.record.certificate());
                certificates.add(certificate);
            }
        }
        JsonObject json = new JsonObject();
        json.add("keys", keys);
        if (!certificates.isEmpty()) {
            json.add("public_cert", certificates.get(0));
        }
        json.add("public_certs", certificates);
        return json.toString();
    }

    private Loaded keys() {
        Loaded current = loaded;
        if (current.version != state.version()) {
            current = load(state);
            loaded = current;
        }
        return current;
    }

    private static Loaded load(AccessState state) {
        long version = state.version();
        List<Key> keys = new ArrayList<>();
        for (SigningKeyRecord record : state.all(AccessKind.SIGNING_KEY).values()) {
            if (record.purpose().equals(SigningKeyRecord.TOKEN)) {
                keys.add(Key.of(record));
            }
        }
        keys.sort(Comparator.comparing((Key key) -> key.record.createdAt()).reversed());
        return new Loaded(version, List.copyOf(keys));
    }

    private static SigningKeyRecord generate(Instant now) {
        try {
            X509Bundle bundle = new CertificateBuilder()
                    .subject("CN=tunnel4j access")
                    .algorithm(CertificateBuilder.Algorithm.rsa2048)
                    .notBefore(now.minus(Duration.ofHours(1)))
                    .notAfter(now.plus(ROTATION).plus(OVERLAP).plus(OVERLAP))
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
            byte[] publicKey = bundle.getKeyPair().getPublic().getEncoded();
            String id = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(publicKey));
            return new SigningKeyRecord(
                    id,
                    SigningKeyRecord.TOKEN,
                    bundle.getKeyPair().getPrivate().getEncoded(),
                    bundle.getCertificatePEM(),
                    publicKey,
                    now,
                    null);
        } catch (Exception e) { // what the builder declares
            throw new IllegalStateException("signing key could not be made", e);
        }
    }

    private record Loaded(long version, List<Key> all) {
        @Nullable
        Key current(Instant now) {
            for (Key key : all) {
                if (key.record.retiredAt() == null) {
                    return key;
                }
            }
            return null;
        }

        @Nullable
        Key find(String id) {
            for (Key key : all) {
                if (key.record.id().equals(id)) {
                    return key;
                }
            }
            return null;
        }
    }

    /** A key, ready for use. */
    record Key(SigningKeyRecord record, PrivateKey privateKey, RSAPublicKey publicKey) {
        static Key of(SigningKeyRecord record) {
            try {
                KeyFactory factory = KeyFactory.getInstance("RSA");
                return new Key(
                        record, factory.generatePrivate(new PKCS8EncodedKeySpec(record.privateKey())), (RSAPublicKey)
                                factory.generatePublic(new X509EncodedKeySpec(record.publicKey())));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("signing key " + record.id() + " cannot be read", e);
            }
        }

        boolean isExpired(Instant now) {
            Instant retired = record.retiredAt();
            return retired != null && !now.isBefore(retired.plus(OVERLAP));
        }

        JsonObject toJwk() {
            JsonObject jwk = new JsonObject();
            jwk.addProperty("kid", record.id());
            jwk.addProperty("kty", "RSA");
            jwk.addProperty("alg", "RS256");
            jwk.addProperty("use", "sig");
            jwk.addProperty("e", Base64URL.encode(publicKey.getPublicExponent()).toString());
            jwk.addProperty("n", Base64URL.encode(publicKey.getModulus()).toString());
            return jwk;
        }
    }
}
