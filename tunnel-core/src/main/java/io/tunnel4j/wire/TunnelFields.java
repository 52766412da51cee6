package io.tunnel4j.wire;

import io.netty.util.AsciiString;

/** Header fields of the tunnel layer, as they stand on the wire (protocol document connector-edge §5 and §6). */
public final class TunnelFields {
    /** Request: the kind of stream. */
    public static final AsciiString UPGRADE = AsciiString.cached("cf-cloudflared-proxy-connection-upgrade");

    /** Request: present and non-empty for the tcp kind; carries the client's source address. */
    public static final AsciiString PROXY_SRC = AsciiString.cached("cf-cloudflared-proxy-src");

    /** Value of {@link #UPGRADE}: the registration RPC stream. */
    public static final AsciiString CONTROL_STREAM = AsciiString.cached("control-stream");

    /** Value of {@link #UPGRADE}: WebSocket. */
    public static final AsciiString WEBSOCKET = AsciiString.cached("websocket");

    /** Value of {@link #UPGRADE}: a configuration push. */
    public static final AsciiString UPDATE_CONFIGURATION = AsciiString.cached("update-configuration");

    /** Response: the origin's header fields, serialised. */
    public static final AsciiString RESPONSE_HEADERS = AsciiString.cached("cf-cloudflared-response-headers");

    /** Response: who answered. */
    public static final AsciiString RESPONSE_META = AsciiString.cached("cf-cloudflared-response-meta");

    /** Value of {@link #RESPONSE_META}: the origin answered. */
    public static final AsciiString META_ORIGIN = AsciiString.cached("{\"src\":\"origin\"}");

    /** Value of {@link #RESPONSE_META}: the connector answered because the origin could not. */
    public static final AsciiString META_CONNECTOR = AsciiString.cached("{\"src\":\"cloudflared\"}");

    /** Value of {@link #RESPONSE_META}: the connector refuses a flow above its limit. */
    public static final AsciiString META_FLOW_LIMITED =
            AsciiString.cached("{\"src\":\"cloudflared\",\"flow_rate_limited\":true}");

    /** Request: trace context; never reaches the origin. */
    public static final AsciiString TRACE_ID = AsciiString.cached("cf-trace-id");

    private TunnelFields() {}
}
