package io.tunnel4j.supervisor;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.tunnel4j.ConnectorConfig;
import io.tunnel4j.PostQuantum;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.transport.TlsContexts;
import io.tunnel4j.transport.TrustRoots;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS to the edge: TLS 1.3 and 1.2, no ALPN, always the same server name (protocol document connector-edge §3). Thread-safe.
 *
 * <p>Who has created it closes it when no further connection will be made; connections still open go on, see {@link TlsContexts}.
 */
final class EdgeTls implements AutoCloseable {
    /** The name sent and verified, whatever the address. */
    static final String SERVER_NAME = "h2.cftunnel.com";

    static final long HANDSHAKE_SECONDS = 15;

    /** How long bytes already written may take to leave when a connection is closed. */
    private static final long CLOSE_FLUSH_SECONDS = 10;

    private static final String HYBRID_GROUP = "X25519MLKEM768";

    /** The first JDK whose own TLS offers the hybrid group (JEP 527). */
    private static final int FIRST_HYBRID_JDK = 27;

    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    /** Suites with forward secrecy and authenticated encryption, the strongest first. */
    private static final List<String> CIPHER_SUITES = List.of(
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");

    private final Handlers handlers;
    private final @Nullable SslContext context;
    private final AtomicBoolean closed = new AtomicBoolean();

    private EdgeTls(Handlers handlers, @Nullable SslContext context) {
        this.handlers = handlers;
        this.context = context;
    }

    /**
     * Reads the trusted roots and prepares TLS. Blocks.
     *
     * @throws TunnelException with {@code INVALID_CONFIGURATION} when a CA file cannot be read, or post-quantum is required and not there
     */
    static EdgeTls create(ConnectorConfig config, Executor delegatedTasks) {
        X509ExtendedTrustManager trust = new NamedServerTrust(roots(config).trustManager(), SERVER_NAME);
        try {
            if (OpenSsl.isAvailable()) {
                SslContext context = nativeContext(trust, config);
                return new EdgeTls(
                        channel -> context.newHandler(channel.alloc(), SERVER_NAME, -1, delegatedTasks), context);
            }
            checkJdkGroups(config.postQuantum());
            return new EdgeTls(jdkHandlers(trust, delegatedTasks), null);
        } catch (SSLException | GeneralSecurityException e) {
            throw new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, "TLS to the edge: " + e.getMessage(), e);
        }
    }

    private static SslContext nativeContext(X509ExtendedTrustManager trust, ConnectorConfig config)
            throws SSLException {
        return SslContextBuilder.forClient()
                .trustManager(trust)
                .protocols(PROTOCOLS)
                // The trust manager checks the name.
                .endpointIdentificationAlgorithm(null)
                .sslProvider(SslProvider.OPENSSL)
                .option(OpenSslContextOption.GROUPS, groups(config))
                .build();
    }

    /**
     * Not by Netty's context for the JDK, which reads all of the JVM's roots when its class is loaded, whatever roots it is given: a tenth of a second, and some
     * megabytes.
     */
    private static Handlers jdkHandlers(X509ExtendedTrustManager trust, Executor delegatedTasks)
            throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {trust}, null);
        List<String> supported = List.of(context.getSupportedSSLParameters().getCipherSuites());
        String[] suites = CIPHER_SUITES.stream().filter(supported::contains).toArray(String[]::new);
        return channel -> {
            SSLEngine engine = context.createSSLEngine(SERVER_NAME, -1);
            engine.setUseClientMode(true);
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setProtocols(PROTOCOLS);
            parameters.setCipherSuites(suites);
            engine.setSSLParameters(parameters);
            return new SslHandler(engine, delegatedTasks);
        };
    }

    private static TrustRoots roots(ConnectorConfig config) {
        if (config.edgeCaFiles().isEmpty() && config.edgeCaCertificates().isEmpty()) {
            return TrustRoots.cloudflareEdge();
        }
        return TrustRoots.builder()
                .pemFiles(config.edgeCaFiles().toArray(Path[]::new))
                .certificates(config.edgeCaCertificates().toArray(X509Certificate[]::new))
                .onlyPool()
                .build();
    }

    private static String[] groups(ConnectorConfig config) {
        return config.postQuantum() == PostQuantum.REQUIRE
                ? new String[] {HYBRID_GROUP}
                : new String[] {HYBRID_GROUP, "X25519", "P-256", "P-384"};
    }

    /** The JDK's TLS offers the group by itself once it has it; only requiring it takes an engine that can be told. */
    private static void checkJdkGroups(PostQuantum use) {
        if (use == PostQuantum.REQUIRE) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "postQuantum: REQUIRE, but the TLS of this JVM ("
                            + Runtime.version().feature() + ") cannot be held to "
                            + HYBRID_GROUP + " (expected: netty-tcnative with BoringSSL on the class path"
                            + (Runtime.version().feature() < FIRST_HYBRID_JDK
                                    ? ""
                                    : ", or PREFER, which offers it first")
                            + ")");
        }
    }

    /** Makes the handler of one connection. Certificates are checked off the event loop, because CA files may have to be read. */
    SslHandler newHandler(Channel channel) {
        SslHandler handler = handlers.make(channel);
        handler.setHandshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
        handler.setCloseNotifyFlushTimeout(CLOSE_FLUSH_SECONDS, TimeUnit.SECONDS);
        return handler;
    }

    /** The native context, or null for the JDK's TLS. */
    @Nullable
    SslContext context() {
        return context;
    }

    @Override
    public void close() {
        if (context != null && closed.compareAndSet(false, true)) {
            TlsContexts.release(context);
        }
    }

    /**
     * Closes a connection whose handshake may still run, without ending TLS: the handler would wait for a certificate check under way first, and so
     * outlive its event loop.
     */
    static void abandon(Channel channel) {
        ChannelHandlerContext tls = channel.pipeline().context(SslHandler.class);
        if (tls == null) {
            channel.close();
        } else {
            tls.close();
        }
    }

    private interface Handlers {
        SslHandler make(Channel channel);
    }
}
