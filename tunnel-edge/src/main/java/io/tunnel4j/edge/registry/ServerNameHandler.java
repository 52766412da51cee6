package io.tunnel4j.edge.registry;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.util.AsyncMapping;
import io.tunnel4j.transport.TlsContexts;
import java.time.Duration;

/** Waits for a ClientHello, finds the TLS context for the name in it and puts TLS in its own place. Confined to the connection's event loop. */
public final class ServerNameHandler extends SniHandler {
    private static final int MAX_CLIENT_HELLO_BYTES = 16 << 10;

    /**
     * Creates a handler for one connection.
     *
     * @param contexts TLS contexts by name, each held for who asks, which is released here
     * @param timeout for the handshake
     */
    public ServerNameHandler(AsyncMapping<? super String, ? extends SslContext> contexts, Duration timeout) {
        super(contexts, MAX_CLIENT_HELLO_BYTES, timeout.toMillis());
    }

    @Override
    protected void replaceHandler(ChannelHandlerContext ctx, String hostname, SslContext sslContext) throws Exception {
        try {
            // Removed: the client went away while its certificate was looked for.
            if (!ctx.isRemoved()) {
                super.replaceHandler(ctx, hostname, sslContext);
            }
        } finally {
            TlsContexts.release(sslContext);
        }
    }
}
