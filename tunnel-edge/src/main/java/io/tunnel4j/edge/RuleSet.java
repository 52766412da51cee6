package io.tunnel4j.edge;

import java.util.List;

/** The three lists of a policy or group. Immutable. */
record RuleSet(List<Rule> include, List<Rule> require, List<Rule> exclude) {
    static final RuleSet EMPTY = new RuleSet(List.of(), List.of(), List.of());
}
