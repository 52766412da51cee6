package io.tunnel4j.origin;

import io.netty.channel.EventLoop;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.tunnel4j.OriginTls;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.transport.TlsContexts;
import io.tunnel4j.transport.TrustRoots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS context of one origin, made off the event loop when first needed and again when the client certificate's files change (looked at no more than once
 * a second). Trusted roots re-read their files themselves. Thread-safe: the lock guards the fields, files are read under it on a worker thread.
 *
 * <p>Holds the context it has made until the next one is made or it is {@link #drop dropped}; see {@link TlsContexts}.
 */
final class OriginTlsContext {
    private static final Logger log = LoggerFactory.getLogger(OriginTlsContext.class);
    private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final OriginTls tls;
    private final List<String> protocols;
    private final Executor workers;
    private final TrustRoots roots;
    private volatile @Nullable Made made;
    private boolean dropped;

    /** A context and the state of the files it was made from. */
    private record Made(SslContext context, String files, long checkedNanos) {}

    OriginTlsContext(String service, OriginTls tls, List<String> protocols, Executor workers) {
        this.tls = tls;
        this.protocols = protocols;
        this.workers = workers;
        TrustRoots.Builder trust = TrustRoots.builder()
                .pemFiles(tls.caPoolFiles().toArray(Path[]::new))
                .certificates(tls.caPoolCertificates().toArray(X509Certificate[]::new));
        roots = (tls.isOnlyCaPool() ? trust.onlyPool() : trust).build();
        if (tls.trustsAnyCertificate()) {
            log.warn("{}: any certificate is accepted, the origin's identity is not verified", service);
        }
    }

    /** Tells whether the name checked is the request's host. */
    boolean matchesHost() {
        return tls.isMatchSniToHost();
    }

    String serverName(Endpoint endpoint) {
        String name = tls.serverName();
        return name != null ? name : endpoint.socket() != null ? "localhost" : endpoint.host();
    }

    /**
     * Gives the context to whoever needs it, at once when it is there.
     *
     * @param loop where {@code then} runs
     * @param then gets the context, which is good until it returns, or null and why there is none
     */
    void whenReady(EventLoop loop, BiConsumer<@Nullable SslContext, @Nullable Throwable> then) {
        Made known = made;
        if (known != null
                && (tls.certificateChain() == null || System.nanoTime() - known.checkedNanos() < CHECK_NANOS)
                && TlsContexts.hold(known.context())) {
            give(known.context(), then);
            return;
        }
        try {
            workers.execute(() -> {
                try {
                    SslContext context = current();
                    try {
                        loop.execute(() -> give(context, then));
                    } catch (RejectedExecutionException e) {
                        TlsContexts.release(context);
                        throw e;
                    }
                } catch (RuntimeException | SSLException e) {
                    // Of whatever kind: somebody waits with an open connection.
                    loop.execute(() -> then.accept(null, e));
                }
            });
        } catch (RejectedExecutionException e) {
            then.accept(null, e);
        }
    }

    private static void give(SslContext context, BiConsumer<@Nullable SslContext, @Nullable Throwable> then) {
        try {
            then.accept(context, null);
        } finally {
            TlsContexts.release(context);
        }
    }

    /** The context of the files as they are, held for the caller. */
    private synchronized SslContext current() throws SSLException {
        String files = fileState(tls.certificateChain()) + fileState(tls.privateKey());
        Made known = made;
        SslContext context = known != null && known.files().equals(files) ? known.context() : make();
        if (dropped) {
            return context;
        }
        TlsContexts.hold(context);
        made = new Made(context, files, System.nanoTime());
        if (known != null && known.context() != context) {
            TlsContexts.release(known.context());
        }
        return context;
    }

    /** No rule names the origin any more. A request still under way may need a context once more, which is then its own. May block. */
    synchronized void drop() {
        dropped = true;
        Made known = made;
        made = null;
        if (known != null) {
            TlsContexts.release(known.context());
        }
    }

    @SwitchesOffVerification
    private SslContext make() throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forClient();
        if (tls.trustsAnyCertificate()) {
            builder.trustManager(InsecureTrustManagerFactory.INSTANCE).endpointIdentificationAlgorithm(null);
        } else {
            builder.trustManager(roots.trustManager()).endpointIdentificationAlgorithm("HTTPS");
        }
        Path chain = tls.certificateChain();
        Path key = tls.privateKey();
        if (chain != null && key != null) {
            try {
                builder.keyManager(chain.toFile(), key.toFile());
            } catch (IllegalArgumentException e) {
                throw new TunnelException(
                        TunnelErrorCode.INVALID_CONFIGURATION,
                        "client certificate " + chain + ", key " + key
                                + ": cannot be read (expected: PEM certificates, and an unencrypted PKCS#8 key)",
                        e);
            }
        }
        if (!protocols.isEmpty()) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    protocols));
        }
        return builder.build();
    }

    private static String fileState(@Nullable Path file) {
        if (file == null) {
            return "";
        }
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return now.lastModifiedTime() + "/" + now.size() + "/" + now.fileKey() + ";";
        } catch (IOException e) {
            return "absent;";
        }
    }
}
