package io.tunnel4j.edge.gate.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.gate.policy.Identity;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Signs and checks the edge's tokens. Thread-safe.
 *
 * <p>All are RS256 JWTs with a {@code kid}. What is read is accepted only with that algorithm, by one of the published keys, from this issuer,
 * of the wanted type, for the wanted audience, and while it is valid. A type of token is never taken for another.
 */
public final class AccessTokens {
    private static final int MAX_TOKEN_CHARS = 16 << 10;
    private static final String APP = "app";
    private static final String ORG = "org";

    private final TokenKeys keys;
    private final String issuer;
    private final String teamAudience;
    private final InstantSource clock;

    /**
     * Creates the signer.
     *
     * @param keys what it signs with
     * @param issuer {@code https://<auth domain>[:port]}
     * @param teamAudience {@code aud} of org tokens
     * @param clock the time
     */
    public AccessTokens(TokenKeys keys, String issuer, String teamAudience, InstantSource clock) {
        this.keys = keys;
        this.issuer = issuer;
        this.teamAudience = teamAudience;
        this.clock = clock;
    }

    /**
     * Signs a person's token for an application.
     *
     * @param app the application
     * @param identity the person
     * @param validity at most until the session ends
     * @param custom claims of the provider that the operator wants in the token
     * @return the token
     */
    public SignedToken forPerson(
            Application app, Identity identity, Duration validity, Map<String, List<String>> custom) {
        Instant now = seconds(clock.instant());
        Instant end = seconds(now.plus(validity));
        Instant expires = end.isBefore(identity.expiresAt()) ? end : seconds(identity.expiresAt());
        Map<String, Object> claims = claims(APP, List.of(app.audience()), now, expires);
        claims.put("sub", identity.userId());
        claims.put("email", identity.email());
        claims.put("identity_nonce", identity.nonce());
        if (!identity.country().isEmpty()) {
            claims.put("country", identity.country());
        }
        if (!custom.isEmpty()) {
            claims.put("custom", custom);
        }
        return new SignedToken(sign(claims), expires);
    }

    /**
     * Signs a program's token for an application.
     *
     * @param app the application
     * @param commonName client id of its service token, or common name of its certificate
     * @param validity from now on
     * @return the token
     */
    public SignedToken forService(Application app, String commonName, Duration validity) {
        Instant now = seconds(clock.instant());
        Instant expires = seconds(now.plus(validity));
        Map<String, Object> claims = claims(APP, List.of(app.audience()), now, expires);
        claims.put("sub", "");
        claims.put("common_name", commonName);
        return new SignedToken(sign(claims), expires);
    }

    /**
     * Signs the token of a session.
     *
     * @param identity the person
     * @return the token, valid until the session ends
     */
    public SignedToken forSession(Identity identity) {
        Instant now = seconds(clock.instant());
        Instant expires = seconds(identity.expiresAt());
        Map<String, Object> claims = claims(ORG, teamAudience, now, expires);
        claims.put("sub", identity.userId());
        claims.put("email", identity.email());
        claims.put("identity_nonce", identity.nonce());
        claims.put("auth_status", "NONE");
        claims.put("common_name", "");
        return new SignedToken(sign(claims), expires);
    }

    /**
     * Signs a question to a service of external evaluation. It is of a type of its own, so it lets nobody in anywhere.
     *
     * @param person JSON object that describes them as {@code get-identity} does
     * @param nonce to be repeated in the answer
     * @return compact JWS, valid for a minute
     */
    public String forEvaluation(String person, String nonce) {
        Instant now = seconds(clock.instant());
        Map<String, Object> claims = claims("external_evaluation", "external_evaluation", now, now.plusSeconds(60));
        try {
            claims.put("identity", JSONObjectUtils.parse(person));
        } catch (ParseException e) {
            throw new IllegalArgumentException("person: (expected: a JSON object)", e);
        }
        claims.put("nonce", nonce);
        return sign(claims);
    }

