package io.tunnel4j.transport;

import io.netty.handler.ssl.SslContext;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;

/**
 * Who frees a TLS context. One of a native engine is memory outside the heap: who has made it releases it when it is replaced or its owner is closed, and each connection
 * holds it until its own end, so it is freed with the last of them. One of the JVM's has nothing to free. Thread-safe.
 */
public final class TlsContexts {
    private TlsContexts() {}

    /**
     * Keeps a context from being freed while a handler is made of it. For contexts that may be replaced or closed on another thread.
     *
     * @param context the context
     * @return false if it has been freed; true if it is to be {@link #release released}
     */
    public static boolean hold(SslContext context) {
        try {
            ReferenceCountUtil.retain(context);
            return true;
        } catch (IllegalReferenceCountException freed) {
            return false;
        }
    }

    /**
     * Gives up a hold, or the hold of who has made it.
     *
     * @param context the context
     */
    public static void release(SslContext context) {
        ReferenceCountUtil.release(context);
    }
}
