package io.tunnel4j.ingress;

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
        JsonText report = new JsonText().object();
        flags(report, explicitFlags);
        report.name("ingress").array();
        for (Ingress.Rule rule : ingress.rules()) {
            report.object();
            addText(report, "hostname", rule.hostname(), "");
            addText(report, "path", rule.path(), "");
            report.name("service").value(rule.origin().service());
            report.name("originRequest");
            options(report, rule.origin().options());
            report.endObject();
        }
        report.endArray();
        report.name("warp-routing").object().endObject();
        return report.endObject().toString();
    }

    private static void flags(JsonText report, Map<String, String> explicitFlags) {
        boolean any = false;
        for (Map.Entry<String, String> flag : new TreeMap<>(explicitFlags).entrySet()) {
            if (!FLAGS.contains(flag.getKey())) {
                continue;
            }
            if (!any) {
                report.name("__configuration_flags").object();
                any = true;
            }
            report.name(flag.getKey()).value(flag.getValue());
        }
        if (any) {
            report.endObject();
        }
    }

    private static void options(JsonText json, OriginOptions options) {
        OriginOptions defaults = OriginOptions.defaults();
        json.object();
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
        ipRules(json, options.ipRules());
        addFlag(json, "http2Origin", options.http2Origin());
        access(json, options.access());
        json.endObject();
    }

    private static void ipRules(JsonText json, List<IpRule> rules) {
        if (rules.isEmpty()) {
            return;
        }
        json.name("ipRules").array();
        for (IpRule rule : rules) {
            json.object().name("prefix").value(rule.prefix());
            json.name("ports").array();
            for (int port : rule.ports()) {
                json.value(port);
            }
            json.endArray().name("allow").value(rule.allow()).endObject();
        }
        json.endArray();
    }

    /** Neither required nor tags go without a team. */
    private static void access(JsonText json, AccessRequirement access) {
        if (access.teamName().isEmpty() && access.environment().isEmpty()) {
            return;
        }
        json.name("access").object();
        addFlag(json, "required", access.required());
        json.name("teamName").value(access.teamName()).name("audTag").array();
        for (String tag : access.audienceTags()) {
            json.value(tag);
        }
        json.endArray();
        addText(json, "environment", access.environment(), "");
        json.endObject();
    }

    private static void addText(JsonText json, String name, String value, String omitted) {
        if (!value.equals(omitted)) {
            json.name(name).value(value);
        }
    }

    private static void addFlag(JsonText json, String name, boolean value) {
        if (value) {
            json.name(name).value(true);
        }
    }

    private static void addNumber(JsonText json, String name, int value, int omitted) {
        if (value != omitted) {
            json.name(name).value(value);
        }
    }

    private static void addSeconds(JsonText json, String name, Duration value, Duration omitted) {
        if (!value.equals(omitted)) {
            json.name(name).value(value.toSeconds());
        }
    }
}