    /**
     * Signs what a client learns about an application before it logs in.
     *
     * @param host as requested, without port
     * @param authDomain host of the team domain
     * @param app the application
     * @param destination what the application protects there
     * @return compact JWS
     */
    public String metadata(String host, String authDomain, Application app, String destination) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("type", "match");
        claims.put("hostname", host);
        claims.put("auth_domain", authDomain);
        claims.put("aud", app.audience());
        claims.put("app_hostname", destination);
        claims.put("iat", clock.instant().getEpochSecond());
        return sign(claims);
    }

    /**
     * Reads a token for an application.
     *
     * @param text as the client sent it
     * @param audience the application's tag
     * @return null if it is not acceptable
     */
    public @Nullable AccessClaims readForApplication(String text, String audience) {
        return read(text, APP, audience);
    }

    /**
     * Reads a token for any application.
     *
     * @param text as the client sent it
     * @return null if it is not acceptable
     */
    public @Nullable AccessClaims readForAnyApplication(String text) {
        return read(text, APP, null);
    }

    /**
     * Reads the token of a session.
     *
     * @param text as the client sent it
     * @return null if it is not acceptable
     */
    public @Nullable AccessClaims readForSession(String text) {
        return read(text, ORG, teamAudience);
    }

    private @Nullable AccessClaims read(String text, String type, @Nullable String audience) {
        JWTClaimsSet claims = verified(text, type);
        if (claims == null || claims.getExpirationTime() == null || claims.getIssueTime() == null) {
            return null;
        }
        Instant now = clock.instant();
        Instant expires = claims.getExpirationTime().toInstant();
        Date notBefore = claims.getNotBeforeTime();
        boolean isValidNow = now.isBefore(expires)
                && !now.isBefore(claims.getIssueTime().toInstant())
                && (notBefore == null || !now.isBefore(notBefore.toInstant()));
        List<String> audiences = claims.getAudience();
        boolean isForUs = audience == null ? audiences.size() == 1 : audiences.contains(audience);
        if (!isValidNow || !isForUs) {
            return null;
        }
        return new AccessClaims(
                type,
                audience == null ? audiences.get(0) : audience,
                text(claims, "email"),
                text(claims, "sub"),
                text(claims, "common_name"),
                text(claims, "identity_nonce"),
                claims.getIssueTime().toInstant(),
                expires);
    }

    private @Nullable JWTClaimsSet verified(String text, String type) {
        if (text.isEmpty() || text.length() > MAX_TOKEN_CHARS) {
            return null;
        }
        try {
            SignedJWT jwt = SignedJWT.parse(text);
            String keyId = jwt.getHeader().getKeyID();
            if (!jwt.getHeader().getAlgorithm().equals(JWSAlgorithm.RS256) || keyId == null) {
                return null;
            }
            TokenKeys.Key key = keys.find(keyId);
            if (key == null || !jwt.verify(new RSASSAVerifier(key.publicKey()))) {
                return null;
            }
            JWTClaimsSet claims = jwt.getJWTClaimsSet();
            return type.equals(text(claims, "type")) && issuer.equals(claims.getIssuer()) ? claims : null;
        } catch (ParseException | JOSEException e) {
            return null; // not a token of ours; why is of no use to whoever sent it
        }
    }

    private Map<String, Object> claims(String type, Object audience, Instant now, Instant expires) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("type", type);
        claims.put("aud", audience);
        claims.put("iss", issuer);
        claims.put("iat", now.getEpochSecond());
        claims.put("nbf", now.getEpochSecond());
        claims.put("exp", expires.getEpochSecond());
        return claims;
    }

    private String sign(Map<String, Object> claims) {
        TokenKeys.Key key = keys.current();
        JWSObject jws = new JWSObject(header(key.record().id()), new Payload(claims));
        try {
            jws.sign(new RSASSASigner(key.privateKey()));
        } catch (JOSEException e) {
            throw new IllegalStateException("key " + key.record().id() + " does not sign", e);
        }
        return jws.serialize();
    }

    /**
     * Stock clients write the header of a stored token anew, its members in alphabetical order, and send it with the signature they got: in any other order a token
     * would be good once and refused ever after.
     */
    private static JWSHeader header(String keyId) {
        try {
            return JWSHeader.parse(Base64URL.encode("{\"alg\":\"RS256\",\"kid\":\"" + keyId + "\",\"typ\":\"JWT\"}"));
        } catch (ParseException e) {
            throw new IllegalStateException("key " + keyId + " has an id that JSON cannot hold", e);
        }
    }

    private static String text(JWTClaimsSet claims, String name) {
        return claims.getClaim(name) instanceof String value ? value : "";
    }

    private static Instant seconds(Instant time) {
        return Instant.ofEpochSecond(time.getEpochSecond());
    }
}
