package io.tunnel4j.edge.frontend;

import io.netty.util.AsciiString;
import io.netty.util.NetUtil;
import io.tunnel4j.edge.gate.GateDecision;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.wire.TunnelFields;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes the head of a tunnel stream from a public request's head (protocol document connector-edge §6.1, §7).
 *
 * <p>What a client sends must not be taken for what the edge says: fields of the edge's own vocabulary are dropped and, where they apply, written anew. Only
 * a trusted proxy's word about address, protocol and host is kept. Stateless.
 */
final class TunnelHead {
    private static final AsciiString HTTPS = AsciiString.cached("https");
    private static final AsciiString HTTP = AsciiString.cached("http");
    private static final AsciiString GET = AsciiString.cached("GET");
    private static final AsciiString VISITOR_HTTPS = AsciiString.cached("{\"scheme\":\"https\"}");
    private static final AsciiString VISITOR_HTTP = AsciiString.cached("{\"scheme\":\"http\"}");

    /** A client names the TCP destination behind a bastion with this field; it is meant for the connector. */
    private static final AsciiString JUMP_DESTINATION = AsciiString.cached("cf-access-jump-destination");

    /** Hop-by-hop fields, and statements only an edge makes. */
    private static final Set<AsciiString> DROPPED = Set.of(
            FieldNames.CONNECTION,
            FieldNames.HOST,
            FieldNames.TRANSFER_ENCODING,
            FieldNames.UPGRADE,
            FieldNames.CF_CONNECTING_IP,
            FieldNames.CF_RAY,
            FieldNames.CF_VISITOR,
            AsciiString.cached("cf-connecting-ipv6"),
            AsciiString.cached("cf-pseudo-ipv4"),
            AsciiString.cached("cf-ipcountry"),
            AsciiString.cached("cf-ew-via"),
            AsciiString.cached("cf-worker"),
            AsciiString.cached("cdn-loop"),
            AsciiString.cached("forwarded"),
            AsciiString.cached("http2-settings"),
            AsciiString.cached("keep-alive"),
            AsciiString.cached("proxy-authorization"),
            AsciiString.cached("proxy-connection"),
            AsciiString.cached("true-client-ip"),
            AsciiString.cached("x-real-ip"),
            TunnelFields.TRACE_ID);

    private static final List<String> DROPPED_PREFIXES =
            List.of("cf-cloudflared-", "cf-access-", "cf-int-", "cf-proxy-", "cf-warp-tag-", "x-forwarded-");

    private TunnelHead() {}

    /**
     * Makes the head.
     *
     * @param request the client's request
     * @param origin who asks
     * @param pass what the gate takes away and adds
     * @param id request id
     * @return fields in their order, pseudo fields first
     */
    static FlatHeaders of(RequestHead request, Origin origin, GateDecision.Pass pass, AsciiString id) {
        FlatHeaders head = new FlatHeaders();
        boolean upgrade = request.isUpgrade();
        head.method(upgrade ? GET : request.method());
        // The scheme decides nothing in the connector; https is what the protocol's own edge says.
        head.scheme(HTTPS);
        head.authority(request.authority());
        head.path(request.target());
        FlatHeaders fields = request.fields();
        String listed = connectionOptions(fields);
        for (int i = 0; i < fields.size(); i++) {
            CharSequence name = fields.nameAt(i);
            if (!isDropped(name, upgrade) && !isListed(listed, name) && !isRemoved(pass, name)) {
                if (!FieldNames.TE.contentEquals(name)) {
                    head.add(name, fields.valueAt(i));
                } else if (HttpSyntax.hasToken(fields.valueAt(i), "trailers")) {
                    head.add(name, FieldNames.TRAILERS);
                }
            }
        }
        addEdgeFields(head, request, origin, id);
        for (Map.Entry<String, String> field : pass.requestFields()) {
            head.add(AsciiString.of(field.getKey()).toLowerCase(), field.getValue());
        }
        if (upgrade) {
            if (!head.contains(FieldNames.SEC_WEBSOCKET_KEY)) {
                head.add(FieldNames.SEC_WEBSOCKET_KEY, origin.webSocketKey());
            }
            head.add(TunnelFields.UPGRADE, TunnelFields.WEBSOCKET);
        }
        return head;
    }

