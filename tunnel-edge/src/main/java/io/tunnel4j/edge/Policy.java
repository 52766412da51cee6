package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who may pass, or may not. Immutable; each method returns a changed copy.
 *
 * <p>A policy matches when one of its includes matches, all of its requires match and none of its excludes does. Without an include
 * it matches nobody.
 */
public final class Policy {
    private final String id;
    private final String name;
    private final Decision decision;
    private final List<Rule> include;
    private final List<Rule> require;
    private final List<Rule> exclude;
    private final @Nullable Duration sessionDuration;

    private Policy(String id, String name, Decision decision, RuleSet rules, @Nullable Duration sessionDuration) {
        this.id = requireNonNull(id, "id");
        this.name = requireNonNull(name, "name");
        this.decision = requireNonNull(decision, "decision");
        this.include = rules.include();
        this.require = rules.require();
        this.exclude = rules.exclude();
        this.sessionDuration = sessionDuration;
    }

    /**
     * Starts a policy.
     *
     * @param decision what a match means
     * @param name shown to operators
     * @return a policy with a fresh id and no rules
     */
    public static Policy of(Decision decision, String name) {
        return new Policy(UUID.randomUUID().toString(), name, decision, RuleSet.EMPTY, null);
    }

    /**
     * Lets people in, once they have logged in.
     *
     * @param name shown to operators
     * @return a policy without rules
     */
    public static Policy allow(String name) {
        return of(Decision.ALLOW, name);
    }

    /**
     * Keeps people out.
     *
     * @param name shown to operators
     * @return a policy without rules
     */
    public static Policy deny(String name) {
        return of(Decision.DENY, name);
    }

    /**
     * Lets requests through without login, token or record.
     *
     * @param name shown to operators
     * @return a policy without rules
     */
    public static Policy bypass(String name) {
        return of(Decision.BYPASS, name);
    }

    /**
     * Lets programs in by service token or client certificate, without login.
     *
     * @param name shown to operators
     * @return a policy without rules
     */
    public static Policy serviceAuth(String name) {
        return of(Decision.SERVICE_AUTH, name);
    }

    /**
     * Adds alternatives, one of which must match.
     *
     * @param rules what to add
     * @return a changed copy
     */
    public Policy include(Rule... rules) {
        return with(new RuleSet(joined(include, rules), require, exclude));
    }

    /**
     * Adds conditions, all of which must match.
     *
     * @param rules what to add
     * @return a changed copy
     */
    public Policy require(Rule... rules) {
        return with(new RuleSet(include, joined(require, rules), exclude));
    }

    /**
     * Adds exceptions, none of which may match.
     *
     * @param rules what to add
     * @return a changed copy
     */
    public Policy exclude(Rule... rules) {
        return with(new RuleSet(include, require, joined(exclude, rules)));
    }

    /**
     * Sets how long a token issued under this policy is valid.
     *
     * @param duration instead of the application's
     * @return a changed copy
     */
    public Policy sessionDuration(Duration duration) {
        return new Policy(id, name, decision, rules(), requireNonNull(duration, "duration"));
    }

    /**
     * Sets the id.
     *
     * @param newId how the policy is known to the management interface
     * @return a changed copy
     */
    public Policy withId(String newId) {
        return new Policy(newId, name, decision, rules(), sessionDuration);
    }

    /**
     * Returns how the policy is known.
     *
     * @return the id
     */
    public String id() {
        return id;
    }

    /**
     * Returns what operators see.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Returns what a match means.
     *
     * @return the decision
     */
    public Decision decision() {
        return decision;
    }

    /**
     * Returns the alternatives.
     *
     * @return immutable
     */
    public List<Rule> include() {
        return include;
    }

    /**
     * Returns the conditions.
     *
     * @return immutable
     */
    public List<Rule> require() {
        return require;
    }

    /**
     * Returns the exceptions.
     *
     * @return immutable
     */
    public List<Rule> exclude() {
        return exclude;
    }

    /**
     * Returns how long a token issued under this policy is valid.
     *
     * @return null for the application's duration
     */
    public @Nullable Duration sessionDuration() {
        return sessionDuration;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Policy policy
                && policy.id.equals(id)
                && policy.name.equals(name)
                && policy.decision == decision
                && policy.rules().equals(rules())
                && Objects.equals(policy.sessionDuration, sessionDuration);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    /** Shows decision, name and rules. */
    @Override
    public String toString() {
        return "Policy[" + decision.wireName() + " " + name + " include=" + include + " require=" + require
                + " exclude=" + exclude + "]";
    }

    private RuleSet rules() {
        return new RuleSet(include, require, exclude);
    }

    private Policy with(RuleSet rules) {
        return new Policy(id, name, decision, rules, sessionDuration);
    }

    static List<Rule> joined(List<Rule> rules, Rule... more) {
        List<Rule> all = new ArrayList<>(rules);
        all.addAll(List.of(more));
        return List.copyOf(all);
    }

    /** What a match means. */
    public enum Decision {
        /** In, after login. */
        ALLOW("allow"),
        /** Refused. */
        DENY("deny"),
        /** In, as if there were no application. */
        BYPASS("bypass"),
        /** In, without login. */
        SERVICE_AUTH("non_identity");

        private final String wireName;

        Decision(String wireName) {
            this.wireName = wireName;
        }

        /**
         * Returns the name in the hosted API.
         *
         * @return e.g. {@code non_identity}
         */
        public String wireName() {
            return wireName;
        }

        /**
         * Finds a decision by its name in the hosted API.
         *
         * @param wireName e.g. {@code non_identity}
         * @return the decision
         * @throws IllegalArgumentException if there is none
         */
        public static Decision named(String wireName) {
            String wanted = wireName.toLowerCase(Locale.ROOT);
            for (Decision decision : values()) {
                if (decision.wireName.equals(wanted)) {
                    return decision;
                }
            }
            throw new IllegalArgumentException(
                    "decision: " + wireName + " (expected: allow, deny, bypass or non_identity)");
        }
    }
}
