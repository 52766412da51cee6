package io.tunnel4j.access.store;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A signed token taken apart, its signature not yet verified. Only RS256, the one algorithm of this protocol.
 *
 * <p>Immutable, thread-safe. No message of an exception holds the token.
 */
public final class CompactJws {
    /** Largest token that is read; real ones have some 1500 characters. */
    public static final int MAX_LENGTH = 64 * 1024;

    private static final String ALGORITHM = "RS256";
    private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9][0-9]{0,18})");

    private final String text;
    private final JsonObject header;
    private final @Nullable JsonObject claims;

    private CompactJws(String text, JsonObject header, @Nullable JsonObject claims) {
        this.text = text;
        this.header = header;
        this.claims = claims;
    }

    /**
     * Takes a token apart.
     *
     * @param text the compact form; white space around it is ignored
     * @return the token; its claims may still turn out to be no JSON object
     * @throws ParseException if it is not three parts of base64url with a header that says RS256
     */
    public static CompactJws parse(String text) throws ParseException {
        if (text.length() > MAX_LENGTH) {
            throw new ParseException(
                    "token of " + text.length() + " characters (expected: up to " + MAX_LENGTH + ")", 0);
        }
        String compact = text.strip();
        String[] parts = compact.split("\\.", -1);
        if (parts.length != 3) {
            throw new ParseException("compact JWS format must have three parts", 0);
        }
        JsonObject header = StrictJson.object(decode("header", parts[0]));
        if (header == null) {
            throw new ParseException("header (expected: a JSON object)", 0);
        }
        String algorithm = string(header.get("alg"));
        if (!ALGORITHM.equals(algorithm)) {
            throw new ParseException(
                    "unexpected signature algorithm \"" + printable(algorithm) + "\"; expected [\"" + ALGORITHM + "\"]",
                    0);
        }
        decode("signature", parts[2]);
        return new CompactJws(compact, header, StrictJson.object(decode("payload", parts[1])));
    }

    /**
     * Takes a token apart if it is one.
     *
     * @param text perhaps a token
     * @return the token; null if it cannot be read
     */
    public static @Nullable CompactJws tryParse(String text) {
        try {
            return parse(text);
        } catch (ParseException noToken) {
            return null;
        }
    }

    private static String decode(String part, String base64Url) throws ParseException {
        try {
            if (base64Url.endsWith("=")) {
                throw new IllegalArgumentException("padded");
            }
            return new String(Base64.getUrlDecoder().decode(base64Url), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ParseException(part + " (expected: base64url without padding)", 0);
        }
    }

    /** What a peer wrote, short and without line breaks, for a message. */
    private static String printable(@Nullable String text) {
        return text == null ? "" : text.replaceAll("[^\\x20-\\x7e]", "?").substring(0, Math.min(16, text.length()));
    }

    /**
     * Returns the token itself, a secret.
     *
     * @return the compact form, without white space around it
     */
    public String text() {
        return text;
    }

    /**
     * Returns which key signed it.
     *
     * @return the header's {@code kid}; null if it has none
     */
    public @Nullable String keyId() {
        return string(header.get("kid"));
    }

    /**
     * Returns all claims.
     *
     * @return the payload; null if it is no JSON object
     */
    @Nullable
    JsonObject claims() {
        return claims;
    }

    /**
     * Returns a claim that is a string.
     *
     * @param name the claim
     * @return its value; null if it is absent or something else
     */
    public @Nullable String string(String name) {
        return claims == null ? null : string(claims.get(name));
    }

    /**
     * Returns a claim that is a time in whole seconds.
     *
     * @param name the claim
     * @return its value; null if it is absent, something else or out of range
     */
    public @Nullable Instant instant(String name) {
        Long seconds = claims == null ? null : integer(claims.get(name));
        if (seconds == null || seconds < Instant.MIN.getEpochSecond() || seconds > Instant.MAX.getEpochSecond()) {
            return null;
        }
        return Instant.ofEpochSecond(seconds);
    }

    /**
     * Returns a claim that is a string or an array of strings.
     *
     * @param name the claim
     * @return its values; empty if it is absent or something else
     */
    public List<String> strings(String name) {
        List<String> values = claims == null ? null : strings(claims.get(name));
        return values == null ? List.of() : values;
    }

    /**
     * Tells whether a claim is there.
     *
     * @param name the claim
     * @return true unless it is absent or null
     */
    public boolean has(String name) {
        return claims != null && claims.has(name) && !claims.get(name).isJsonNull();
    }

    /**
     * Tells whether the payload is a JSON object.
     *
     * @return false for a token without claims
     */
    public boolean hasClaims() {
        return claims != null;
    }

    private static @Nullable String string(@Nullable JsonElement element) {
        return element instanceof JsonPrimitive value && value.isString() ? value.getAsString() : null;
    }

    /** A number without fraction or exponent that fits 64 bits, as the reference reads it. */
    static @Nullable Long integer(@Nullable JsonElement element) {
        if (!(element instanceof JsonPrimitive value) || !value.isNumber()) {
            return null;
        }
        String digits = value.getAsString();
        if (!INTEGER.matcher(digits).matches()) {
            return null;
        }
        try {
            return Long.valueOf(digits);
        } catch (NumberFormatException tooLarge) {
            return null;
        }
    }

    static @Nullable List<String> strings(@Nullable JsonElement element) {
        String single = string(element);
        if (single != null) {
            return List.of(single);
        }
        if (!(element instanceof JsonArray array)) {
            return null;
        }
        List<String> values = new ArrayList<>(array.size());
        for (JsonElement item : array) {
            String value = string(item);
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return List.copyOf(values);
    }

    /** Returns the key id, not the token. */
    @Override
    public String toString() {
        return "CompactJws[kid=" + keyId() + "]";
    }
}
