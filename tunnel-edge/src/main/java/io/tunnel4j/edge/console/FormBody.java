package io.tunnel4j.edge.console;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.tunnel4j.edge.exchange.EdgeRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Fields of a form or query. A malformed one has no fields. */
final class FormBody {
    private static final int MAX_FIELDS = 32;
    private static final int MAX_BYTES = 16 << 10;

    private final Map<String, List<String>> fields;

    private FormBody(Map<String, List<String>> fields) {
        this.fields = fields;
    }

    static FormBody ofForm(EdgeRequest request) {
        String type = String.valueOf(request.headers().get(HttpHeaderNames.CONTENT_TYPE));
        boolean isForm = type.startsWith("application/x-www-form-urlencoded");
        return isForm && request.body().length <= MAX_BYTES
                ? parse(new String(request.body(), StandardCharsets.UTF_8), false)
                : new FormBody(Map.of());
    }

    static FormBody ofQuery(EdgeRequest request) {
        return parse(request.target(), true);
    }

    private static FormBody parse(String text, boolean hasPath) {
        try {
            return new FormBody(new QueryStringDecoder(text, StandardCharsets.UTF_8, hasPath, MAX_FIELDS).parameters());
        } catch (IllegalArgumentException e) {
            return new FormBody(Map.of());
        }
    }

    String get(String name) {
        List<String> values = fields.get(name);
        return values == null ? "" : values.get(0);
    }
}
