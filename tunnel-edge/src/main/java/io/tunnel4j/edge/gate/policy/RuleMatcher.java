package io.tunnel4j.edge.gate.policy;

import io.tunnel4j.edge.AccessGroup;
import io.tunnel4j.edge.AccessList;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.Rule.Kind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Compares rules with one request and, once there is one, an identity. Not thread-safe; made for one decision. */
final class RuleMatcher {
    /** Groups within groups; deeper ones match nobody. */
    static final int MAX_GROUP_DEPTH = 8;
    /** Rules looked at for one decision: groups that use each other many times over must not cost more than that. */
    static final int MAX_RULES = 100_000;

    private final AccessIndex index;
    private final RequestFacts facts;
    private final @Nullable List<String> trace;
    private final Deque<String> groups = new ArrayDeque<>();
    private int rulesLeft = MAX_RULES;

    RuleMatcher(AccessIndex index, RequestFacts facts, @Nullable List<String> trace) {
        this.index = index;
        this.facts = facts;
        this.trace = trace;
    }

    RequestFacts facts() {
        return facts;
    }

    Truth matches(List<Rule> include, List<Rule> require, List<Rule> exclude, @Nullable Identity identity) {
        Truth included = Truth.NO;
        for (Rule rule : include) {
            included = included.or(noted("include", rule, matches(rule, identity)));
            if (included == Truth.YES) {
                break;
            }
        }
        Truth all = included;
        for (Rule rule : require) {
            if (all == Truth.NO) {
                return Truth.NO;
            }
            all = all.and(noted("require", rule, matches(rule, identity)));
        }
        for (Rule rule : exclude) {
            if (all == Truth.NO) {
                return Truth.NO;
            }
            all = all.and(noted("exclude", rule, matches(rule, identity)).not());
        }
        return all;
    }

    private Truth noted(String list, Rule rule, Truth truth) {
        if (trace != null && trace.size() < MAX_RULES) {
            trace.add("  ".repeat(groups.size() + 1) + list + " " + rule + ": "
                    + truth.name().toLowerCase(Locale.ROOT));
        }
        return truth;
    }

    private Truth matches(Rule rule, @Nullable Identity identity) {
        if (--rulesLeft < 0) {
            return Truth.UNKNOWN;
        }
        if (rule.selector() == Rule.Selector.GROUP) {
            return matchesGroup(rule.value("id"), identity);
        }
        if (rule.selector() == Rule.Selector.EVERYONE) {
            return Truth.YES;
        }
        if (rule.selector().kind() == Kind.IDENTITY) {
            return identity == null ? Truth.NO : matchesIdentity(rule, identity);
        }
        return matchesRequest(rule);
    }

    private Truth matchesGroup(String id, @Nullable Identity identity) {
        AccessGroup group = index.group(id);
        if (group == null || groups.size() == MAX_GROUP_DEPTH || groups.contains(id)) {
            return Truth.UNKNOWN;
        }
        groups.push(id);
        Truth truth = matches(group.include(), group.require(), group.exclude(), identity);
        groups.pop();
        return truth;
    }

    private Truth matchesRequest(Rule rule) {
        ServiceTokenRecord token = facts.serviceToken();
        Set<String> postures = facts.postures();
        return switch (rule.selector()) {
            case IP -> matchesAddress(rule.value("ip"));
            case IP_LIST -> matchesList(rule.value("id"), this::matchesAddress);
            case COUNTRY ->
                facts.country().isEmpty()
                        ? Truth.UNKNOWN
                        : Truth.of(facts.country().equalsIgnoreCase(rule.value("country_code")));
            case SERVICE_TOKEN -> Truth.of(token != null && token.id().equals(rule.value("token_id")));
            case ANY_SERVICE_TOKEN -> Truth.of(token != null);
            case CERTIFICATE -> Truth.of(facts.hasCertificate());
            case COMMON_NAME ->
                Truth.of(facts.hasCertificate() && facts.commonNames().contains(rule.value("common_name")));
            case DEVICE_POSTURE ->
                postures == null ? Truth.UNKNOWN : Truth.of(postures.contains(rule.value("integration_uid")));
            default -> Truth.UNKNOWN;
        };
    }

    private Truth matchesAddress(String text) {
        Prefix prefix = Prefix.parse(text.trim());
        return prefix == null ? Truth.UNKNOWN : Truth.of(prefix.contains(facts.address()));
    }

    private Truth matchesIdentity(Rule rule, Identity identity) {
        return switch (rule.selector()) {
            case EMAIL -> Truth.of(identity.email().equalsIgnoreCase(rule.value("email")));
            case EMAIL_DOMAIN -> Truth.of(domainOf(identity.email()).equalsIgnoreCase(domain(rule.value("domain"))));
            case EMAIL_LIST ->
                matchesList(rule.value("id"), item -> Truth.of(identity.email().equalsIgnoreCase(item.trim())));
            case OKTA_GROUP -> hasGroup(rule, identity, rule.value("name"));
            case AZURE_GROUP -> hasGroup(rule, identity, rule.value("id"));
            case GSUITE_GROUP -> hasGroup(rule, identity, rule.value("email"));
            case GITHUB_ORGANIZATION -> hasGroup(rule, identity, githubGroup(rule));
            case SAML_ATTRIBUTE ->
                hasClaim(rule, identity, rule.value("attribute_name"), rule.value("attribute_value"));
            case OIDC_CLAIM -> hasClaim(rule, identity, rule.value("claim_name"), rule.value("claim_value"));
            case LOGIN_METHOD -> Truth.of(identity.providerId().equals(rule.value("id")));
            case AUTHENTICATION_METHOD -> Truth.of(identity.methods().contains(rule.value("auth_method")));
            case EXTERNAL_EVALUATION -> evaluated(identity.verdicts().get(Identity.verdictName(rule)));
            default -> Truth.UNKNOWN;
        };
    }

    private static Truth evaluated(@Nullable Boolean verdict) {
        return verdict == null ? Truth.UNKNOWN : Truth.of(verdict);
    }

    private static String githubGroup(Rule rule) {
        String team = rule.value("team");
        return team.isEmpty() ? rule.value("name") : rule.value("name") + "/" + team;
    }

    private static Truth hasGroup(Rule rule, Identity identity, String group) {
        return Truth.of(isFrom(rule, identity) && identity.groups().contains(group));
    }

    private static Truth hasClaim(Rule rule, Identity identity, String name, String value) {
        return Truth.of(isFrom(rule, identity)
                && identity.claims().getOrDefault(name, List.of()).contains(value));
    }

    /** A group or claim means what its provider means by it; a rule that names none takes any. */
    private static boolean isFrom(Rule rule, Identity identity) {
        String provider = rule.value("identity_provider_id");
        return provider.isEmpty() || provider.equals(identity.providerId());
    }

    private Truth matchesList(String id, Function<String, Truth> test) {
        AccessList list = index.list(id);
        if (list == null) {
            return Truth.UNKNOWN;
        }
        Truth any = Truth.NO;
        for (String item : list.items()) {
            any = any.or(test.apply(item));
            if (any == Truth.YES) {
                break;
            }
        }
        return any;
    }

    private static String domainOf(String email) {
        return email.substring(email.lastIndexOf('@') + 1);
    }

    private static String domain(String text) {
        return text.startsWith("@") ? text.substring(1) : text;
    }
}
