package io.tunnel4j.edge.gate;

import io.tunnel4j.edge.gate.policy.SigningKeyRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.time.Instant;
import java.util.Base64;

/** The signing keys behind the vectors, so that no test waits for a new one. */
final class TestKeys {
    /** Key id of the current key in {@code jwks.json}. */
    static final String CURRENT_ID = "b86f36c9bf616c9c67231031bc6e3be1416fe3ec35dbb9f4f87db18b46649804";

    private TestKeys() {}

    static SigningKeyRecord current() {
        return read("signing-current", CURRENT_ID);
    }

    static SigningKeyRecord unpublished() {
        return read("signing-unpublished", "00".repeat(32));
    }

    private static SigningKeyRecord read(String name, String id) {
        try {
            byte[] pkcs8 =
                    Base64.getMimeDecoder().decode(text("keys/" + name + ".pem").replaceAll("-----[A-Z ]+-----", ""));
            KeyFactory factory = KeyFactory.getInstance("RSA");
            RSAPrivateCrtKey key = (RSAPrivateCrtKey) factory.generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            byte[] publicKey = factory.generatePublic(new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent()))
                    .getEncoded();
            return new SigningKeyRecord(
                    id, SigningKeyRecord.TOKEN, pkcs8, "", publicKey, Instant.parse("2026-11-25T00:00:00Z"), null);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** A file of {@code vectors/access}. */
    static String text(String name) {
        try (InputStream in = TestKeys.class.getResourceAsStream("/vectors/access/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
