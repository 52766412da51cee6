package io.tunnel4j.access.relay;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.ServiceToken;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an upgrade: names, order and spelling of the reference client (Host and User-Agent first, the rest by name).
 *
 * <p>Immutable.
 */
final class UpgradeRequest {
    private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final Pattern FIELD_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    /** What a caller's own field never replaces (in lower case). */
    private static final Set<String> RESERVED = Set.of(
            "host",
            "user-agent",
            "upgrade",
            "connection",
            "sec-websocket-key",
            "sec-websocket-version",
            "sec-websocket-extensions",
            "content-length",
            "transfer-encoding");

    private final AccessTarget target;
    private final String userAgent;
    private final Map<String, List<String>> fields = new TreeMap<>();

    UpgradeRequest(AccessTarget target, String userAgent) {
        this.target = target;
        this.userAgent = userAgent;
        target.headers().forEach((name, values) -> {
            if (FIELD_NAME.matcher(name).matches() && !RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
                fields.put(name, values);
            }
        });
        if (target.destination() != null) {
            fields.put("Cf-Access-Jump-Destination", List.of(target.destination()));
        }
    }

    /** Tells whether the caller's own fields carry a token, which then wins over any other. */
    boolean hasOwnToken() {
        return fields.containsKey("Cf-Access-Token");
    }

    void serviceToken(ServiceToken token) {
        fields.put("Cf-Access-Client-Id", List.of(token.id()));
        fields.put("Cf-Access-Client-Secret", List.of(token.secret()));
    }

    void accessToken(@Nullable String compact) {
        if (compact == null) {
            fields.remove("Cf-Access-Token");
        } else {
            fields.put("Cf-Access-Token", List.of(compact));
        }
    }

    /** Returns the request head of an HTTP/1.1 upgrade. */
    String http1(String key) {
        Map<String, List<String>> all = new TreeMap<>(fields);
        all.put("Connection", List.of("Upgrade"));
        all.put("Sec-WebSocket-Key", List.of(key));
        all.put("Sec-WebSocket-Version", List.of("13"));
        all.put("Upgrade", List.of("websocket"));
        StringBuilder head = new StringBuilder(512)
                .append("GET ")
                .append(target.requestTarget())
                .append(" HTTP/1.1\r\nHost: ")
                .append(target.authority())
                .append("\r\nUser-Agent: ")
                .append(userAgent)
                .append("\r\n");
        all.forEach((name, values) -> values.forEach(
                value -> head.append(name).append(": ").append(value).append("\r\n")));
        return head.append("\r\n").toString();
    }

    /** Returns the request of an extended CONNECT (RFC 8441 §5). */
    DefaultHttp2Headers http2() {
        DefaultHttp2Headers head = new DefaultHttp2Headers(false);
        head.method("CONNECT").scheme("https").authority(target.authority()).path(target.requestTarget());
        head.add(":protocol", "websocket");
        head.add("sec-websocket-version", "13");
        head.add("user-agent", userAgent);
        fields.forEach((name, values) -> values.forEach(value -> head.add(name.toLowerCase(Locale.ROOT), value)));
        return head;
    }

    /** Returns the value of {@code Sec-WebSocket-Accept} that answers a key. */
    static String acceptOf(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-1", e);
        }
    }
}
