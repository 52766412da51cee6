package io.tunnel4j.access.login;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The answer to an {@link HttpCall}.
 *
 * @param status the status code
 * @param fields the header fields
 * @param body all of it, within the transport's bound
 */
record HttpAnswer(int status, HttpHeaders fields, byte[] body) {
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    @Nullable
    String field(String name) {
        return fields.get(name);
    }

    List<String> all(String name) {
        return fields.getAll(name);
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** Returns where the answer sends the caller, or null if it does not. */
    @Nullable
    URI redirect(URI from) {
        String location = field("location");
        return location != null && REDIRECTS.contains(status) ? Uris.resolve(from, location) : null;
    }
}
