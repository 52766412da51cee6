package io.tunnel4j.transport;

import io.netty.handler.proxy.HttpProxyHandler;
import io.netty.handler.proxy.ProxyHandler;
import io.netty.handler.proxy.Socks5ProxyHandler;
import io.tunnel4j.OutboundProxy;
import java.net.InetSocketAddress;

/** The handlers that ask a proxy for a connection. Apart from {@link Dialer}, so that only who has a proxy loads them. Stateless. */
public final class ProxyHandlers {
    private ProxyHandlers() {}

    /**
     * Makes the handler that asks a proxy for a connection.
     *
     * @param via the proxy
     * @param address the proxy's, resolved or not
     * @param timeoutMillis how long it may take to answer
     * @return a handler that tells its outcome by its future
     */
    public static ProxyHandler of(OutboundProxy via, InetSocketAddress address, int timeoutMillis) {
        String user = via.username();
        ProxyHandler handler = switch (via.kind()) {
            case HTTP ->
                user == null ? new HttpProxyHandler(address) : new HttpProxyHandler(address, user, via.password());
            case SOCKS5 ->
                user == null ? new Socks5ProxyHandler(address) : new Socks5ProxyHandler(address, user, via.password());
        };
        handler.setConnectTimeoutMillis(timeoutMillis);
        return handler;
    }
}
