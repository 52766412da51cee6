package io.tunnel4j.ingress;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.tunnel4j.AccessRequirement;
import io.tunnel4j.Ingress;
import io.tunnel4j.IpRule;
import io.tunnel4j.OriginOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes what a connector with local rules tells the edge about them. */
public final class LocalConfigurationReport {
    /** In the order of the report; other flags are not told. */
    private static final List<String> FLAGS = List.of(
            "autoupdate-freq",
            "no-autoupdate",
            "retries",
            "protocol",
            "loglevel",
            "transport-loglevel",
            "origincert",
            "metrics",
            "metrics-update-freq",
            "edge-ip-version",
            "edge-bind-address",
            "max-active-flows");

    private LocalConfigurationReport() {}

    /**
     * Writes the report.
     *
     * @param ingress the rules
     * @param explicitFlags the flags that were set, others than those reported are left out
     * @return JSON
     */
    public static String write(Ingress ingress, Map<String, String> explicitFlags) {
        JsonObject report = new JsonObject();
        JsonObject flags = new JsonObject();
        new TreeMap<>(explicitFlags).forEach((name, value) -> {
            if (FLAGS.contains(name)) {
                flags.addProperty(name, value);
            }
        });
        if (flags.size() > 0) {
            report.add("__configuration_flags", flags);
        }
        JsonArray rules = new JsonArray();
        for (Ingress.Rule rule : ingress.rules()) {
            JsonObject entry = new JsonObject();
            addText(entry, "hostname", rule.hostname(), "");
            addText(entry, "path", rule.path(), "");
            entry.addProperty("service", rule.origin().service());
            entry.add("originRequest", options(rule.origin().options()));
            rules.add(entry);
        }
        report.add("ingress", rules);
        report.add("warp-routing", new JsonObject());
        return escaped(report.toString());
    }

    /** The reference escapes what could end a script element; such characters occur inside JSON strings only. */
    private static String escaped(String json) {
        return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026");
    }

    private static JsonObject options(OriginOptions options) {
        OriginOptions defaults = OriginOptions.defaults();
        JsonObject json = new JsonObject();
        addSeconds(json, "connectTimeout", options.connectTimeout(), defaults.connectTimeout());
        addSeconds(json, "tlsTimeout", options.tlsTimeout(), defaults.tlsTimeout());
        addSeconds(json, "tcpKeepAlive", options.tcpKeepAlive(), defaults.tcpKeepAlive());
        addFlag(json, "noHappyEyeballs", options.noHappyEyeballs());
        addNumber(json, "keepAliveConnections", options.keepAliveConnections(), defaults.keepAliveConnections());
        addSeconds(json, "keepAliveTimeout", options.keepAliveTimeout(), defaults.keepAliveTimeout());
        addText(json, "httpHostHeader", options.httpHostHeader(), "");
        addText(json, "originServerName", options.originServerName(), "");
        addFlag(json, "matchSNItoHost", options.matchSniToHost());
        addText(json, "caPool", options.caPool(), "");
        addFlag(json, "noTLSVerify", options.noTlsVerify());
        addFlag(json, "disableChunkedEncoding", options.disableChunkedEncoding());
        addFlag(json, "bastionMode", options.bastionMode());
        addText(json, "proxyAddress", options.proxyAddress(), defaults.proxyAddress());
        addNumber(json, "proxyPort", options.proxyPort(), defaults.proxyPort());
        addText(json, "proxyType", options.proxyType(), "");
        if (!options.ipRules().isEmpty()) {
            json.add("ipRules", ipRules(options.ipRules()));
        }
        addFlag(json, "http2Origin", options.http2Origin());
        AccessRequirement access = options.access();
        // Neither required nor tags go without a team.
        if (!access.teamName().isEmpty() || !access.environment().isEmpty()) {
            json.add("access", access(access));
        }
        return json;
    }

    private static JsonArray ipRules(List<IpRule> rules) {
        JsonArray array = new JsonArray();
        for (IpRule rule : rules) {
            JsonObject entry = new JsonObject();
            entry.addProperty("prefix", rule.prefix());
            JsonArray ports = new JsonArray();
            rule.ports().forEach(ports::add);
            entry.add("ports", ports);
            entry.addProperty("allow", rule.allow());
            array.add(entry);
        }
        return array;
    }

    private static JsonObject access(AccessRequirement access) {
        JsonObject json = new JsonObject();
        addFlag(json, "required", access.required());
        json.addProperty("teamName", access.teamName());
        JsonArray tags = new JsonArray();
        access.audienceTags().forEach(tags::add);
        json.add("audTag", tags);
        addText(json, "environment", access.environment(), "");
        return json;
    }

    private static void addText(JsonObject json, String name, String value, String omitted) {
        if (!value.equals(omitted)) {
            json.addProperty(name, value);
        }
    }

    private static void addFlag(JsonObject json, String name, boolean value) {
        if (value) {
            json.addProperty(name, true);
        }
    }

    private static void addNumber(JsonObject json, String name, int value, int omitted) {
        if (value != omitted) {
            json.addProperty(name, value);
        }
    }

    private static void addSeconds(JsonObject json, String name, Duration value, Duration omitted) {
        if (!value.equals(omitted)) {
            json.addProperty(name, value.toSeconds());
        }
    }
}
