package io.tunnel4j.edge;

import java.util.List;

/**
 * The keys of the rules that a configuration file pushes to a tunnel's connectors. Pure.
 *
 * <p>A connector overlooks keys that it does not know, so that later options do not stop it; in a file a slip must not pass for an option.
 */
final class TunnelRules {
    static final List<String> OPTIONS = List.of(
            "connectTimeout",
            "tlsTimeout",
            "tcpKeepAlive",
            "noHappyEyeballs",
            "keepAliveConnections",
            "keepAliveTimeout",
            "httpHostHeader",
            "originServerName",
            "matchSNItoHost",
            "caPool",
            "noTLSVerify",
            "disableChunkedEncoding",
            "bastionMode",
            "proxyAddress",
            "proxyPort",
            "proxyType",
            "ipRules",
            "http2Origin",
            "access");

    private TunnelRules() {}

    /** Names the first key that no connector looks at. */
    static void checkKeys(YamlSection config) {
        config.allow("warp-routing", "originRequest", "ingress").refuseOthers();
        config.section("warp-routing")
                .allow("enabled", "connectTimeout", "maxActiveFlows", "tcpKeepAlive")
                .refuseOthers();
        options(config);
        for (YamlSection rule : config.sections("ingress")) {
            rule.allow("hostname", "path", "service", "originRequest").refuseOthers();
            options(rule);
        }
    }

    private static void options(YamlSection holder) {
        YamlSection options = holder.section("originRequest");
        options.allow(OPTIONS.toArray(String[]::new)).refuseOthers();
        options.section("access")
                .allow("required", "teamName", "audTag", "environment")
                .refuseOthers();
        options.sections("ipRules")
                .forEach(rule -> rule.allow("prefix", "ports", "allow").refuseOthers());
    }
}
