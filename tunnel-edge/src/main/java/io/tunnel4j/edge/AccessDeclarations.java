package io.tunnel4j.edge;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.tunnel4j.edge.DeclaredState.DeclaredAccess;
import io.tunnel4j.edge.gate.login.PasswordHash;
import io.tunnel4j.edge.gate.policy.AccessKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Reads lists, groups, people, identity providers and applications from a configuration file's {@code access} section. Not thread-safe.
 *
 * <p>The API overlooks members that it does not know, since its clients send more than an edge needs. In a file such a key is a slip, and a rule that is not in
 * force, so it is refused here.
 */
final class AccessDeclarations {
    /** Members of an application beside its policies; the documentation lists them. */
    static final List<String> APPLICATION_KEYS = List.of(
            "id",
            "name",
            "type",
            "aud",
            "domain",
            "self_hosted_domains",
            "destinations",
            "session_duration",
            "allowed_idps",
            "auto_redirect_to_identity",
            "http_only_cookie_attribute",
            "same_site_cookie_attribute",
            "path_cookie_attribute",
            "options_preflight_bypass",
            "service_auth_401_redirect",
            "custom_deny_message",
            "read_service_tokens_from_header",
            "policies");

    /** Members of an OpenID Connect provider's {@code config}; the documentation lists them. */
    static final List<String> PROVIDER_KEYS =
            List.of("issuer", "client_id", "client_secret", "scopes", "claims", "email_claim_name");

    private static final String[] RULE_LISTS = {"include", "require", "exclude"};
    private static final byte[] NO_SECRET = {};

    private final YamlSection access;
    private final String accountTag;
    private final Path directory;
    private final List<DeclaredAccess<?>> all = new ArrayList<>();

    AccessDeclarations(YamlSection access, String accountTag, Path directory) {
        this.access = access;
        this.accountTag = accountTag;
        this.directory = directory;
    }

    List<DeclaredAccess<?>> read() {
        Set<String> names = new HashSet<>();
        for (YamlSection list : access.sections("lists")) {
            named(list, names).allow("id", "items").refuseOthers();
            list.sectionsAmongTexts("items")
                    .forEach(item -> item.allow("value", "description").refuseOthers());
            all.add(DeclaredAccess.of(AccessKind.LIST, list, list.json(), NO_SECRET));
        }
        names.clear();
        for (YamlSection group : access.sections("groups")) {
            named(group, names).allow("id").allow(RULE_LISTS).refuseOthers();
            rules(group);
            all.add(DeclaredAccess.of(AccessKind.GROUP, group, group.json(), NO_SECRET));
        }
        boolean hasLocal = providers();
        users(hasLocal);
        names.clear();
        for (YamlSection application : access.sections("applications")) {
            named(application, names)
                    .allow(APPLICATION_KEYS.toArray(String[]::new))
                    .refuseOthers();
            application.sections("destinations").forEach(AccessDeclarations::destination);
            Set<String> policies = new HashSet<>();
            for (YamlSection policy : application.sections("policies")) {
                named(policy, policies)
                        .allow("id", "decision", "session_duration")
                        .allow(RULE_LISTS)
                        .refuseOthers();
                rules(policy);
            }
            all.add(DeclaredAccess.of(AccessKind.APPLICATION, application, application(application), NO_SECRET));
        }
        return all;
    }

    /** Ids follow from names, so of two things of a name only one would be there. */
    private static YamlSection named(YamlSection section, Set<String> names) {
        section.allow("name");
        if (!names.add(section.text("name"))) {
            throw section.wrong("name", "a name that is not there twice");
        }
        return section;
    }

    private static void destination(YamlSection destination) {
        if (!destination.text("type", "public").equals("public")) {
            throw destination.wrong("type", "public, since no traffic follows private destinations");
        }
        destination.text("uri");
        destination.refuseOthers();
    }

