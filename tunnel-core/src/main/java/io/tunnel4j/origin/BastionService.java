package io.tunnel4j.origin;

import io.tunnel4j.OriginOptions;
import io.tunnel4j.mux.StreamListener;
import org.jspecify.annotations.Nullable;

/** TCP behind WebSocket messages, to where the request says (protocol document access §12). Confined to the event loop. */
final class BastionService implements OriginService {
    private static final String DESTINATION = "cf-access-jump-destination";

    private final LoopOrigins loop;
    private final OriginOptions options;

    BastionService(LoopOrigins loop, OriginOptions options) {
        this.loop = loop;
        this.options = options;
    }

    @Override
    public StreamListener serve(OriginRequest request) {
        return TcpService.refuse(request, "bastion: is no HTTP service (expected: a WebSocket)");
    }

    @Override
    public StreamListener upgrade(OriginRequest request) {
        CharSequence named = request.head().get(DESTINATION);
        if (named == null || named.isEmpty()) {
            return TcpService.refuse(
                    request, "bastion: no Cf-Access-Jump-Destination (expected: the client names where to go)");
        }
        Endpoint destination = destination(named.toString());
        if (destination == null) {
            return TcpService.refuse(request, "bastion: destination \"" + named + "\" (expected: host:port)");
        }
        WebSocketRelay relay = new WebSocketRelay(loop, request, null);
        relay.dial(destination, options);
        return relay;
    }

    /** Reads {@code [scheme://]host:port[/path]}. */
    static @Nullable Endpoint destination(String text) {
        int scheme = text.indexOf("://");
        String rest = scheme < 0 ? text : text.substring(scheme + 3);
        int slash = rest.indexOf('/');
        String authority = slash < 0 ? rest : rest.substring(0, slash);
        int colon = authority.lastIndexOf(':');
        if (colon <= 0) {
            return null;
        }
        String host = authority.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        int port = Endpoint.port(authority.substring(colon + 1));
        boolean plain = !host.isEmpty() && host.chars().allMatch(c -> c > ' ' && c != 0x7f && c != '@');
        return port > 0 && plain ? Endpoint.tcp(host, port) : null;
    }
}
