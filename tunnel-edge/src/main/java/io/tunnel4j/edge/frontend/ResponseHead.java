package io.tunnel4j.edge.frontend;

import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.edge.gate.GateDecision;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.wire.ResponseHeaders;
import io.tunnel4j.wire.TunnelFields;
import io.tunnel4j.wire.WireException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a connector's response head and makes the client's from it (protocol document connector-edge §6.2 to §6.4, §7).
 *
 * <p>The status stands in {@code :status}, the length in the real {@code content-length}, everything else in the serialised field; {@code date} and
 * {@code content-type} of the tunnel layer mean nothing.
 *
 * @param status from 200 on
 * @param fields for the client, status first; only {@code :status} unless {@code answeredBy} is the origin
 * @param contentLength announced length; -1 for none
 * @param upgraded whether the origin accepted a WebSocket
 * @param answeredBy who made the response
 */
record ResponseHead(int status, FlatHeaders fields, long contentLength, boolean upgraded, AnsweredBy answeredBy) {
    static final long UNKNOWN_LENGTH = -1;

    private static final AsciiString SWITCHING = AsciiString.cached("101");
    private static final AsciiString OK = AsciiString.cached("200");
    private static final AsciiString STATUS = AsciiString.cached(":status");

    /** Hop-by-hop, or said anew by the edge. */
    private static final Set<AsciiString> DROPPED = Set.of(
            FieldNames.CONNECTION,
            FieldNames.CONTENT_LENGTH,
            FieldNames.CF_RAY,
            AsciiString.cached("keep-alive"),
            AsciiString.cached("http2-settings"),
            AsciiString.cached("proxy-connection"),
            FieldNames.TE,
            FieldNames.TRANSFER_ENCODING,
            FieldNames.UPGRADE);

    private static final List<String> DROPPED_PREFIXES = List.of("cf-cloudflared-", "cf-int-", "cf-proxy-");

    /** Who made a response. */
    enum AnsweredBy {
        ORIGIN,
        /** The origin could not be asked. */
        CONNECTOR,
        /** The connector has as many TCP flows as it may. */
        CONNECTOR_LIMIT
    }

    /**
     * Reads a final response.
     *
     * @param head from the connector
     * @param upgradeAsked whether the request asked for a WebSocket
     * @param lowerCase whether the client wants lower-case names
     * @return the response
     * @throws WireException if the connector broke the protocol
     */
    static ResponseHead read(Http2Headers head, boolean upgradeAsked, boolean lowerCase) throws WireException {
        int status = status(head);
        AnsweredBy answeredBy = answeredBy(head.get(TunnelFields.RESPONSE_META), status);
        FlatHeaders fields = new FlatHeaders();
        CharSequence serialised = head.get(TunnelFields.RESPONSE_HEADERS);
        if (answeredBy != AnsweredBy.ORIGIN || serialised == null) {
            fields.add(STATUS, statusText(head, status));
            return new ResponseHead(status, fields, length(head), false, answeredBy);
        }
        ResponseHeaders origin = ResponseHeaders.decode(serialised);
        boolean upgraded = upgradeAsked && status == 200 && origin.contains(FieldNames.SEC_WEBSOCKET_ACCEPT);
        fields.add(STATUS, upgraded ? (lowerCase ? OK : SWITCHING) : statusText(head, status));
        copy(origin, fields, lowerCase, upgraded);
        long length = upgraded ? UNKNOWN_LENGTH : length(head);
        return new ResponseHead(status, fields, length, upgraded, AnsweredBy.ORIGIN);
    }

    /** Reads an interim response; its fields are serialised like those of any other, or plain. */
    static FlatHeaders interim(Http2Headers head, boolean lowerCase) throws WireException {
        FlatHeaders fields = new FlatHeaders();
        CharSequence status = head.status();
        fields.add(STATUS, status == null ? "" : status);
        CharSequence serialised = head.get(TunnelFields.RESPONSE_HEADERS);
        if (serialised != null) {
            copy(ResponseHeaders.decode(serialised), fields, lowerCase, false);
        }
        return fields;
    }

    private static void copy(ResponseHeaders origin, FlatHeaders fields, boolean lowerCase, boolean upgraded) {
        String options = connectionOptions(origin);
        for (int i = 0; i < origin.size(); i++) {
            AsciiString name = origin.name(i);
            if (!origin.isWellFormed(i)) {
                // It could end the head, or begin another response.
                continue;
            }
            AsciiString lower = name.toLowerCase();
            if (isDropped(lower) || !options.isEmpty() && HttpSyntax.hasToken(options, name.toString())) {
                continue;
            }
            if (upgraded && lowerCase && FieldNames.SEC_WEBSOCKET_ACCEPT.contentEquals(lower)) {
                // RFC 8441 §5: the handshake of HTTP/2 has no key, hence no acceptance of it.
                continue;
            }
            fields.add(lowerCase ? lower : name, origin.value(i));
        }
    }

