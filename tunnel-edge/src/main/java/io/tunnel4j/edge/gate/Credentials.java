package io.tunnel4j.edge.gate;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.netty.handler.codec.http.HttpHeaders;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.gate.policy.AccessIndex;
import io.tunnel4j.edge.gate.policy.ServiceTokenRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a request shows to be let in. Pure. */
final class Credentials {
    static final String TOKEN = "Cf-Access-Token";
    static final String ASSERTION = "Cf-Access-Jwt-Assertion";
    static final String CLIENT_ID = "Cf-Access-Client-Id";
    static final String CLIENT_SECRET = "Cf-Access-Client-Secret";

    private static final int MAX_HEADER_CHARS = 4096;
    /** Compared with when there is no such token, so that a wrong id takes as long as a wrong secret. */
    private static final String NO_HASH = ServiceTokenRecord.hash("");

    private Credentials() {}

    /** Tokens that may be one of ours, the most explicit first. */
    static List<String> tokens(HttpHeaders headers) {
        List<String> tokens = new ArrayList<>(headers.getAll(TOKEN));
        tokens.addAll(Cookies.values(headers, Cookies.AUTHORIZATION));
        tokens.addAll(headers.getAll(ASSERTION));
        tokens.removeIf(String::isEmpty);
        return tokens.size() > 8 ? tokens.subList(0, 8) : tokens;
    }

    /** The service token whose secret came along; null if there is none, it is wrong, or its time is over. */
    static @Nullable ServiceTokenRecord serviceToken(
            HttpHeaders headers, Application app, AccessIndex index, Instant now) {
        String id = headers.get(CLIENT_ID, "");
        String secret = headers.get(CLIENT_SECRET, "");
        String single = app.serviceTokenHeader();
        if (id.isEmpty() && secret.isEmpty() && single != null) {
            Map<String, String> pair = pair(headers.get(single, ""));
            id = pair.getOrDefault(CLIENT_ID.toLowerCase(Locale.ROOT), "");
            secret = pair.getOrDefault(CLIENT_SECRET.toLowerCase(Locale.ROOT), "");
        }
        if (id.isEmpty() || secret.isEmpty()) {
            return null;
        }
        ServiceTokenRecord token = index.serviceToken(id);
        ServiceTokenRecord compared = token != null
                ? token
                : new ServiceTokenRecord("", "", "", NO_HASH, ServiceTokenRecord.DEFAULT_DURATION, now, now);
        return compared.hasSecret(secret) && token != null && !token.isExpired(now) ? token : null;
    }

    private static Map<String, String> pair(String value) {
        if (value.isEmpty() || value.length() > MAX_HEADER_CHARS || value.charAt(0) != '{') {
            return Map.of();
        }
        try {
            JsonObject json = JsonParser.parseString(value).getAsJsonObject();
            Map<String, String> pair = new HashMap<>();
            json.entrySet().forEach(entry -> {
                if (entry.getValue().isJsonPrimitive()) {
                    pair.put(
                            entry.getKey().toLowerCase(Locale.ROOT),
                            entry.getValue().getAsString());
                }
            });
            return pair;
        } catch (JsonParseException | IllegalStateException e) {
            return Map.of(); // the field holds something else, e.g. the application's own credentials
        }
    }
}
