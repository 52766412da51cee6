package io.tunnel4j.access.login;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSASSASigner;
import io.tunnel4j.access.AccessVectors;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Map;

/** Signs tokens with the throw-away keys of the vectors. */
final class TestTokens {
    static final String CURRENT = "signing-current";
    static final String UNPUBLISHED = "signing-unpublished";
    static final String PREVIOUS = "signing-previous";

    private TestTokens() {}

    private static String publishedId(int index) {
        return AccessVectors.object("jwks.json")
                .getAsJsonArray("keys")
                .get(index)
                .getAsJsonObject()
                .get("kid")
                .getAsString();
    }

    static String sign(Map<String, Object> claims) {
        return sign(CURRENT, claims);
    }

    /** Signs with a key of {@code vectors/access/keys}, naming it if it is published, else the current one. */
    static String sign(String key, Map<String, Object> claims) {
        try {
            String pem = AccessVectors.text("keys/" + key + ".pem").replaceAll("-----[^-]+-----", "");
            PrivateKey secret = KeyFactory.getInstance("RSA")
                    .generatePrivate(
                            new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem)));
            JWSObject jws = new JWSObject(
                    new JWSHeader.Builder(JWSAlgorithm.RS256)
                            .keyID(publishedId(key.equals(PREVIOUS) ? 1 : 0))
                            .build(),
                    new Payload(claims));
            jws.sign(new RSASSASigner(secret));
            return jws.serialize();
        } catch (GeneralSecurityException | JOSEException e) {
            throw new IllegalStateException(e);
        }
    }
}
