package io.tunnel4j.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.util.AsciiString;
import io.tunnel4j.OutboundProxy;
import java.net.InetSocketAddress;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy that passes requests to one origin on, each with its target in absolute form (RFC 9112 §3.2.2). Many proxies allow CONNECT to the ports of
 * TLS only. Immutable, thread-safe.
 *
 * <p>The target names the origin, never the host that the eyeball asked for: that would let the eyeball choose where the proxy connects to. A proxy puts
 * the target's host into Host, so the origin finds the eyeball's in X-Forwarded-Host.
 */
final class ForwardProxy {
    private static final int HTTP_PORT = 80;

    private final OutboundProxy proxy;
    private final AsciiString authority;
    private final AsciiString target;
    private final @Nullable AsciiString authorization;

    ForwardProxy(OutboundProxy proxy, Endpoint origin) {
        this.proxy = proxy;
        authority = new AsciiString(origin.authority(HTTP_PORT));
        target = new AsciiString("http://" + authority);
        String user = proxy.username();
        authorization = user == null
                ? null
                : new AsciiString(
                        "Basic " + Base64.getEncoder().encodeToString((user + ":" + proxy.password()).getBytes(UTF_8)));
    }

    /** Where the proxy is; not resolved. */
    InetSocketAddress address() {
        return proxy.address();
    }

    /** The origin's host, and its port if it is not that of HTTP. */
    AsciiString authority() {
        return authority;
    }

    /** What a request target begins with, up to the path. */
    AsciiString target() {
        return target;
    }

    /** The value of Proxy-Authorization, a secret; null when the proxy wants none. */
    @Nullable
    AsciiString authorization() {
        return authorization;
    }

    /** Names the proxy, without its password. */
    @Override
    public String toString() {
        return proxy.toString();
    }
}
