package io.tunnel4j.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import java.net.URI;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request to the API. Immutable.
 *
 * @param method HTTP method
 * @param path path below the API's address, encoded
 * @param query query parameters, encoded, without those of paging
 * @param body JSON to send, possibly empty; null for a request without a body
 */
public record ApiCall(
        String method,
        String path,
        List<String> query,
        @Nullable String body) {
    /**
     * Starts a request without query and body.
     *
     * @param method HTTP method
     * @param segments path segments; each is encoded
     * @return the request
     */
    public static ApiCall of(String method, String... segments) {
        StringBuilder path = new StringBuilder();
        for (String segment : segments) {
            path.append('/').append(encoded(segment));
        }
        return new ApiCall(method, path.toString(), List.of(), null);
    }

    /**
     * Adds a query parameter.
     *
     * @param name its name
     * @param value its value; null leaves it out
     * @return a new request
     */
    public ApiCall with(String name, @Nullable Object value) {
        if (value == null) {
            return this;
        }
        List<String> more = new ArrayList<>(query);
        more.add(encoded(name) + "=" + encoded(value.toString()));
        return new ApiCall(method, path, List.copyOf(more), body);
    }

    /**
     * Sets the body.
     *
     * @param json what to send
     * @return a new request
     */
    public ApiCall sending(JsonElement json) {
        return new ApiCall(method, path, query, json.toString());
    }

    /**
     * Says that the body would be JSON, and leaves it empty.
     *
     * @return a new request
     */
    public ApiCall asJson() {
        return new ApiCall(method, path, query, "");
    }

    /** What messages call this request: no query, for it may hold names that are nobody's business. */
    String name() {
        return method + " " + path;
    }

    URI uri(URI base) {
        String prefix = base.toString();
        String address = (prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix) + path;
        return URI.create(query.isEmpty() ? address : address + "?" + String.join("&", query));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }
}
