package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.UUID;

/**
 * Rules under a name, used as one rule of a policy ({@link Rule#group}). Immutable; each method returns a changed copy.
 *
 * <p>Groups may use groups; a group that contains itself, or is nested too deeply, matches nobody.
 */
public final class AccessGroup {
    private final String id;
    private final String name;
    private final RuleSet rules;

    private AccessGroup(String id, String name, RuleSet rules) {
        this.id = requireNonNull(id, "id");
        this.name = requireNonNull(name, "name");
        this.rules = rules;
    }

    /**
     * Starts a group.
     *
     * @param name shown to operators
     * @return a group with a fresh id and no rules
     */
    public static AccessGroup named(String name) {
        return new AccessGroup(UUID.randomUUID().toString(), name, RuleSet.EMPTY);
    }

    /**
     * Adds alternatives, one of which must match.
     *
     * @param added what to add
     * @return a changed copy
     */
    public AccessGroup include(Rule... added) {
        return with(new RuleSet(Policy.joined(rules.include(), added), rules.require(), rules.exclude()));
    }

    /**
     * Adds conditions, all of which must match.
     *
     * @param added what to add
     * @return a changed copy
     */
    public AccessGroup require(Rule... added) {
        return with(new RuleSet(rules.include(), Policy.joined(rules.require(), added), rules.exclude()));
    }

    /**
     * Adds exceptions, none of which may match.
     *
     * @param added what to add
     * @return a changed copy
     */
    public AccessGroup exclude(Rule... added) {
        return with(new RuleSet(rules.include(), rules.require(), Policy.joined(rules.exclude(), added)));
    }

    /**
     * Sets the id.
     *
     * @param newId what {@link Rule#group} names
     * @return a changed copy
     */
    public AccessGroup withId(String newId) {
        return new AccessGroup(newId, name, rules);
    }

    /**
     * Returns what {@link Rule#group} names.
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
     * Returns the alternatives.
     *
     * @return immutable
     */
    public List<Rule> include() {
        return rules.include();
    }

    /**
     * Returns the conditions.
     *
     * @return immutable
     */
    public List<Rule> require() {
        return rules.require();
    }

    /**
     * Returns the exceptions.
     *
     * @return immutable
     */
    public List<Rule> exclude() {
        return rules.exclude();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AccessGroup group
                && group.id.equals(id)
                && group.name.equals(name)
                && group.rules.equals(rules);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    /** Shows name and rules. */
    @Override
    public String toString() {
        return "AccessGroup[" + name + " " + rules + "]";
    }

    private AccessGroup with(RuleSet newRules) {
        return new AccessGroup(id, name, newRules);
    }
}
