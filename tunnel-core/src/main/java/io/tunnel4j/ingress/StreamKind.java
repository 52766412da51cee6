package io.tunnel4j.ingress;

import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.wire.TunnelFields;
import org.jspecify.annotations.Nullable;

/** What a stream is for, as its header fields say (protocol document connector-edge §5). */
public enum StreamKind {
    /** The edge pushes a configuration. */
    UPDATE_CONFIGURATION,
    /** A WebSocket: a request whose acceptance turns the stream into two byte streams. */
    WEBSOCKET,
    /** Bytes to and from a TCP destination. */
    TCP,
    /** The registration RPC. */
    CONTROL_STREAM,
    /** An ordinary request. */
    HTTP;

    /**
     * Tells what a stream is for. Values compare exactly; method, path and authority play no role.
     *
     * @param head the stream's first fields
     * @return the first kind, in the order of the constants, whose test holds
     */
    public static StreamKind of(Http2Headers head) {
        CharSequence upgrade = head.get(TunnelFields.UPGRADE);
        if (is(upgrade, TunnelFields.UPDATE_CONFIGURATION)) {
            return UPDATE_CONFIGURATION;
        }
        if (is(upgrade, TunnelFields.WEBSOCKET)) {
            return WEBSOCKET;
        }
        CharSequence source = head.get(TunnelFields.PROXY_SRC);
        if (source != null && !source.isEmpty()) {
            return TCP;
        }
        return is(upgrade, TunnelFields.CONTROL_STREAM) ? CONTROL_STREAM : HTTP;
    }

    private static boolean is(@Nullable CharSequence value, AsciiString wanted) {
        return value != null && wanted.contentEquals(value);
    }
}