    private static String connectionOptions(ResponseHeaders origin) {
        StringBuilder options = new StringBuilder();
        for (int i = 0; i < origin.size(); i++) {
            if (origin.name(i).contentEqualsIgnoreCase(FieldNames.CONNECTION)
                    && !origin.value(i).contentEqualsIgnoreCase("keep-alive")) {
                options.append(options.isEmpty() ? "" : ",").append(origin.value(i));
            }
        }
        return options.toString();
    }

    static boolean isDropped(AsciiString lowerName) {
        if (DROPPED.contains(lowerName)) {
            return true;
        }
        for (String prefix : DROPPED_PREFIXES) {
            if (lowerName.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    static int status(Http2Headers head) throws WireException {
        CharSequence text = head.status();
        int status = 0;
        if (text != null && text.length() == 3) {
            for (int i = 0; i < 3; i++) {
                int digit = text.charAt(i) - '0';
                status = digit < 0 || digit > 9 ? Integer.MIN_VALUE : 10 * status + digit;
            }
        }
        // The origin may send what it likes (100 to 999), but 101 is never said this way.
        if (status < 100 || status == 101) {
            throw new WireException(WireException.Kind.HEADER_SYNTAX, ":status (expected: 100, 102 to 999)");
        }
        return status;
    }

    private static CharSequence statusText(Http2Headers head, int status) {
        CharSequence text = head.status();
        return text == null ? Integer.toString(status) : text;
    }

    private static AnsweredBy answeredBy(@Nullable CharSequence meta, int status) {
        if (meta == null || AsciiString.contentEquals(meta, TunnelFields.META_ORIGIN)) {
            return AnsweredBy.ORIGIN;
        }
        if (AsciiString.contentEquals(meta, TunnelFields.META_FLOW_LIMITED)) {
            return AnsweredBy.CONNECTOR_LIMIT;
        }
        if (AsciiString.contentEquals(meta, TunnelFields.META_CONNECTOR)) {
            return AnsweredBy.CONNECTOR;
        }
        // Newer members may be added; who answered is what counts.
        String text = meta.toString();
        if (!text.contains("\"src\":\"cloudflared\"") || status != 502) {
            return AnsweredBy.ORIGIN;
        }
        return text.contains("\"flow_rate_limited\":true") ? AnsweredBy.CONNECTOR_LIMIT : AnsweredBy.CONNECTOR;
    }

    private static long length(Http2Headers head) throws WireException {
        CharSequence value = head.get(FieldNames.CONTENT_LENGTH);
        if (value == null) {
            return UNKNOWN_LENGTH;
        }
        try {
            return Http1RequestParser.decimal(AsciiString.of(value));
        } catch (BadRequestException e) {
            throw new WireException(WireException.Kind.HEADER_SYNTAX, "content-length (expected: digits)");
        }
    }

    /** True if the response has no body whatever it announces. */
    boolean isBodyless(boolean headRequest) {
        return headRequest || status == 204 || status == 304;
    }

    /** Adds what the edge says itself. */
    void finish(GateDecision.Pass pass, AsciiString id, LoopState loop, boolean lowerCase) {
        if (contentLength != UNKNOWN_LENGTH && status != 204) {
            fields.add(
                    lowerCase ? FieldNames.CONTENT_LENGTH : ResponseNames.CONTENT_LENGTH, Long.toString(contentLength));
        }
        addCommon(fields, id, loop, lowerCase);
        for (Map.Entry<String, String> field : pass.responseFields()) {
            fields.add(lowerCase ? AsciiString.of(field.getKey()).toLowerCase() : field.getKey(), field.getValue());
        }
    }

    /** Date, unless the origin gave one, and the request id. */
    static void addCommon(FlatHeaders fields, AsciiString id, LoopState loop, boolean lowerCase) {
        if (!containsDate(fields)) {
            fields.add(lowerCase ? FieldNames.DATE : ResponseNames.DATE, loop.date());
        }
        fields.add(lowerCase ? FieldNames.CF_RAY : ResponseNames.CF_RAY, id);
    }

    private static boolean containsDate(FlatHeaders fields) {
        for (int i = 0; i < fields.size(); i++) {
            CharSequence name = fields.nameAt(i);
            if (name.length() == 4 && AsciiString.contentEqualsIgnoreCase(name, FieldNames.DATE)) {
                return true;
            }
        }
        return false;
    }
}
