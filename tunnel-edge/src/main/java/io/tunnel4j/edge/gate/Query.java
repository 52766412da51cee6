package io.tunnel4j.edge.gate;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Parameters of a query or form, each once. Immutable. */
record Query(Map<String, List<String>> parameters) {
    private static final int MAX_PARAMETERS = 64;

    static Query parse(String text) {
        try {
            return new Query(new QueryStringDecoder(text, StandardCharsets.UTF_8, false, MAX_PARAMETERS).parameters());
        } catch (IllegalArgumentException e) {
            return new Query(Map.of()); // malformed escapes: as good as nothing
        }
    }

    /** The only value; empty if there is none or more than one. */
    String get(String name) {
        List<String> values = parameters.getOrDefault(name, List.of());
        return values.size() == 1 ? values.get(0) : "";
    }

    static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}
