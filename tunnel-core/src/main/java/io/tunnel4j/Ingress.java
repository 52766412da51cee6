package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.net.IDN;
import java.util.ArrayList;
import java.util.List;

/**
 * The rules that say which origin serves a request, tested in order: the first that covers host and path decides. The last
 * covers everything. Without any rule every request is answered with 503. Immutable.
 */
public final class Ingress {
    private static final int MAX_RULES = 10_000;
    private static final int MAX_PATH_LENGTH = 4096;
    private static final Ingress EMPTY = new Ingress(List.of());

    private final List<Rule> rules;

    private Ingress(List<Rule> rules) {
        this.rules = rules;
    }

    /**
     * One rule.
     *
     * @param hostname a name, {@code *.} and a name, or empty for all; compared without regard to case
     * @param path a regular expression (RE2) found anywhere in the decoded path; empty for all
     * @param origin what serves, with its effective options
     */
    public record Rule(String hostname, String path, Origin origin) {
        /**
         * Creates a rule.
         *
         * @param hostname a name, {@code *.} and a name, or empty for all; compared without regard to case
         * @param path a regular expression (RE2) found anywhere in the decoded path; empty for all
         * @param origin what serves, with its effective options
         */
        public Rule {
            requireNonNull(hostname, "hostname");
            requireNonNull(path, "path");
            requireNonNull(origin, "origin");
        }

        /**
         * Tells whether nothing passes this rule by.
         *
         * @return true if it covers every host and path
         */
        public boolean coversEverything() {
            return (hostname.isEmpty() || hostname.equals("*")) && path.isEmpty();
        }
    }

    /**
     * Starts with no rule.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the ingress without rules, which answers everything with 503.
     *
     * @return the empty ingress
     */
    public static Ingress empty() {
        return EMPTY;
    }

    /**
     * Serves every request from one origin.
     *
     * @param origin the origin
     * @return an ingress of one rule
     */
    public static Ingress of(Origin origin) {
        return builder().otherwise(origin).build();
    }

    /**
     * Returns the rules in the order they are tested, options of the whole ingress folded in.
     *
     * @return the rules
     */
    public List<Rule> rules() {
        return rules;
    }

    @Override
    public String toString() {
        return "Ingress" + rules;
    }

    /** Builds an {@link Ingress}. Not thread-safe. */
    public static final class Builder {
        private final List<Rule> rules = new ArrayList<>();
        private OriginOptions options = OriginOptions.defaults();

        private Builder() {}

        /**
         * Adds a rule for a host.
         *
         * @param hostname a name, {@code *.} and a name, or {@code *}
         * @param origin what serves
         * @return this
         */
        public Builder rule(String hostname, Origin origin) {
            return rule(hostname, "", origin);
        }

        /**
         * Adds a rule for a host and path.
         *
         * @param hostname a name, {@code *.} and a name, or {@code *}
         * @param path a regular expression (RE2) found anywhere in the decoded path without query
         * @param origin what serves
         * @return this
         */
        public Builder rule(String hostname, String path, Origin origin) {
            rules.add(new Rule(hostname, path, origin));
            return this;
        }

        /**
         * Adds the last rule, which covers everything.
         *
         * @param origin what serves
         * @return this
         */
        public Builder otherwise(Origin origin) {
            return rule("", "", origin);
        }

        /**
         * Sets the options for all rules; a rule's own win.
         *
         * @param options the options
         * @return this
         */
        public Builder options(OriginOptions options) {
            this.options = requireNonNull(options, "options");
            return this;
        }

        /**
         * Checks the rules and builds the ingress.
         *
         * @return an immutable value
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION}, naming the rule
         */
        public Ingress build() {
            if (rules.size() > MAX_RULES) {
                throw new TunnelException(
                        TunnelErrorCode.INVALID_CONFIGURATION,
                        "ingress: " + rules.size() + " rules (expected: up to " + MAX_RULES + ")");
            }
            List<Rule> built = new ArrayList<>(rules.size());
            for (int i = 0; i < rules.size(); i++) {
                Rule rule = rules.get(i);
                check(rule, i + 1, i == rules.size() - 1);
                OriginOptions effective = rule.origin().options().orElse(options);
                if (rule.origin() instanceof Origin.Bastion) {
                    effective = effective.toBuilder().bastionMode(true).build();
                }
                built.add(new Rule(rule.hostname(), rule.path(), rule.origin().options(effective)));
            }
            return new Ingress(List.copyOf(built));
        }

        private static void check(Rule rule, int number, boolean last) {
            checkHostname(rule, number);
            if (rule.path().length() > MAX_PATH_LENGTH) {
                throw invalid(
                        rule, number, "path of " + rule.path().length() + " characters", "up to " + MAX_PATH_LENGTH);
            }
            if (!rule.path().isEmpty()) {
                checkPath(rule, number);
            }
            if (last && !rule.coversEverything()) {
                throw invalid(rule, number, "the last rule has a hostname or path", "one that covers everything");
            }
            if (!last && rule.coversEverything()) {
                throw invalid(rule, number, "covers everything, later rules are never reached", "a hostname or path");
            }
        }

        private static void checkPath(Rule rule, int number) {
            try {
                Pattern.compile(rule.path());
            } catch (PatternSyntaxException e) {
                throw invalid(
                        rule, number, "path \"" + rule.path() + "\"", "a regular expression; " + e.getDescription());
            }
        }

        private static void checkHostname(Rule rule, int number) {
            String hostname = rule.hostname();
            if (hostname.isEmpty() || hostname.equals("*")) {
                return;
            }
            if (hostname.indexOf(':') >= 0) {
                throw invalid(rule, number, "hostname \"" + hostname + "\"", "a name without port");
            }
            String name = hostname.startsWith("*.") ? hostname.substring(2) : hostname;
            if (name.indexOf('*') >= 0) {
                throw invalid(
                        rule,
                        number,
                        "hostname \"" + hostname + "\"",
                        "* only as the first label, as in *.example.com");
            }
            if (name.isEmpty()
                    || name.length() > 253
                    || name.chars().anyMatch(c -> c <= 0x20 || c == '/' || c == 0x7f)) {
                throw invalid(rule, number, "hostname of " + name.length() + " characters", "a DNS name");
            }
            try {
                IDN.toASCII(name);
            } catch (IllegalArgumentException e) {
                throw invalid(rule, number, "hostname \"" + hostname + "\"", "a DNS name");
            }
        }

        private static TunnelException invalid(Rule rule, int number, String problem, String expected) {
            String host = rule.hostname().length() > 80 ? rule.hostname().substring(0, 80) + "…" : rule.hostname();
            return new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "rule " + number + " (hostname \"" + host + "\", service \""
                            + rule.origin().service() + "\"): " + problem + " (expected: " + expected + ")");
        }
    }
}