    /**
     * Who asks, as the origin is to be told.
     *
     * @param client the client's address
     * @param peer who connected
     * @param secure whether the client uses TLS
     * @param trusted whether the peer's own {@code X-Forwarded-*} fields count
     * @param webSocketKey for clients of HTTP/2, which send none
     */
    record Origin(
            InetSocketAddress client, InetSocketAddress peer, boolean secure, boolean trusted, String webSocketKey) {}

    private static void addEdgeFields(FlatHeaders head, RequestHead request, Origin origin, AsciiString id) {
        AsciiString client = text(origin.client());
        FlatHeaders fields = request.fields();
        CharSequence forwardedFor = origin.trusted() ? joined(fields, FieldNames.X_FORWARDED_FOR) : null;
        CharSequence proto = origin.trusted() ? fields.get(FieldNames.X_FORWARDED_PROTO) : null;
        CharSequence host = origin.trusted() ? fields.get(FieldNames.X_FORWARDED_HOST) : null;
        boolean secure = proto == null ? origin.secure() : AsciiString.contentEqualsIgnoreCase(proto, HTTPS);
        head.add(FieldNames.CF_CONNECTING_IP, client);
        head.add(
                FieldNames.X_FORWARDED_FOR,
                forwardedFor == null ? client : new AsciiString(forwardedFor + ", " + text(origin.peer())));
        head.add(FieldNames.X_FORWARDED_PROTO, secure ? HTTPS : HTTP);
        head.add(FieldNames.X_FORWARDED_HOST, host == null ? request.authority() : host);
        head.add(FieldNames.CF_VISITOR, secure ? VISITOR_HTTPS : VISITOR_HTTP);
        head.add(FieldNames.CF_RAY, id);
    }

    static AsciiString text(InetSocketAddress address) {
        return new AsciiString(NetUtil.toAddressString(address.getAddress()));
    }

    static @Nullable CharSequence joined(FlatHeaders fields, AsciiString name) {
        CharSequence first = fields.get(name);
        return first == null || fields.getAll(name).size() == 1 ? first : String.join(", ", fields.getAll(name));
    }

    private static boolean isDropped(CharSequence name, boolean upgrade) {
        if (name.isEmpty() || name.charAt(0) == ':') {
            return true;
        }
        switch (name.charAt(0)) {
            case 'c', 'f', 'h', 'k', 'p', 't', 'u', 'x' -> {
                if (DROPPED.contains(AsciiString.of(name))) {
                    return true;
                }
                for (String prefix : DROPPED_PREFIXES) {
                    if (name.length() >= prefix.length()
                            && AsciiString.regionMatches(name, false, 0, prefix, 0, prefix.length())) {
                        return !JUMP_DESTINATION.contentEquals(name);
                    }
                }
                return false;
            }
            case 's' -> {
                return upgrade && FieldNames.SEC_WEBSOCKET_VERSION.contentEquals(name);
            }
            default -> {
                return false;
            }
        }
    }

    /** All options of Connection fields but the usual ones: names of further hop-by-hop fields. Empty almost always. */
    private static String connectionOptions(FlatHeaders fields) {
        CharSequence value = joined(fields, FieldNames.CONNECTION);
        if (value == null
                || AsciiString.contentEqualsIgnoreCase(value, "keep-alive")
                || AsciiString.contentEqualsIgnoreCase(value, "close")) {
            return "";
        }
        return value.toString();
    }

    private static boolean isListed(String options, CharSequence name) {
        // Nobody may have the length removed that says where the body ends.
        return !options.isEmpty()
                && !FieldNames.CONTENT_LENGTH.contentEquals(name)
                && HttpSyntax.hasToken(options, name.toString());
    }

    private static boolean isRemoved(GateDecision.Pass pass, CharSequence name) {
        List<String> removed = pass.removed();
        for (int i = 0; i < removed.size(); i++) {
            if (AsciiString.contentEqualsIgnoreCase(name, removed.get(i))) {
                return true;
            }
        }
        return false;
    }
}
