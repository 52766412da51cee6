package io.tunnel4j.edge;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.edge.api.ApiTokens;
import io.tunnel4j.edge.api.EdgeAccounts;
import io.tunnel4j.edge.api.ManagementApi;
import io.tunnel4j.edge.api.QuickTunnels;
import io.tunnel4j.edge.console.OperatorSite;
import io.tunnel4j.edge.state.EdgeState;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What an edge offers its operators, as configured. Immutable.
 *
 * @param host the hostname at which the public listener serves it as well; null for none
 * @param token a bearer token that may do everything; empty for none
 * @param zones domains below which the API routes hostnames
 * @param quickSuffix the domain of quick tunnels; null for none
 */
record OperatorServices(
        @Nullable String host,
        String token,
        List<String> zones,
        @Nullable String quickSuffix) {
    static final OperatorServices DEFAULT = new OperatorServices(null, "", List.of(), null);

    private static final int MAX_QUICK_TUNNELS = 1_000;

    OperatorServices withHost(String newHost) {
        return new OperatorServices(newHost, token, zones, quickSuffix);
    }

    OperatorServices withToken(String newToken) {
        return new OperatorServices(host, newToken, zones, quickSuffix);
    }

    OperatorServices withZones(List<String> newZones) {
        return new OperatorServices(host, token, newZones, quickSuffix);
    }

    OperatorServices withQuickSuffix(String newSuffix) {
        return new OperatorServices(host, token, zones, newSuffix);
    }

    /** Stores the account and the zones unless they are there; without them the API knows neither. Completes off the state's thread. */
    CompletionStage<Void> prepare(EdgeState state, String accountTag) {
        return EdgeAccounts.ensure(state, accountTag, "This edge", zones).handleAsync((stored, failure) -> {
            if (failure != null) {
                throw new TunnelException(
                        TunnelErrorCode.INVALID_CONFIGURATION,
                        "account and zones " + zones + " cannot be stored: " + failure.getMessage(),
                        failure);
            }
            return null;
        });
    }

    /** Makes the site; whoever calls closes it. */
    OperatorSite open(EdgeOperations edge, EdgeSettings settings) {
        String accountTag = settings.accountTag;
        Clock clock = Clock.systemUTC();
        ApiTokens tokens = ApiTokens.of(edge.state(), clock, token);
        ManagementApi api = ManagementApi.builder(edge.state(), tokens, accountTag)
                .connections(edge.connections())
                .build();
        OperatorSite.Builder site = OperatorSite.builder(edge.state(), tokens, api)
                .showing(edge.connections(), edge.errors())
                .otherwise(edge.metrics())
                .longestWait(settings.limits.firstByteTimeout());
        if (settings.adminCertificates == null) {
            site.openToLoopback();
        }
        if (quickSuffix != null) {
            site.quickTunnels(new QuickTunnels(
                    edge.state(),
                    edge.connections(),
                    accountTag,
                    quickSuffix,
                    MAX_QUICK_TUNNELS,
                    clock,
                    System::nanoTime));
        }
        return site.build();
    }

    /** Leaves the token out. */
    @Override
    public String toString() {
        return "OperatorServices[host=" + host + ", zones=" + zones + ", quickSuffix=" + quickSuffix + "]";
    }
}
