package io.tunnel4j.edge.gate;

import io.tunnel4j.edge.AccessGroup;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.gate.login.ExternalEvaluator;
import io.tunnel4j.edge.gate.policy.AccessIndex;
import io.tunnel4j.edge.gate.policy.Identity;
import io.tunnel4j.edge.gate.policy.PolicyEngine;
import io.tunnel4j.edge.gate.policy.RequestFacts;
import io.tunnel4j.edge.gate.policy.Verdict;
import java.net.URI;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out, when somebody passes the login page, what an application's rules of external evaluation need to know. Thread-safe, never blocks.
 *
 * <p>A service that gives no answer that counts leaves its rule undecided, which lets nobody in.
 */
final class ExternalEvaluation {
    /** Services that one application may ask; the rules beyond stay undecided. */
    static final int MAX_SERVICES = 10;

    private static final Logger LOG = LoggerFactory.getLogger(ExternalEvaluation.class);

    private final GateContext context;
    private final ExternalEvaluator evaluator;

    ExternalEvaluation(GateContext context, ExternalEvaluator evaluator) {
        this.context = context;
        this.evaluator = evaluator;
    }

    /**
     * Asks the services of an application about a person and keeps the answers with their session.
     *
     * @return the person with the answers; the same person if there is nothing to ask. Never fails
     */
    CompletionStage<Identity> evaluate(String requestId, Application app, Identity identity) {
        Set<Rule> rules = rules(app, context.index());
        if (rules.isEmpty()) {
            return CompletableFuture.completedFuture(identity);
        }
        String person = TeamGate.describe(identity, context).toString();
        Map<Rule, CompletableFuture<Boolean>> asked = new HashMap<>();
        rules.stream().limit(MAX_SERVICES).forEach(rule -> asked.put(rule, ask(rule, person)));
        return CompletableFuture.allOf(asked.values().toArray(new CompletableFuture<?>[0]))
                .handle((done, failed) -> {
                    Map<String, Boolean> verdicts = new HashMap<>(identity.verdicts());
                    asked.forEach((rule, answer) -> {
                        verdicts.remove(Identity.verdictName(rule));
                        try {
                            verdicts.put(Identity.verdictName(rule), answer.join());
                        } catch (CompletionException e) {
                            LOG.warn(
                                    "[{}] {} gives no answer about {}: {}",
                                    requestId,
                                    rule.value("evaluate_url"),
                                    identity.email(),
                                    String.valueOf(e.getCause()));
                        }
                    });
                    Identity known = identity.withVerdicts(verdicts);
                    context.sessions.put(known);
                    return known;
                });
    }

    private CompletableFuture<Boolean> ask(Rule rule, String person) {
        String nonce = context.random.next();
        try {
            return evaluator.ask(
                    URI.create(rule.value("evaluate_url")),
                    URI.create(rule.value("keys_url")),
                    context.tokens.forEvaluation(person, nonce),
                    nonce);
        } catch (IllegalArgumentException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Whether somebody could pass if the services said the best about them: good enough to let them prove who they are. */
    static boolean couldPass(Application app, AccessIndex index, RequestFacts facts, Identity identity) {
        for (Boolean verdict : List.of(Boolean.TRUE, Boolean.FALSE)) {
            Map<String, Boolean> supposed = new HashMap<>();
            rules(app, index).forEach(rule -> supposed.put(Identity.verdictName(rule), verdict));
            if (PolicyEngine.decide(app, index, facts, identity.withVerdicts(supposed))
                            .outcome()
                    == Verdict.Outcome.ALLOW) {
                return true;
            }
        }
        return false;
    }

    /** The rules of external evaluation that policies about people look at, those of groups included. */
    private static Set<Rule> rules(Application app, AccessIndex index) {
        Set<Rule> found = new LinkedHashSet<>();
        Set<String> groups = new HashSet<>();
        for (Policy policy : app.policies()) {
            if (policy.decision() == Policy.Decision.ALLOW || policy.decision() == Policy.Decision.DENY) {
                collect(policy.include(), index, groups, found);
                collect(policy.require(), index, groups, found);
                collect(policy.exclude(), index, groups, found);
            }
        }
        return found;
    }

    private static void collect(List<Rule> rules, AccessIndex index, Set<String> groups, Set<Rule> found) {
        for (Rule rule : rules) {
            if (rule.selector() == Rule.Selector.EXTERNAL_EVALUATION) {
                found.add(rule);
            } else if (rule.selector() == Rule.Selector.GROUP && groups.add(rule.value("id"))) {
                AccessGroup group = index.group(rule.value("id"));
                if (group != null) {
                    collect(group.include(), index, groups, found);
                    collect(group.require(), index, groups, found);
                    collect(group.exclude(), index, groups, found);
                }
            }
        }
    }
}
