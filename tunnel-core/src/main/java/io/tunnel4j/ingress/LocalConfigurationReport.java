package io.tunnel4j.ingress;

import com.google.gson.stream.JsonWriter;
import io.tunnel4j.AccessRequirement;
import io.tunnel4j.Ingress;
import io.tunnel4j.IpRule;
import io.tunnel4j.OriginOptions;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
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
        StringWriter text = new StringWriter();
        try (JsonWriter report = new JsonWriter(text)) {
            write(report, ingress, explicitFlags);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return escaped(text.toString());
    }

    /** The reference escapes what could end a script element; such characters occur inside JSON strings only. */
    private static String escaped(String json) {
        return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026");
    }

    private static void write(JsonWriter report, Ingress ingress, Map<String, String> explicitFlags)
            throws IOException {
        report.beginObject();
        flags(report, explicitFlags);
        report.name("ingress").beginArray();
        for (Ingress.Rule rule : ingress.rules()) {
            report.beginObject();
            addText(report, "hostname", rule.hostname(), "");
            addText(report, "path", rule.path(), "");
            report.name("service").value(rule.origin().service());
            report.name("originRequest");
            options(report, rule.origin().options());
            report.endObject();
        }
        report.endArray();
        report.name("warp-routing").beginObject().endObject();
        report.endObject();
    }

    private static void flags(JsonWriter report, Map<String, String> explicitFlags) throws IOException {
        Map<String, String> reported = new TreeMap<>(explicitFlags);
        reported.keySet().retainAll(FLAGS);
        if (reported.isEmpty()) {
            return;
        }
        report.name("__configuration_flags").beginObject();
        for (Map.Entry<String, String> flag : reported.entrySet()) {
            report.name(flag.getKey()).value(flag.getValue());
        }
        report.endObject();
    }

    private static void options(JsonWriter json, OriginOptions options) throws IOException {
        OriginOptions defaults = OriginOptions.defaults();
        json.beginObject();
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

    private static void ipRules(JsonWriter json, List<IpRule> rules) throws IOException {
        if (rules.isEmpty()) {
            return;
        }
        json.name("ipRules").beginArray();
        for (IpRule rule : rules) {
            json.beginObject().name("prefix").value(rule.prefix());
            json.name("ports").beginArray();
            for (int port : rule.ports()) {
                json.value(port);
            }
            json.endArray().name("allow").value(rule.allow()).endObject();
        }
        json.endArray();
    }

    /** Neither required nor tags go without a team. */
    private static void access(JsonWriter json, AccessRequirement access) throws IOException {
        if (access.teamName().isEmpty() && access.environment().isEmpty()) {
            return;
        }
        json.name("access").beginObject();
        addFlag(json, "required", access.required());
        json.name("teamName").value(access.teamName()).name("audTag").beginArray();
        for (String tag : access.audienceTags()) {
            json.value(tag);
        }
        json.endArray();
        addText(json, "environment", access.environment(), "");
        json.endObject();
    }

    private static void addText(JsonWriter json, String name, String value, String omitted) throws IOException {
        if (!value.equals(omitted)) {
            json.name(name).value(value);
        }
    }

    private static void addFlag(JsonWriter json, String name, boolean value) throws IOException {
        if (value) {
            json.name(name).value(true);
        }
    }

    private static void addNumber(JsonWriter json, String name, int value, int omitted) throws IOException {
        if (value != omitted) {
            json.name(name).value(value);
        }
    }

    private static void addSeconds(JsonWriter json, String name, Duration value, Duration omitted) throws IOException {
        if (!value.equals(omitted)) {
            json.name(name).value(value.toSeconds());
        }
    }
}
