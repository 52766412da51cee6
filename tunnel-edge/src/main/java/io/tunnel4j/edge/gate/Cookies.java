package io.tunnel4j.edge.gate;

import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads and writes the gate's cookies. Pure. */
final class Cookies {
    /** App or org token. */
    static final String AUTHORIZATION = "CF_Authorization";
    /** Binds a one-time code to the browser that asked for it. */
    static final String APP_SESSION = "CF_AppSession";
    /** Binds a login form to the browser that it was shown to. */
    static final String TEAM_SESSION = "CF_Session";

    private static final int MAX_VALUES = 8;
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Cookies() {}

    /** All values of a name: a browser sends several when paths or domains overlap. */
    static List<String> values(HttpHeaders headers, String name) {
        List<String> values = new ArrayList<>();
        for (String line : headers.getAll("Cookie")) {
            for (String pair : line.split(";")) {
                int equals = pair.indexOf('=');
                if (equals > 0 && pair.substring(0, equals).trim().equals(name) && values.size() < MAX_VALUES) {
                    values.add(unquoted(pair.substring(equals + 1).trim()));
                }
            }
        }
        return values;
    }

    /** The request's cookies with our token in the place of what the client sent under that name. */
    static String withToken(HttpHeaders headers, String token) {
        StringBuilder line = new StringBuilder();
        for (String value : headers.getAll("Cookie")) {
            for (String pair : value.split(";")) {
                String trimmed = pair.trim();
                if (!trimmed.isEmpty() && !trimmed.startsWith(AUTHORIZATION + "=")) {
                    line.append(trimmed).append("; ");
                }
            }
        }
        return line.append(AUTHORIZATION).append('=').append(token).toString();
    }

    /** A cookie that lasts until a moment. The reference client wants {@code Expires}, browsers take either. */
    static String set(String name, String value, String path, Instant expires, String attributes) {
        return name + "=" + value + "; Path=" + path + "; Expires=" + HTTP_DATE.format(expires) + attributes;
    }

    static String clear(String name, String path, String attributes) {
        return set(name, "", path, Instant.EPOCH, attributes);
    }

    private static String unquoted(String value) {
        return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1)
                : value;
    }
}