    private static void rules(YamlSection holder) {
        for (String list : RULE_LISTS) {
            for (YamlSection rule : holder.sections(list)) {
                for (String selector : rule.keys()) {
                    YamlSection values = rule.section(selector);
                    values.allow(valueNames(rule, selector)).refuseOthers();
                    values.keys().forEach(values::textOrNull);
                }
            }
        }
    }

    private static String[] valueNames(YamlSection rule, String selector) {
        try {
            return Rule.Selector.named(selector).valueNames().toArray(String[]::new);
        } catch (IllegalArgumentException e) {
            throw rule.wrong(selector, "a selector of the hosted API, e.g. email or email_domain");
        }
    }

    /** True if one of them asks for passwords. */
    private boolean providers() {
        boolean hasLocal = false;
        Set<String> names = new HashSet<>();
        for (YamlSection section : access.sections("identity-providers")) {
            named(section, names);
            String type = section.text("type");
            Path file = section.pathOrNull("client-secret-file", directory);
            YamlSection config = section.section("config");
            section.allow("id").refuseOthers();
            if (type.equals(IdentityProvider.Type.OPENID_CONNECT.wireName())) {
                config.allow(PROVIDER_KEYS.toArray(String[]::new)).refuseOthers();
                if (file != null && config.keys().contains("client_secret")) {
                    throw section.wrong("client-secret-file", "this or config.client_secret, not both");
                }
            } else if (file != null || !config.isEmpty()) {
                throw section.wrong(
                        file != null ? "client-secret-file" : "config", "only with type oidc, but it is " + type);
            }
            if (type.equals(IdentityProvider.Type.ONE_TIME_PIN.wireName()) && !access.has("mail")) {
                throw section.wrong("type", "access.mail, the server that sends the PINs");
            }
            hasLocal |= type.equals(IdentityProvider.Type.LOCAL_USERS.wireName());
            byte[] secret = file == null
                    ? NO_SECRET
                    : SecretFile.read(section, "client-secret-file", file).getBytes(StandardCharsets.UTF_8);
            all.add(DeclaredAccess.of(AccessKind.IDENTITY_PROVIDER, section, section.json(), secret));
        }
        return hasLocal;
    }

    private void users(boolean hasLocal) {
        Set<String> emails = new HashSet<>();
        for (YamlSection section : access.sections("users")) {
            String email = section.text("email").toLowerCase(Locale.ROOT);
            if (email.indexOf('@') < 1) {
                throw section.wrong("email", "an e-mail address");
            }
            if (!emails.add(email)) {
                throw section.wrong("email", "an address that is not there twice");
            }
            String hash = section.text("password-hash");
            if (!PasswordHash.isReadable(hash)) {
                throw section.wrong("password-hash", "$argon2id$v=19$m=…,t=…,p=…$salt$hash");
            }
            section.texts("groups");
            section.allow("disabled").refuseOthers();
            JsonObject json = section.json();
            json.addProperty("id", email);
            all.add(DeclaredAccess.of(AccessKind.USER, section, json, hash.getBytes(StandardCharsets.UTF_8)));
        }
        if (!emails.isEmpty() && !hasLocal) {
            throw access.wrong("users", "an identity provider of type local, which asks for their passwords");
        }
    }

    /** Ids and the audience tag follow from names: tokens stay valid when the file is applied again. */
    private JsonObject application(YamlSection section) {
        String name = section.text("name");
        JsonObject json = section.json();
        String id = DeclaredState.idOf(AccessKind.APPLICATION, name);
        if (!json.has("aud")) {
            String second = DeclaredState.idOf(AccessKind.APPLICATION, accountTag + name);
            json.addProperty("aud", id.replace("-", "") + second.replace("-", ""));
        }
        if (json.get("policies") instanceof JsonArray policies) {
            for (JsonElement element : policies) {
                JsonObject policy = element.getAsJsonObject();
                if (!policy.has("id")) {
                    String policyName = policy.get("name").getAsString();
                    policy.addProperty("id", DeclaredState.idOf(AccessKind.POLICY, name + "\0" + policyName));
                }
            }
        }
        return json;
    }
}
