package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One condition of a {@link Policy} or {@link AccessGroup}: a selector with its values. Immutable.
 *
 * <p>Selectors about the person (their e-mail, groups, claims) are decided when they log in and kept with their session; selectors
 * about the request (address, certificate, service token) are decided again for every request.
 */
public final class Rule {
    private final Selector selector;
    private final Map<String, String> values;

    private Rule(Selector selector, Map<String, String> values) {
        this.selector = selector;
        this.values = Map.copyOf(values);
    }

    /**
     * Makes a rule of any kind.
     *
     * @param selector what is looked at
     * @param values the selector's values by name; those it does not know are kept and ignored
     * @return the rule
     * @throws IllegalArgumentException if a value that the selector needs is missing, empty or malformed
     */
    public static Rule of(Selector selector, Map<String, String> values) {
        requireNonNull(selector, "selector");
        for (String name : selector.required) {
            if (values.getOrDefault(name, "").isEmpty()) {
                throw new IllegalArgumentException(
                        "rule " + selector.wireName + ": no " + name + " (expected: a value)");
            }
        }
        if (selector == Selector.EXTERNAL_EVALUATION) {
            requireSafeUrl("evaluate_url", values.getOrDefault("evaluate_url", ""));
            requireSafeUrl("keys_url", values.getOrDefault("keys_url", ""));
        }
        return new Rule(selector, values);
    }

    private static void requireSafeUrl(String name, String text) {
        try {
            URI uri = new URI(text);
            if (uri.getHost() != null && ("https".equals(uri.getScheme()) || "localhost".equals(uri.getHost()))) {
                return;
            }
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(name + ": " + text + " (expected: an https URL)", e);
        }
        throw new IllegalArgumentException(name + ": " + text + " (expected: an https URL)");
    }

    /**
     * Selects one person.
     *
     * @param email compared without regard to case
     * @return the rule
     */
    public static Rule email(String email) {
        return of(Selector.EMAIL, Map.of("email", email));
    }

    /**
     * Selects everybody whose address is in a domain, not in its subdomains.
     *
     * @param domain e.g. {@code example.com}
     * @return the rule
     */
    public static Rule emailDomain(String domain) {
        return of(Selector.EMAIL_DOMAIN, Map.of("domain", domain));
    }

    /**
     * Selects the addresses of a list.
     *
     * @param listId id of an {@link AccessList}
     * @return the rule
     */
    public static Rule emailList(String listId) {
        return of(Selector.EMAIL_LIST, Map.of("id", listId));
    }

    /**
     * Selects everybody; in an allow policy, everybody who can log in.
     *
     * @return the rule
     */
    public static Rule everyone() {
        return of(Selector.EVERYONE, Map.of());
    }

    /**
     * Selects client addresses.
     *
     * @param addressOrPrefix e.g. {@code 192.0.2.7} or {@code 2001:db8::/32}
     * @return the rule
     */
    public static Rule ip(String addressOrPrefix) {
        return of(Selector.IP, Map.of("ip", addressOrPrefix));
    }

    /**
     * Selects the client addresses of a list.
     *
     * @param listId id of an {@link AccessList}
     * @return the rule
     */
    public static Rule ipList(String listId) {
        return of(Selector.IP_LIST, Map.of("id", listId));
    }

    /**
     * Selects the country a request comes from; never matches without a country database.
     *
     * @param code two letters of ISO 3166
     * @return the rule
     */
    public static Rule country(String code) {
        return of(Selector.COUNTRY, Map.of("country_code", code));
    }

    /**
     * Selects one service token.
     *
     * @param tokenId {@link IssuedServiceToken#id()}
     * @return the rule
     */
    public static Rule serviceToken(String tokenId) {
        return of(Selector.SERVICE_TOKEN, Map.of("token_id", tokenId));
    }

    /**
     * Selects every service token that has not expired.
     *
     * @return the rule
     */
    public static Rule anyServiceToken() {
        return of(Selector.ANY_SERVICE_TOKEN, Map.of());
    }

    /**
     * Selects requests with a client certificate that the edge has verified.
     *
     * @return the rule
     */
    public static Rule certificate() {
        return of(Selector.CERTIFICATE, Map.of());
    }

    /**
     * Selects client certificates by the common name of their subject.
     *
     * @param name the whole common name
     * @return the rule
     */
    public static Rule commonName(String name) {
        return of(Selector.COMMON_NAME, Map.of("common_name", name));
    }

    /**
     * Selects what a group selects.
     *
     * @param groupId {@link AccessGroup#id()}
     * @return the rule
     */
    public static Rule group(String groupId) {
        return of(Selector.GROUP, Map.of("id", groupId));
    }

    /**
     * Selects a claim of the identity provider.
     *
     * @param name name of the claim
     * @param value its value, or one of its values if it is a list
     * @return the rule
     */
    public static Rule claim(String name, String value) {
        return of(Selector.OIDC_CLAIM, Map.of("claim_name", name, "claim_value", value));
    }

    /**
     * Selects people by where they logged in.
     *
     * @param identityProviderId {@link IdentityProvider#id()}
     * @return the rule
     */
    public static Rule loginMethod(String identityProviderId) {
        return of(Selector.LOGIN_METHOD, Map.of("id", identityProviderId));
    }

    /**
     * Selects people by how they proved who they are.
     *
     * @param method a value of RFC 8176, e.g. {@code mfa}
     * @return the rule
     */
    public static Rule authenticationMethod(String method) {
        return of(Selector.AUTHENTICATION_METHOD, Map.of("auth_method", method));
    }

