package io.tunnel4j.access.login;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One HTTPS request of the login.
 *
 * @param method HEAD, GET or POST
 * @param uri where to; scheme {@code https}
 * @param fields beside Host and User-Agent
 * @param body empty for none
 * @param timeout from the first packet to the last
 */
record HttpCall(String method, URI uri, Map<String, String> fields, byte[] body, Duration timeout) {
    private static final byte[] NO_BODY = {};

    static HttpCall head(URI uri, Duration timeout) {
        return new HttpCall("HEAD", uri, Map.of(), NO_BODY, timeout);
    }

    static HttpCall get(URI uri, Duration timeout) {
        return new HttpCall("GET", uri, Map.of(), NO_BODY, timeout);
    }

    static HttpCall post(URI uri, byte[] body, Duration timeout) {
        return new HttpCall("POST", uri, Map.of(), body, timeout);
    }

    HttpCall with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(name, value);
        return new HttpCall(method, uri, more, body, timeout);
    }
}
