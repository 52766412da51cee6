package io.tunnel4j.edge.api;

import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.Zone;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Makes sure that the account and zones named at start exist. Thread-safe. */
public final class EdgeAccounts {
    private EdgeAccounts() {}

    /**
     * Adds what is missing; nothing is taken away.
     *
     * @param state where they are kept
     * @param accountTag the account
     * @param name shown to tools
     * @param zones domains below which the account routes hostnames
     * @return completes with the zones
     */
    public static CompletionStage<List<Zone>> ensure(
            EdgeState state, String accountTag, String name, List<String> zones) {
        List<Zone> wanted =
                zones.stream().map(zone -> AccountCalls.zone(accountTag, zone)).toList();
        return state.change("edge", "account.ensure", draft -> {
            AccountCalls.putAccount(draft, accountTag, name);
            wanted.stream()
                    .filter(zone -> draft.state().zone(zone.id()).isEmpty())
                    .forEach(draft::put);
            return wanted;
        });
    }
}