    /**
     * Asks a service of yours whenever somebody passes the login page of an application. It is sent {@code {"token": …}} by POST, a token signed by the edge with
     * {@code identity} and {@code nonce}, and answers in the same form with a token of its own, whose {@code success} is true and {@code nonce} the same.
     *
     * @param evaluateUrl an https URL that takes the identity and answers with a signed verdict
     * @param keysUrl the keys it signs with, as a JWK set
     * @return the rule
     */
    public static Rule externalEvaluation(String evaluateUrl, String keysUrl) {
        return of(Selector.EXTERNAL_EVALUATION, Map.of("evaluate_url", evaluateUrl, "keys_url", keysUrl));
    }

    /**
     * Returns what is looked at.
     *
     * @return the selector
     */
    public Selector selector() {
        return selector;
    }

    /**
     * Returns the selector's values.
     *
     * @return values by the names of the hosted API; immutable
     */
    public Map<String, String> values() {
        return values;
    }

    /**
     * Returns one value.
     *
     * @param name its name
     * @return the value, empty if absent
     */
    public String value(String name) {
        return values.getOrDefault(name, "");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Rule rule && rule.selector == selector && rule.values.equals(values);
    }

    @Override
    public int hashCode() {
        return 31 * selector.hashCode() + values.hashCode();
    }

    /** Shows selector and values, e.g. {@code email{email=a@example.com}}. */
    @Override
    public String toString() {
        return selector.wireName + new TreeMap<>(values);
    }

    /** What a rule looks at. */
    public enum Selector {
        /** One e-mail address. */
        EMAIL("email", Kind.IDENTITY, "email"),
        /** The part of the address behind the at sign. */
        EMAIL_DOMAIN("email_domain", Kind.IDENTITY, "domain"),
        /** The addresses of a list. */
        EMAIL_LIST("email_list", Kind.IDENTITY, "id"),
        /** Anybody. */
        EVERYONE("everyone", Kind.IDENTITY),
        /** Address or prefix of the client. */
        IP("ip", Kind.REQUEST, "ip"),
        /** Addresses and prefixes of a list. */
        IP_LIST("ip_list", Kind.REQUEST, "id"),
        /** Country of the client. */
        COUNTRY("geo", Kind.REQUEST, "country_code"),
        /** One service token. */
        SERVICE_TOKEN("service_token", Kind.REQUEST, "token_id"),
        /** Any service token that is valid. */
        ANY_SERVICE_TOKEN("any_valid_service_token", Kind.REQUEST),
        /** Any client certificate that is valid. */
        CERTIFICATE("certificate", Kind.REQUEST),
        /** Common name of the client certificate. */
        COMMON_NAME("common_name", Kind.REQUEST, "common_name"),
        /** The rules of a group. */
        GROUP("group", Kind.MIXED, "id"),
        /** Group at Okta. */
        OKTA_GROUP("okta", Kind.IDENTITY, "name"),
        /** Group at Microsoft Entra. */
        AZURE_GROUP("azure_ad", Kind.IDENTITY, "id"),
        /** Group at Google Workspace. */
        GSUITE_GROUP("gsuite", Kind.IDENTITY, "email"),
        /** Organisation, and possibly team, at GitHub. */
        GITHUB_ORGANIZATION("github-organization", Kind.IDENTITY, "name"),
        /** Attribute of a SAML assertion. */
        SAML_ATTRIBUTE("saml", Kind.IDENTITY, "attribute_name", "attribute_value"),
        /** Claim of an OpenID Connect provider. */
        OIDC_CLAIM("oidc", Kind.IDENTITY, "claim_name", "claim_value"),
        /** Identity provider used. */
        LOGIN_METHOD("login_method", Kind.IDENTITY, "id"),
        /** Authentication method of RFC 8176. */
        AUTHENTICATION_METHOD("auth_method", Kind.IDENTITY, "auth_method"),
        /** State of the device. */
        DEVICE_POSTURE("device_posture", Kind.REQUEST, "integration_uid"),
        /** Verdict of a service of yours. */
        EXTERNAL_EVALUATION("external_evaluation", Kind.IDENTITY, "evaluate_url", "keys_url");

        private static final String PROVIDER = "identity_provider_id";

        private final String wireName;
        private final Kind kind;

        @SuppressWarnings("ImmutableEnumChecker") // List.of is
        private final List<String> required;

        Selector(String wireName, Kind kind, String... required) {
            this.wireName = wireName;
            this.kind = kind;
            this.required = List.of(required);
        }

        /**
         * Returns the name in the hosted API.
         *
         * @return e.g. {@code email_domain}
         */
        public String wireName() {
            return wireName;
        }

        /** Every value that is looked at, those that may be left out included. */
        List<String> valueNames() {
            List<String> names = new ArrayList<>(required);
            switch (this) {
                case OKTA_GROUP, AZURE_GROUP, GSUITE_GROUP, SAML_ATTRIBUTE, OIDC_CLAIM -> names.add(PROVIDER);
                case GITHUB_ORGANIZATION -> names.addAll(List.of("team", PROVIDER));
                default -> {}
            }
            return names;
        }

        /**
         * Returns when this is decided.
         *
         * @return the kind
         */
        public Kind kind() {
            return kind;
        }

        /**
         * Finds a selector by its name in the hosted API.
         *
         * @param wireName e.g. {@code email_domain}
         * @return the selector
         * @throws IllegalArgumentException if there is none
         */
        public static Selector named(String wireName) {
            String wanted = wireName.toLowerCase(Locale.ROOT);
            for (Selector selector : values()) {
                if (selector.wireName.equals(wanted)) {
                    return selector;
                }
            }
            throw new IllegalArgumentException("rule: unknown selector " + wireName);
        }
    }

    /** When a selector is decided. */
    public enum Kind {
        /** At login. */
        IDENTITY,
        /** For every request. */
        REQUEST,
        /** Depends on the rules of the group. */
        MIXED
    }
}
