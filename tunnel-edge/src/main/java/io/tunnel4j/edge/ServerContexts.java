package io.tunnel4j.edge;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.AsyncMapping;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.tunnel4j.transport.TlsContexts;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listener's TLS contexts by the name the client asks for. Thread-safe.
 *
 * <p>A known name is answered at once; an unknown one by the executor, because certificates may come from files or have to be made.
 *
 * <p>Holds the contexts it has made until certificates are read again or it is closed; see {@link TlsContexts}. Each that is given out is held for the one who asked, too.
 */
final class ServerContexts implements AsyncMapping<String, SslContext>, AutoCloseable {
    /** Contexts remembered; asking for ever new names must not fill the memory. */
    static final int MAX_NAMES = 1000;

    private static final Logger log = LoggerFactory.getLogger(ServerContexts.class);
    private static final String NO_NAME = "";

    private final EdgeCertificates.Source source;
    private final Executor executor;
    private final boolean http;
    private final List<X509Certificate> clientAuthorities;
    private final Map<String, SslContext> byName = new ConcurrentHashMap<>();
    private boolean closed;

    private ServerContexts(
            EdgeCertificates certificates, Executor executor, boolean http, List<X509Certificate> clientAuthorities) {
        this.source = certificates.source();
        this.executor = executor;
        this.http = http;
        this.clientAuthorities = clientAuthorities;
    }

    /** For connectors, which offer no ALPN. */
    static ServerContexts forConnectors(EdgeCertificates certificates, Executor executor) {
        return new ServerContexts(certificates, executor, false, List.of());
    }

    /** For HTTP/2 and HTTP/1.1; clients may show a certificate if there are authorities to check it with. */
    static ServerContexts forHttp(
            EdgeCertificates certificates, Executor executor, List<X509Certificate> clientAuthorities) {
        return new ServerContexts(certificates, executor, true, clientAuthorities);
    }

    @Override
    public Future<SslContext> map(@Nullable String name, Promise<SslContext> promise) {
        String key = name == null ? NO_NAME : name.toLowerCase(Locale.ROOT);
        SslContext known = byName.get(key);
        if (known != null && TlsContexts.hold(known)) {
            return give(known, promise);
        }
        try {
            executor.execute(() -> make(key, promise));
        } catch (RejectedExecutionException e) {
            promise.setFailure(e);
        }
        return promise;
    }

    private static Promise<SslContext> give(SslContext held, Promise<SslContext> promise) {
        if (!promise.trySuccess(held)) {
            TlsContexts.release(held);
        }
        return promise;
    }

    private void make(String name, Promise<SslContext> promise) {
        try {
            give(held(name), promise);
        } catch (SSLException | RuntimeException e) {
            promise.tryFailure(e);
        }
    }

    private synchronized SslContext held(String name) throws SSLException {
        if (closed) {
            throw new IllegalStateException("the edge is closed");
        }
        SslContext known = byName.get(name);
        if (known == null) {
            known = context(source.find(name.isEmpty() ? null : name));
            if (byName.size() >= MAX_NAMES) {
                forgetAll();
            }
            byName.put(name, known);
        }
        TlsContexts.hold(known);
        return known;
    }

    private void forgetAll() {
        byName.values().removeIf(context -> {
            TlsContexts.release(context);
            return true;
        });
    }

    /** To be called now and then on the executor. */
    synchronized void refresh() {
        try {
            if (source.refresh()) {
                forgetAll();
                log.info("certificates read again");
            }
        } catch (RuntimeException e) {
            log.warn("certificates unchanged, they cannot be read again: {}", e.getMessage());
        }
    }

    /** Gives up all contexts: what is open stays, nothing new is let in. */
    @Override
    public synchronized void close() {
        closed = true;
        forgetAll();
    }

    private SslContext context(KeyedChain chain) throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forServer(
                        chain.key(), chain.chain().toArray(X509Certificate[]::new))
                .protocols("TLSv1.3", "TLSv1.2");
        if (http) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2,
                    ApplicationProtocolNames.HTTP_1_1));
        }
        if (!clientAuthorities.isEmpty()) {
            builder.clientAuth(ClientAuth.OPTIONAL).trustManager(clientAuthorities);
        }
        return builder.build();
    }
}
