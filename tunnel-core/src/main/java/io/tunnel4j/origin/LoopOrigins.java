package io.tunnel4j.origin;

import io.netty.channel.EventLoop;
import io.tunnel4j.Origin;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The origins of one event loop, each with its pool. Confined to that loop, but for {@link #close}. */
public final class LoopOrigins {
    private final EventLoop eventLoop;
    private final Origins origins;
    private final OriginService unconfigured = new StatusService(503);
    private Map<Origin, OriginService> services = new HashMap<>();

    LoopOrigins(EventLoop eventLoop, Origins origins) {
        this.eventLoop = eventLoop;
        this.origins = origins;
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
        services.values().forEach(OriginService::retire);
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
     * Returns what serves streams of the tcp kind.
     *
     * @return the service
     */
    public OriginService flows() {
        return unconfigured;
    }

    private OriginService create(Origin origin) {
        return origin instanceof Origin.Status status ? new StatusService(status.code()) : unconfigured;
    }

    Origins origins() {
        return origins;
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    void close() {
        eventLoop.execute(() -> {
            services.values().forEach(OriginService::retire);
            services = new HashMap<>();
        });
    }
}
