package io.tunnel4j.edge;

import io.tunnel4j.edge.api.ApiTokens;
import io.tunnel4j.edge.api.EdgeAccounts;
import io.tunnel4j.edge.api.ManagementApi;
import io.tunnel4j.edge.api.QuickTunnels;
import io.tunnel4j.edge.console.OperatorSite;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

    private static final Logger log = LoggerFactory.getLogger(OperatorServices.class);
    private static final int MAX_QUICK_TUNNELS = 1_000;

    /** Makes the site; whoever calls closes it. */
    OperatorSite open(EdgeOperations edge, String accountTag, boolean isOpenToLoopback) {
        Clock clock = Clock.systemUTC();
        EdgeAccounts.ensure(edge.state(), accountTag, "This edge", zones).exceptionally(e -> {
            log.warn("account and zones could not be stored; the API does not know them until the next start", e);
            return List.of();
        });
        ApiTokens tokens = ApiTokens.of(edge.state(), clock, token);
        ManagementApi api = ManagementApi.builder(edge.state(), tokens, accountTag)
                .connections(edge.connections())
                .build();
        OperatorSite.Builder site = OperatorSite.builder(edge.state(), tokens, api)
                .showing(edge.connections(), edge.errors())
                .otherwise(edge.metrics());
        if (isOpenToLoopback) {
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
