package io.tunnel4j.ingress;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.Ingress;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.origin.ExchangeReport;
import io.tunnel4j.origin.LoopOrigins;
import io.tunnel4j.origin.MemoryBudget;
import io.tunnel4j.origin.OriginRequest;
import io.tunnel4j.origin.OriginService;
import io.tunnel4j.origin.Origins;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Gives every stream to the origin that the rules in force name.
 *
 * <p>Thread-safe; {@link #route} runs on the stream's event loop, where all that belongs to the request stays: connections to origins are pooled per
 * loop. A request keeps the rule it started with when the rules change.
 */
public final class StreamRouter implements AutoCloseable {
    private static final CharSequence ANY_PATH = "/";

    private final RemoteConfiguration configuration;
    private final RouterListener listener;
    private final Origins origins;
    private final Executor pushes;
    private final Map<EventLoop, LoopRules> loops = new ConcurrentHashMap<>();

    /**
     * Creates a router.
     *
     * @param configuration says which rules are in force
     * @param config limits and listeners
     */
    public StreamRouter(RemoteConfiguration configuration, RouterConfig config) {
        this.configuration = configuration;
        this.listener = config.listener();
        this.origins = new Origins(config.settings());
        this.pushes = new InOrder(origins.executor());
    }

    /**
     * Starts serving a stream.
     *
     * @param kind what the stream is for, anything but {@link StreamKind#CONTROL_STREAM}
     * @param stream the stream
     * @param head its first fields
     * @param endOfStream true when the request has no body
     * @return who hears what follows on the stream
     */
    public StreamListener route(StreamKind kind, MuxStream stream, Http2Headers head, boolean endOfStream) {
        RemoteConfiguration.Current inForce = configuration.current();
        RuleMatcher rules = inForce.rules();
        LoopRules loop = loops.get(stream.eventLoop());
        if (loop == null) {
            // Computed on the loop itself, so that nobody else computes it at the same time.
            loop = new LoopRules(origins.loop(stream.eventLoop()));
            loops.put(stream.eventLoop(), loop);
        }
        OriginService[] services = loop.services(rules);
        CharSequence authority = head.authority();
        if (authority == null) {
            CharSequence host = head.get("host");
            authority = host == null ? "" : host;
        }
        int rule = RuleMatcher.NO_RULE;
        if (kind == StreamKind.HTTP || kind == StreamKind.WEBSOCKET) {
            CharSequence path = head.path();
            rule = rules.match(authority, path == null ? ANY_PATH : path).index();
        }
        listener.requestStarted(rule, kind);
        boolean affordable = origins.budget().reserve(MemoryBudget.EXCHANGE_BYTES);
        Report report = new Report(listener, rule, kind, affordable ? origins.budget() : null);
        OriginRequest request = new OriginRequest(stream, (FlatHeaders) head, endOfStream, report);
        if (!affordable && kind != StreamKind.UPDATE_CONFIGURATION) {
            return loop.origins.overloaded().serve(request);
        }
        return switch (kind) {
            case HTTP -> service(loop, services, rule).serve(request);
            case WEBSOCKET -> service(loop, services, rule).upgrade(request);
            case TCP -> loop.origins.flows(inForce.flows()).serve(request);
            case UPDATE_CONFIGURATION -> new ConfigurationPush(request, configuration, pushes);
            case CONTROL_STREAM -> throw new IllegalArgumentException("kind: CONTROL_STREAM is not for an origin");
        };
    }

    private static OriginService service(LoopRules loop, OriginService[] services, int rule) {
        return rule == RuleMatcher.NO_RULE ? loop.origins.unconfigured() : services[rule];
    }

    /** Closes the connections to origins and the threads it made; streams still running are reset. */
    @Override
    public void close() {
        origins.close();
    }

    /** The rules in force, prepared for one event loop. Confined to it. */
    private static final class LoopRules {
        private final LoopOrigins origins;
        private @Nullable RuleMatcher prepared;
        private OriginService[] services = {};

        LoopRules(LoopOrigins origins) {
            this.origins = origins;
        }

        OriginService[] services(RuleMatcher rules) {
            if (rules != prepared) {
                List<Ingress.Rule> list = rules.ingress().rules();
                services =
                        origins.assign(list.stream().map(Ingress.Rule::origin).toList());
                prepared = rules;
            }
            return services;
        }
    }

    private record Report(
            RouterListener listener,
            int rule,
            StreamKind kind,
            @Nullable MemoryBudget budget) implements ExchangeReport {
        @Override
        public void connected(long nanos) {
            listener.originConnected(rule, kind, nanos);
        }

        @Override
        public void connectFailed() {
            listener.originConnectFailed(rule, kind);
        }

        @Override
        public void ended(int status, long requestBytes, long responseBytes, @Nullable TunnelException error) {
            if (budget != null) {
                budget.release(MemoryBudget.EXCHANGE_BYTES);
            }
            listener.requestEnded(rule, kind, new RouterListener.Outcome(status, requestBytes, responseBytes, error));
        }
    }
}
