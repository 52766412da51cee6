package io.tunnel4j.edge.gate.token;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Seals values that travel through a browser, so that they come back as they went. Thread-safe.
 *
 * <p>By HMAC instead of a signature: anybody can make the gate seal a state, so it must be cheap. The HMAC key is derived from the token key, so all
 * nodes of an edge open each other's seals. The values are not hidden.
 */
public final class StateSeal {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int MAX_CHARS = 16 << 10;

    private final TokenKeys keys;
    private final InstantSource clock;

    /**
     * Creates the seal.
     *
     * @param keys where its key comes from
     * @param clock the time
     */
    public StateSeal(TokenKeys keys, InstantSource clock) {
        this.keys = keys;
        this.clock = clock;
    }

    /**
     * Seals values.
     *
     * @param type what they are for; only opened as the same
     * @param values texts by name
     * @return letters, digits and {@code . - _}
     */
    public String seal(String type, Map<String, String> values) {
        TokenKeys.Key key = keys.current();
        JsonObject json = new JsonObject();
        values.forEach(json::addProperty);
        json.addProperty("t", type);
        json.addProperty("k", key.record().id());
        json.addProperty("at", Long.toString(clock.instant().getEpochSecond()));
        String payload = encode(json.toString().getBytes(StandardCharsets.UTF_8));
        return payload + "." + encode(mac(key, payload));
    }

    /**
     * Opens a seal.
     *
     * @param type as sealed
     * @param text as it came back
     * @param maxAge older ones are refused
     * @return the values; null if this is not ours, or too old
     */
    public @Nullable Map<String, String> open(String type, String text, Duration maxAge) {
        int dot = text.indexOf('.');
        if (dot < 0 || text.length() > MAX_CHARS) {
            return null;
        }
        String payload = text.substring(0, dot);
        try {
            JsonObject json = JsonParser.parseString(
                            new String(Base64.getUrlDecoder().decode(payload), StandardCharsets.UTF_8))
                    .getAsJsonObject();
            Map<String, String> values = new LinkedHashMap<>();
            json.entrySet()
                    .forEach(
                            entry -> values.put(entry.getKey(), entry.getValue().getAsString()));
            TokenKeys.Key key = keys.find(values.getOrDefault("k", ""));
            if (key == null
                    || !MessageDigest.isEqual(
                            mac(key, payload), Base64.getUrlDecoder().decode(text.substring(dot + 1)))) {
                return null;
            }
            long age = clock.instant().getEpochSecond() - Long.parseLong(values.getOrDefault("at", "0"));
            return type.equals(values.get("t")) && age <= maxAge.toSeconds() ? values : null;
        } catch (IllegalArgumentException
                | IllegalStateException
                | UnsupportedOperationException
                | JsonParseException e) {
            return null; // not a seal
        }
    }

    private static byte[] mac(TokenKeys.Key key, String payload) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update("tunnel4j state seal".getBytes(StandardCharsets.US_ASCII));
            byte[] secret = digest.digest(key.record().privateKey());
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            return mac.doFinal(payload.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("no " + ALGORITHM + " in this JVM", e);
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
