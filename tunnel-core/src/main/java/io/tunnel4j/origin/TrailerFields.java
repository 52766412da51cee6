package io.tunnel4j.origin;

import io.netty.util.AsciiString;
import java.util.Set;

/** Which trailer fields may travel on: those that are well formed and do not change how a message is read (RFC 9110 §6.5.1). Thread-safe. */
final class TrailerFields {
    private static final Set<AsciiString> FORBIDDEN = Set.of(
            AsciiString.cached("connection"),
            AsciiString.cached("content-encoding"),
            AsciiString.cached("content-length"),
            AsciiString.cached("content-range"),
            AsciiString.cached("content-type"),
            AsciiString.cached("host"),
            AsciiString.cached("keep-alive"),
            AsciiString.cached("proxy-connection"),
            AsciiString.cached("set-cookie"),
            AsciiString.cached("te"),
            AsciiString.cached("trailer"),
            AsciiString.cached("transfer-encoding"),
            AsciiString.cached("upgrade"));

    private TrailerFields() {}

    static boolean mayPass(AsciiString lowerName, AsciiString value) {
        if (lowerName.isEmpty() || FORBIDDEN.contains(lowerName)) {
            return false;
        }
        for (int i = 0; i < lowerName.length(); i++) {
            char c = lowerName.charAt(i);
            boolean token = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
            if (!token) {
                return false;
            }
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == 0 || c == '\r' || c == '\n') {
                return false;
            }
        }
        return true;
    }
}
