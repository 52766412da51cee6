package io.tunnel4j.edge.gate.policy;

import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Policy.Decision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Decides by the policies of an application. Pure, thread-safe.
 *
 * <p>First come the policies that need no login (bypass, service auth) in their order, then allow and deny in theirs; the first that matches
 * decides, and without a match the answer is no. A rule that cannot be decided (a group that does not exist, a country without a
 * database) lets nobody in: it counts as unmatched in a policy that would admit, and as matched in one that would refuse.
 */
public final class PolicyEngine {
    private PolicyEngine() {}

    /**
     * Decides.
     *
     * @param app whose policies count
     * @param index where groups and lists are found
     * @param facts what the request says
     * @param identity who has logged in; null for nobody
     * @return the verdict, without a trace
     */
    public static Verdict decide(Application app, AccessIndex index, RequestFacts facts, @Nullable Identity identity) {
        return decide(app, new RuleMatcher(index, facts, null), identity, null);
    }

    /**
     * Decides and says why.
     *
     * @param app whose policies count
     * @param index where groups and lists are found
     * @param facts what the request says
     * @param identity who has logged in; null for nobody
     * @return the verdict with a trace
     */
    public static Verdict explain(Application app, AccessIndex index, RequestFacts facts, @Nullable Identity identity) {
        List<String> trace = new ArrayList<>();
        return decide(app, new RuleMatcher(index, facts, trace), identity, trace);
    }

    private static Verdict decide(
            Application app, RuleMatcher matcher, @Nullable Identity identity, @Nullable List<String> trace) {
        for (Policy policy : app.policies()) {
            boolean isService = policy.decision() == Decision.SERVICE_AUTH;
            if (!isService && policy.decision() != Decision.BYPASS) {
                continue;
            }
            boolean matches = matches(policy, matcher, null, trace)
                    && (!isService || matcher.facts().hasCredential());
            if (matches) {
                return verdict(isService ? Verdict.Outcome.SERVICE : Verdict.Outcome.BYPASS, policy, trace);
            }
        }
        if (identity == null) {
            boolean canLogIn = app.policies().stream().anyMatch(policy -> policy.decision() == Decision.ALLOW);
            return verdict(canLogIn ? Verdict.Outcome.LOGIN : Verdict.Outcome.REFUSE, null, trace);
        }
        if (!app.identityProviders().isEmpty() && !app.identityProviders().contains(identity.providerId())) {
            note(trace, "login by provider " + identity.providerId() + ": not one the application accepts");
            return verdict(Verdict.Outcome.LOGIN, null, trace);
        }
        for (Policy policy : app.policies()) {
            boolean admits = policy.decision() == Decision.ALLOW;
            if ((admits || policy.decision() == Decision.DENY) && matches(policy, matcher, identity, trace)) {
                return verdict(admits ? Verdict.Outcome.ALLOW : Verdict.Outcome.REFUSE, policy, trace);
            }
        }
        return verdict(Verdict.Outcome.REFUSE, null, trace);
    }

    private static boolean matches(
            Policy policy, RuleMatcher matcher, @Nullable Identity identity, @Nullable List<String> trace) {
        note(trace, "policy \"" + policy.name() + "\" (" + policy.decision().wireName() + ")");
        Truth truth = matcher.matches(policy.include(), policy.require(), policy.exclude(), identity);
        boolean matches = truth == Truth.YES || (truth == Truth.UNKNOWN && policy.decision() == Decision.DENY);
        note(
                trace,
                "policy \"" + policy.name() + "\": "
                        + (matches ? "matches" : "does not match")
                        + (truth == Truth.UNKNOWN ? ", because it cannot be decided" : ""));
        return matches;
    }

    private static Verdict verdict(Verdict.Outcome outcome, @Nullable Policy policy, @Nullable List<String> trace) {
        note(
                trace,
                outcome.name().toLowerCase(Locale.ROOT)
                        + (policy == null ? ": no policy matches" : ": by policy \"" + policy.name() + "\""));
        return new Verdict(outcome, policy, trace == null ? List.of() : List.copyOf(trace));
    }

    private static void note(@Nullable List<String> trace, String line) {
        if (trace != null) {
            trace.add(line);
        }
    }
}
