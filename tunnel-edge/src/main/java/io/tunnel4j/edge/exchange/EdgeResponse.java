package io.tunnel4j.edge.exchange;

import static java.util.Objects.requireNonNull;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * An answer that the edge makes itself. The frontend adds {@code Content-Length}, {@code Date} and {@code Cf-Ray}, and leaves the body out for HEAD.
 *
 * @param status 200 to 599
 * @param headers fields; owned by the response
 * @param body the whole body; empty when {@code events} is given
 * @param events an endless body, each item flushed at once (server-sent events); null for none
 */
public record EdgeResponse(int status, HttpHeaders headers, byte[] body, Flow.@Nullable Publisher<byte[]> events) {
    private static final byte[] NO_BODY = {};

    /** Checks that nothing is missing. */
    public EdgeResponse {
        requireNonNull(headers, "headers");
        requireNonNull(body, "body");
    }

    /**
     * Makes an answer without a body.
     *
     * @param status the status
     * @return the answer
     */
    public static EdgeResponse of(int status) {
        return new EdgeResponse(status, new DefaultHttpHeaders(), NO_BODY, null);
    }

    /**
     * Makes an answer with a text.
     *
     * @param status the status
     * @param contentType e.g. {@code text/html; charset=utf-8}
     * @param text written in UTF-8
     * @return the answer
     */
    public static EdgeResponse of(int status, String contentType, String text) {
        return new EdgeResponse(status, new DefaultHttpHeaders(), text.getBytes(StandardCharsets.UTF_8), null)
                .with("Content-Type", contentType);
    }

    /**
     * Makes an endless answer.
     *
     * @param contentType e.g. {@code text/event-stream}
     * @param events its parts; cancelled when the client goes away
     * @return the answer
     */
    public static EdgeResponse streaming(String contentType, Flow.Publisher<byte[]> events) {
        return new EdgeResponse(200, new DefaultHttpHeaders(), NO_BODY, events).with("Content-Type", contentType);
    }

    /**
     * Adds a field.
     *
     * @param name its name
     * @param value its value
     * @return this
     */
    public EdgeResponse with(String name, String value) {
        headers.add(name, value);
        return this;
    }

    /** Shows the status; fields may be cookies. */
    @Override
    public String toString() {
        return "EdgeResponse[" + status + "]";
    }
}
