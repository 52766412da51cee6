package io.tunnel4j.edge.gate.policy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.Policy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Applications as the hosted API writes them. */
final class ApplicationJson {
    private static final int MAX_DESTINATIONS = 100;
    private static final int MAX_POLICIES = 200;

    private ApplicationJson() {}

    static JsonObject write(Application app) {
        JsonObject json = new JsonObject();
        json.addProperty("id", app.id());
        json.addProperty("uid", app.id());
        json.addProperty("aud", app.audience());
        json.addProperty("name", app.name());
        json.addProperty("type", "self_hosted");
        json.addProperty("domain", app.destinations().get(0));
        json.add("self_hosted_domains", Fields.ofTexts(app.destinations()));
        JsonArray destinations = new JsonArray();
        for (String destination : app.destinations()) {
            JsonObject entry = new JsonObject();
            entry.addProperty("type", "public");
            entry.addProperty("uri", destination);
            destinations.add(entry);
        }
        json.add("destinations", destinations);
        json.addProperty("session_duration", Fields.ofDuration(app.sessionDuration()));
        json.add("allowed_idps", Fields.ofTexts(app.identityProviders()));
        json.addProperty("auto_redirect_to_identity", app.autoRedirectToIdentity());
        json.addProperty("http_only_cookie_attribute", app.httpOnlyCookie());
        json.addProperty("same_site_cookie_attribute", app.sameSite().toLowerCase(Locale.ROOT));
        json.addProperty("path_cookie_attribute", app.pathCookie());
        json.addProperty("options_preflight_bypass", app.optionsPreflightBypass());
        json.addProperty("service_auth_401_redirect", app.unauthorizedForServices());
        json.addProperty("custom_deny_message", app.denyMessage());
        String header = app.serviceTokenHeader();
        if (header != null) {
            json.addProperty("read_service_tokens_from_header", header);
        }
        JsonArray policies = new JsonArray();
        for (Policy policy : app.policies()) {
            JsonObject entry = PolicyJson.write(policy);
            entry.addProperty("precedence", policies.size() + 1);
            policies.add(entry);
        }
        json.add("policies", policies);
        return json;
    }

    static Application read(JsonObject json) {
        String type = Fields.text(json, "type", "self_hosted");
        if (!type.equals("self_hosted")) {
            throw new IllegalArgumentException("type: " + type + " (expected: self_hosted)");
        }
        List<String> destinations = destinations(json);
        Application.Builder builder = Application.builder(destinations.get(0));
        destinations.stream().skip(1).forEach(builder::destination);
        builder.name(Fields.text(json, "name", ""));
        String id = Fields.text(json, "id", "");
        if (!id.isEmpty()) {
            builder.id(id);
        }
        String audience = Fields.text(json, "aud", "");
        if (!audience.isEmpty()) {
            builder.audience(audience);
        }
        Duration session = Fields.duration(json, "session_duration");
        if (session != null) {
            builder.sessionDuration(session);
        }
        return builder.identityProviders(Fields.texts(json, "allowed_idps").toArray(new String[0]))
                .autoRedirectToIdentity(Fields.flag(json, "auto_redirect_to_identity", false))
                .httpOnlyCookie(Fields.flag(json, "http_only_cookie_attribute", true))
                .sameSite(Fields.text(json, "same_site_cookie_attribute", ""))
                .pathCookie(Fields.flag(json, "path_cookie_attribute", false))
                .optionsPreflightBypass(Fields.flag(json, "options_preflight_bypass", false))
                .unauthorizedForServices(Fields.flag(json, "service_auth_401_redirect", false))
                .denyMessage(Fields.text(json, "custom_deny_message", ""))
                .serviceTokenHeader(Fields.text(json, "read_service_tokens_from_header", ""))
                .policies(policies(json))
                .build();
    }

    private static List<String> destinations(JsonObject json) {
        Set<String> all = new LinkedHashSet<>();
        String domain = Fields.text(json, "domain", "");
        if (!domain.isEmpty()) {
            all.add(domain);
        }
        all.addAll(Fields.texts(json, "self_hosted_domains"));
        for (JsonElement entry : Fields.array(json, "destinations")) {
            JsonObject destination = Fields.asObject(entry, "destinations");
            if (Fields.text(destination, "type", "public").equals("public")) {
                all.add(Fields.requiredText(destination, "uri"));
            }
        }
        if (all.isEmpty() || all.size() > MAX_DESTINATIONS) {
            throw Fields.malformed("domain", "1 to " + MAX_DESTINATIONS + " destinations");
        }
        return List.copyOf(all);
    }

    /** Whole policies; references by id are resolved by the management interface before it gets here. */
    private static List<Policy> policies(JsonObject json) {
        JsonArray array = Fields.array(json, "policies");
        if (array.size() > MAX_POLICIES) {
            throw Fields.malformed("policies", "at most " + MAX_POLICIES);
        }
        List<Policy> policies = new ArrayList<>();
        for (JsonElement entry : array) {
            policies.add(PolicyJson.read(Fields.asObject(entry, "policies")));
        }
        return policies;
    }
}
