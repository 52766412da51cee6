package io.tunnel4j.access.store;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.text.ParseException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A token as the reference reads it from a file: parsed, not verified, with end and audience.
 *
 * @param text the compact JWT
 * @param issuedAt seconds since 1970; 0 if the token does not say
 * @param expiresAt seconds since 1970; 0, long ago, if the token does not say
 * @param audience whom it is for; never empty strings only by accident, but perhaps empty
 */
public record StoredToken(String text, long issuedAt, long expiresAt, List<String> audience) {
    /**
     * Reads a token.
     *
     * @param value the stored text, perhaps with a line break at its end
     * @return the token
     * @throws ParseException if it is none, or its {@code exp} or {@code aud} has another form; names the claim, not its value
     */
    public static StoredToken parse(String value) throws ParseException {
        CompactJws jws = CompactJws.parse(value);
        JsonObject claims = jws.claims();
        if (claims == null) {
            throw new ParseException("payload (expected: a JSON object)", 0);
        }
        JsonElement exp = claims.get("exp");
        Long end = exp == null || exp.isJsonNull() ? Long.valueOf(0) : CompactJws.integer(exp);
        if (end == null) {
            throw new ParseException("exp field is not an integer", 0);
        }
        JsonElement aud = claims.get("aud");
        List<String> audience = CompactJws.strings(aud);
        if (audience == null) {
            throw new ParseException(
                    aud != null && aud.isJsonArray()
                            ? "aud array contains non-string elements"
                            : "aud field is not a string or an array of strings",
                    0);
        }
        Long issued = CompactJws.integer(claims.get("iat"));
        return new StoredToken(jws.text(), issued == null ? 0 : issued, end, audience);
    }

    /**
     * Reads a token if it is one.
     *
     * @param value the stored text
     * @return the token; null if it cannot be read
     */
    public static @Nullable StoredToken tryParse(String value) {
        try {
            return parse(value);
        } catch (ParseException noToken) {
            return null;
        }
    }

    /**
     * Tells whether the token has ended, without leeway.
     *
     * @param now the time to judge by
     * @return true if a whole second has passed since its end
     */
    public boolean isExpired(Instant now) {
        return now.getEpochSecond() > expiresAt;
    }

    /** Returns the times, not the token. */
    @Override
    public String toString() {
        return "StoredToken[issuedAt=" + issuedAt + ", expiresAt=" + expiresAt + "]";
    }
}
