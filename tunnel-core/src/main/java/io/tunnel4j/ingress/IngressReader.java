package io.tunnel4j.ingress;

import io.tunnel4j.AccessRequirement;
import io.tunnel4j.Ingress;
import io.tunnel4j.IpRule;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.origin.FlowLimits;
import java.util.ArrayList;
import java.util.List;

/** Reads rules and options from a parsed document, whatever its syntax was. */
final class IngressReader {
    private IngressReader() {}

    static Ingress ingress(ConfigNode document) {
        Ingress.Builder builder = Ingress.builder().options(options(document.child("originRequest")));
        List<ConfigNode> rules = document.child("ingress").list();
        for (int i = 0; i < rules.size(); i++) {
            ConfigNode rule = rules.get(i);
            String hostname = rule.child("hostname").text();
            try {
                Origin origin = Origin.service(rule.child("service").text());
                builder.rule(hostname, rule.child("path").text(), origin.options(options(rule.child("originRequest"))));
            } catch (TunnelException e) {
                throw new TunnelException(
                        TunnelErrorCode.INVALID_CONFIGURATION,
                        "rule " + (i + 1) + " (hostname \"" + hostname + "\"): " + e.getMessage(),
                        e);
            }
        }
        return builder.build();
    }

    /** Reads {@code warp-routing}; other keys of it, such as {@code enabled}, are of older versions. */
    static FlowLimits flows(ConfigNode node) {
        OriginOptions.Builder dialling = OriginOptions.builder()
                .connectTimeout(FlowLimits.DEFAULT.dialling().connectTimeout());
        ConfigNode connectTimeout = node.child("connectTimeout");
        if (!connectTimeout.isNull()) {
            dialling.connectTimeout(connectTimeout.duration());
        }
        ConfigNode tcpKeepAlive = node.child("tcpKeepAlive");
        if (!tcpKeepAlive.isNull()) {
            dialling.tcpKeepAlive(tcpKeepAlive.duration());
        }
        return new FlowLimits(dialling.build(), node.child("maxActiveFlows").integer());
    }

    static OriginOptions options(ConfigNode node) {
        OriginOptions.Builder options = OriginOptions.builder();
        for (Object key : node.map().keySet()) {
            ConfigNode value = node.child(String.valueOf(key));
            if (!value.isNull()) {
                set(options, String.valueOf(key), value);
            }
        }
        return options.build();
    }

    private static void set(OriginOptions.Builder options, String key, ConfigNode value) {
        switch (key) {
            case "connectTimeout" -> options.connectTimeout(value.duration());
            case "tlsTimeout" -> options.tlsTimeout(value.duration());
            case "tcpKeepAlive" -> options.tcpKeepAlive(value.duration());
            case "noHappyEyeballs" -> options.noHappyEyeballs(value.flag());
            case "keepAliveConnections" -> options.keepAliveConnections(value.integer());
            case "keepAliveTimeout" -> options.keepAliveTimeout(value.duration());
            case "httpHostHeader" -> options.httpHostHeader(value.text());
            case "originServerName" -> options.originServerName(value.text());
            case "matchSNItoHost" -> options.matchSniToHost(value.flag());
            case "caPool" -> options.caPool(value.text());
            case "noTLSVerify" -> options.noTlsVerify(value.flag());
            case "disableChunkedEncoding" -> options.disableChunkedEncoding(value.flag());
            case "bastionMode" -> options.bastionMode(value.flag());
            case "proxyAddress" -> options.proxyAddress(value.text());
            case "proxyPort" -> options.proxyPort(value.integer());
            case "proxyType" -> options.proxyType(value.text());
            case "ipRules" -> options.ipRules(ipRules(value));
            case "http2Origin" -> options.http2Origin(value.flag());
            case "access" -> options.access(access(value));
            default -> {
                // Options of later versions must not stop a tunnel.
            }
        }
    }

    private static List<IpRule> ipRules(ConfigNode node) {
        List<IpRule> rules = new ArrayList<>();
        for (ConfigNode rule : node.list()) {
            List<Integer> ports = new ArrayList<>();
            for (ConfigNode port : rule.child("ports").list()) {
                ports.add(port.integer());
            }
            rules.add(new IpRule(
                    rule.child("prefix").text(), ports, rule.child("allow").flag()));
        }
        return rules;
    }

    private static AccessRequirement access(ConfigNode node) {
        List<String> audience = new ArrayList<>();
        for (ConfigNode tag : node.child("audTag").list()) {
            audience.add(tag.text());
        }
        return new AccessRequirement(
                node.child("required").flag(),
                node.child("teamName").text(),
                audience,
                node.child("environment").text());
    }
}
