package io.tunnel4j.origin;

import io.netty.util.NetUtil;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.StreamListener;
import org.jspecify.annotations.Nullable;

/** Streams of the tcp kind: the authority is where they go, an address literal and a port. Confined to the event loop. */
final class FlowService implements OriginService {
    private final LoopOrigins loop;
    private final FlowCount flows;
    private final FlowLimits limits;

    FlowService(LoopOrigins loop, FlowCount flows, FlowLimits limits) {
        this.loop = loop;
        this.flows = flows;
        this.limits = limits;
    }

    FlowLimits limits() {
        return limits;
    }

    @Override
    public StreamListener serve(OriginRequest request) {
        CharSequence authority = request.head().authority();
        Endpoint destination = authority == null ? null : destination(authority.toString());
        if (destination == null) {
            StatusService.FixedAnswer answer = new StatusService.FixedAnswer(request);
            answer.fail(new TunnelException(
                    TunnelErrorCode.ORIGIN_PROTOCOL,
                    "tcp destination \"" + authority + "\" (expected: an IP address and a port)"));
            return answer;
        }
        if (!flows.begin(limits.maxActive())) {
            StatusService.FixedAnswer answer = new StatusService.FixedAnswer(request);
            answer.send(502, ResponseHeads.FLOW_LIMITED);
            return answer;
        }
        RawRelay relay = new RawRelay(loop, request, flows);
        relay.dial(destination, limits.dialling());
        return relay;
    }

    private static @Nullable Endpoint destination(String authority) {
        int colon = authority.lastIndexOf(':');
        if (colon <= 0) {
            return null;
        }
        String host = authority.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        int port = Endpoint.port(authority.substring(colon + 1));
        boolean literal = NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
        return literal && port > 0 ? Endpoint.tcp(host, port) : null;
    }
}
