package io.tunnel4j;

import io.tunnel4j.ConnectorMetrics.Kind;
import io.tunnel4j.ConnectorMetrics.RequestResult;
import io.tunnel4j.ingress.RouterListener;
import io.tunnel4j.ingress.RuleMatcher;
import io.tunnel4j.ingress.StreamKind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts for the metrics endpoint and passes on to the caller's {@link ConnectorMetrics}. Thread-safe, without locks. */
final class ConnectorCounters implements RouterListener {
    private static final Logger log = LoggerFactory.getLogger(ConnectorCounters.class);
    private static final int MIN_STATUS = 100;
    private static final int MAX_STATUS = 999;

    final LongAdder requests = new LongAdder();
    final LongAdder requestsEnded = new LongAdder();
    final LongAdder requestErrors = new LongAdder();
    final LongAdder tcpSessions = new LongAdder();
    final LongAdder tcpSessionsEnded = new LongAdder();
    final LongAdder bytesFromEdge = new LongAdder();
    final LongAdder bytesToEdge = new LongAdder();
    final LongAdder registrations = new LongAdder();
    final LongAdder duplicateRefusals = new LongAdder();
    final LongAdder otherRegistrationFailures = new LongAdder();
    final LongAdder connectionsLost = new LongAdder();
    /** In milliseconds, with the reference's bounds. */
    final Histogram connectLatency = new Histogram(1e6, 1, 10, 25, 50, 100, 500, 1000, 5000);

    final LongAdder connectErrors = new LongAdder();
    final Map<String, RpcCount> rpcs = new ConcurrentHashMap<>();
    final LongAdder localConfigurationPushes = new LongAdder();
    final LongAdder localConfigurationErrors = new LongAdder();
    final Map<Integer, LongAdder> responsesByCode = new ConcurrentHashMap<>();
    final Map<Integer, String> locations = new ConcurrentHashMap<>();

    private final ConnectorMetrics metrics;
    private final Supplier<Ingress> rules;
    private final AtomicBoolean metricsFailed = new AtomicBoolean();

    ConnectorCounters(ConnectorMetrics metrics, Supplier<Ingress> rules) {
        this.metrics = metrics;
        this.rules = rules;
    }

    @Override
    public void requestStarted(int rule, StreamKind kind) {
        if (kind != StreamKind.UPDATE_CONFIGURATION) {
            (kind == StreamKind.TCP ? tcpSessions : requests).increment();
        }
        if (metrics != ConnectorMetrics.NONE) {
            tell(m -> m.requestStarted(label(rule), kindOf(kind)));
        }
    }

    @Override
    public void originConnected(int rule, StreamKind kind, long nanos) {
        connectLatency.add(nanos);
        tell(m -> m.originConnected(label(rule), kindOf(kind), Duration.ofNanos(nanos)));
    }

    @Override
    public void originConnectFailed(int rule, StreamKind kind) {
        connectErrors.increment();
        tell(m -> m.originConnectFailed(label(rule), kindOf(kind)));
    }

    @Override
    public void requestEnded(int rule, StreamKind kind, Outcome outcome) {
        (kind == StreamKind.TCP ? tcpSessionsEnded : requestsEnded).increment();
        bytesFromEdge.add(outcome.requestBytes());
        bytesToEdge.add(outcome.responseBytes());
        boolean failed = outcome.error() != null;
        if (failed) {
            requestErrors.increment();
        }
        int status = outcome.status();
        if (status >= MIN_STATUS && status <= MAX_STATUS) {
            responsesByCode.computeIfAbsent(status, s -> new LongAdder()).increment();
        }
        if (metrics != ConnectorMetrics.NONE) {
            RequestResult result = new RequestResult(status, outcome.requestBytes(), outcome.responseBytes(), failed);
            tell(m -> m.requestEnded(label(rule), kindOf(kind), result));
        }
    }

    void registered(int index, String location) {
        registrations.increment();
        locations.put(index, location);
        tell(m -> m.connectionRegistered(index, location));
    }

    void lost(int index, boolean wasRegistered, TunnelErrorCode code) {
        locations.remove(index);
        if (wasRegistered) {
            connectionsLost.increment();
        } else {
            switch (code) {
                case DUPLICATE_CONNECTION -> duplicateRefusals.increment();
                case UNAUTHORIZED, REGISTRATION_REFUSED, REGISTRATION_REFUSED_RETRYABLE, TIMEOUT, EDGE_PROTOCOL ->
                    otherRegistrationFailures.increment();
                default -> {
                    // Did not come as far as registering.
                }
            }
        }
        tell(m -> m.connectionLost(index, wasRegistered, code));
    }

    void rpcEnded(String method, boolean succeeded, long nanos) {
        RpcCount count = rpcs.computeIfAbsent(method, m -> new RpcCount());
        count.operations.increment();
        if (!succeeded) {
            count.failures.increment();
        }
        count.latency.add(nanos);
        tell(m -> m.rpcEnded(method, succeeded, Duration.ofNanos(nanos)));
    }

    void localConfigurationReported(boolean succeeded) {
        localConfigurationPushes.increment();
        if (!succeeded) {
            localConfigurationErrors.increment();
        }
    }

    /** Requests and streams that have ended since the start. */
    long ended() {
        return requestsEnded.sum() + tcpSessionsEnded.sum();
    }

    private String label(int rule) {
        List<Ingress.Rule> inForce = rules.get().rules();
        if (rule == RuleMatcher.NO_RULE || rule >= inForce.size()) {
            return "";
        }
        Ingress.Rule found = inForce.get(rule);
        return (found.hostname().isEmpty() ? "*" : found.hostname()) + found.path();
    }

    private static Kind kindOf(StreamKind kind) {
        return switch (kind) {
            case HTTP, CONTROL_STREAM -> Kind.HTTP;
            case WEBSOCKET -> Kind.WEBSOCKET;
            case TCP -> Kind.TCP;
            case UPDATE_CONFIGURATION -> Kind.CONFIGURATION;
        };
    }

    /** The calls of one method to the edge. */
    static final class RpcCount {
        final LongAdder operations = new LongAdder();
        final LongAdder failures = new LongAdder();

        /** In seconds; a call is given up after five of them unless configured otherwise. */
        final Histogram latency = new Histogram(1e9, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10);
    }

    private void tell(Consumer<ConnectorMetrics> measurement) {
        if (metricsFailed.get()) {
            return;
        }
        try {
            measurement.accept(metrics);
        } catch (RuntimeException e) {
            if (metricsFailed.compareAndSet(false, true)) {
                log.warn("metrics failed and are not called again", e);
            }
        }
    }
}
