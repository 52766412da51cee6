package io.tunnel4j.edge.frontend;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.ReadOnlyHttpHeaders;
import io.netty.util.AsciiString;
import io.tunnel4j.edge.RequestEvent;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.registry.ConnectorConnection;
import io.tunnel4j.mux.FlatHeaders;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request in the words of those who are asked about it or told of it: gate, origin, access log.
 *
 * @param request its head
 * @param info the client's connection
 * @param trustedProxies whose word about the client counts
 */
record RequestFacts(RequestHead request, ClientStream.ClientInfo info, TrustedProxies trustedProxies) {
    private static final int HTTPS_PORT = 443;
    private static final int HTTP_PORT = 80;

    /** The client's address, which a trusted proxy may have named. */
    private InetSocketAddress client() {
        InetSocketAddress peer = info.peer();
        return trustedProxies.contains(peer.getAddress())
                ? trustedProxies.client(peer, TunnelHead.joined(request.fields(), FieldNames.X_FORWARDED_FOR))
                : peer;
    }

    /** For the gate and the edge's own services. */
    EdgeRequest edgeRequest(AsciiString id) {
        FlatHeaders fields = request.fields();
        List<CharSequence> pairs = new ArrayList<>(2 * fields.size());
        for (int i = 0; i < fields.size(); i++) {
            if (fields.nameAt(i).charAt(0) != ':') {
                pairs.add(fields.nameAt(i));
                pairs.add(fields.valueAt(i));
            }
        }
        HttpHeaders headers = new ReadOnlyHttpHeaders(false, pairs.toArray(CharSequence[]::new));
        int port = request.port() >= 0 ? request.port() : info.secure() ? HTTPS_PORT : HTTP_PORT;
        return new EdgeRequest(
                id.toString(),
                request.isUpgrade() ? "GET" : request.method().toString(),
                info.secure() ? "https" : "http",
                request.host(),
                port,
                request.target().toString(),
                headers,
                request.isUpgrade(),
                client(),
                info.certificates(),
                new byte[0]);
    }

    /** For the origin. */
    TunnelHead.Origin origin(String webSocketKey) {
        boolean trusted = trustedProxies.contains(info.peer().getAddress());
        return new TunnelHead.Origin(client(), info.peer(), info.secure(), trusted, webSocketKey);
    }

    /** For access logs. */
    RequestEvent event(AsciiString id, Instant at, RequestEvent.Result result, @Nullable ConnectorConnection servedBy) {
        String target = request.target().toString();
        int query = target.indexOf('?');
        return new RequestEvent(
                id.toString(),
                at,
                new RequestEvent.Party(client(), info.protocol()),
                new RequestEvent.Target(
                        request.method().toString(), request.host(), query < 0 ? target : target.substring(0, query)),
                result,
                servedBy == null ? null : servedBy.tunnelId(),
                servedBy == null ? null : servedBy.client().clientId());
    }
}
