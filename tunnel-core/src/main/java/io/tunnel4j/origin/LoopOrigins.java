package io.tunnel4j.origin;

import io.netty.channel.EventLoop;
import io.netty.resolver.AddressResolver;
import io.tunnel4j.AccessRequirement;
import io.tunnel4j.Origin;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.NameResolution;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** The origins of one event loop, each with its pool. Confined to that loop, but for {@link #close}. */
public final class LoopOrigins {
    private final EventLoop eventLoop;
    private final Origins origins;
    private final OriginService unconfigured = new StatusService(503);
    private final OriginService overloaded = new StatusService(503);
    private final ResumeQueue resumeQueue;
    private final LoopScratch scratch;
    private final EventLoops transport;
    private final AddressResolver<InetSocketAddress> resolver;
    private final List<OriginService> retired = new ArrayList<>();
    private FlowService flows;
    private Map<Origin, OriginService> services = new HashMap<>();

    LoopOrigins(EventLoop eventLoop, Origins origins) {
        this.eventLoop = eventLoop;
        this.origins = origins;
        this.flows = new FlowService(this, origins.flows(), FlowLimits.DEFAULT);
        this.resumeQueue = new ResumeQueue(eventLoop);
        this.scratch = new LoopScratch(origins.settings());
        this.transport = EventLoops.of(eventLoop);
        this.resolver = new NameResolution(origins.workers()).getResolver(eventLoop);
    }

    /**
     * Prepares the origins of the rules in force. Origins that were there before keep their connections, those no longer named give them up.
     *
     * @param inForce the rules' origins
     * @return their services, in the same order
     */
    public OriginService[] assign(List<Origin> inForce) {
        Map<Origin, OriginService> next = new HashMap<>();
        OriginService[] assigned = new OriginService[inForce.size()];
        for (int i = 0; i < assigned.length; i++) {
            Origin origin = inForce.get(i);
            OriginService service = next.get(origin);
            if (service == null) {
                service = services.remove(origin);
                if (service == null) {
                    service = create(origin);
                }
                next.put(origin, service);
            }
            assigned[i] = service;
        }
        retired.removeIf(OriginService::isEmpty);
        services.forEach((origin, service) -> {
            service.retire();
            retired.add(service);
            origins.forget(origin);
        });
        services = next;
        return assigned;
    }

    /**
     * Returns what answers when there is no rule.
     *
     * @return 503 for everything
     */
    public OriginService unconfigured() {
        return unconfigured;
    }

    /**
     * Returns what answers when the connector holds as much as it may.
     *
     * @return 503 for everything
     */
    public OriginService overloaded() {
        return overloaded;
    }

    /**
     * Returns what serves streams of the tcp kind.
     *
     * @param inForce how it is to serve them
     * @return the service
     */
    public OriginService flows(FlowLimits inForce) {
        if (!flows.limits().equals(inForce)) {
            flows = new FlowService(this, origins.flows(), inForce);
        }
        return flows;
    }

    private OriginService create(Origin origin) {
        OriginService service = unprotected(origin);
        AccessRequirement access = origin.options().access();
        return access.required() ? new AccessService(service, origins.accessCheck(access)) : service;
    }

    private OriginService unprotected(Origin origin) {
        if (origin.options().bastionMode()) {
            return new BastionService(this, origin.options());
        }
        if (origin instanceof Origin.Tcp tcp) {
            return new TcpService(this, Endpoint.tcp(tcp.host(), tcp.port()), tcp.options(), tcp.proxyProtocol());
        }
        if (origin instanceof Origin.HelloWorld) {
            return new HelloService();
        }
        if (origin instanceof Origin.Pipeline pipeline) {
            return new PipelineService(pipeline.initializer());
        }
        if (origin instanceof Origin.SocksProxy socks) {
            return new SocksService(this, socks.options());
        }
        if (origin instanceof Origin.Http http) {
            Endpoint endpoint = Endpoint.tcp(http.host(), http.effectivePort());
            OriginTlsContext tls = http.isSecure() ? origins.tls(origin, http.tls()) : null;
            HttpService http1 = new HttpService(this, endpoint, http.options(), tls, origins.idleCount(http));
            if (tls == null || !http.options().http2Origin()) {
                return http1;
            }
            return new Http2Service(this, endpoint, http.options(), origins.tlsForHttp2(origin, http.tls()), http1);
        }
        if (origin instanceof Origin.Unix unix) {
            OriginTlsContext tls = unix.isSecure() ? origins.tls(origin, unix.tls()) : null;
            return new HttpService(this, Endpoint.unix(unix.path()), unix.options(), tls, origins.idleCount(unix));
        }
        if (origin instanceof Origin.Handler handler) {
            Executor executor = handler.executor();
            return new HandlerService(handler.handler(), executor == null ? origins.executor() : executor);
        }
        return origin instanceof Origin.Status status ? new StatusService(status.code()) : unconfigured;
    }

    Origins origins() {
        return origins;
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    ResumeQueue resumeQueue() {
        return resumeQueue;
    }

    LoopScratch scratch() {
        return scratch;
    }

    EventLoops transport() {
        return transport;
    }

    AddressResolver<InetSocketAddress> resolver() {
        return resolver;
    }

    boolean isClosed() {
        return origins.isClosed();
    }

    void close() {
        try {
            eventLoop.execute(() -> {
                services.values().forEach(OriginService::close);
                retired.forEach(OriginService::close);
            });
        } catch (RejectedExecutionException e) {
            // The loop has ended, and everything on it with it.
        }
    }
}
