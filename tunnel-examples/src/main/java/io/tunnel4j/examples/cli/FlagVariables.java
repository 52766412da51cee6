package io.tunnel4j.examples.cli;

import java.util.Locale;
import java.util.Map;

/**
 * The variable of the environment that may stand for a flag: {@code TUNNEL_} and the flag's name, but for those the reference names otherwise. Stateless.
 *
 * <p>Apart from {@link FlagDefaults}, because what refers to the library for flags cannot be in the class-data archive.
 */
final class FlagVariables {
    private static final Map<String, String> IRREGULAR = Map.ofEntries(
            Map.entry("credentials-file", "TUNNEL_CRED_FILE"),
            Map.entry("credentials-contents", "TUNNEL_CRED_CONTENTS"),
            Map.entry("protocol", "TUNNEL_TRANSPORT_PROTOCOL"),
            Map.entry("transport-loglevel", "TUNNEL_PROTO_LOGLEVEL"),
            Map.entry("log-directory", "TUNNEL_LOGDIRECTORY"),
            Map.entry("origincert", "TUNNEL_ORIGIN_CERT"),
            Map.entry("overwrite-dns", "TUNNEL_FORCE_PROVISIONING_DNS"),
            Map.entry("no-tls-verify", "NO_TLS_VERIFY"),
            Map.entry("http2-origin", "TUNNEL_ORIGIN_ENABLE_HTTP2"),
            Map.entry("output", "TUNNEL_LOG_OUTPUT"),
            Map.entry("no-autoupdate", "NO_AUTOUPDATE"));

    private FlagVariables() {}

    static String variable(String flag) {
        return IRREGULAR.getOrDefault(
                flag, "TUNNEL_" + flag.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /** Tells whether a variable of the environment may stand for a flag. */
    static boolean isVariable(String name) {
        return name.startsWith("TUNNEL_") || IRREGULAR.containsValue(name);
    }
}
