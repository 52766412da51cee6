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
import io.tunnel4j.transport.TrustRoots;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/** TLS to the edge: TLS 1.3 and 1.2, no ALPN, always the same server name (protocol document connector-edge §3). Thread-safe. */
final class EdgeTls {
    /** The name sent and verified, whatever the address. */
    static final String SERVER_NAME = "h2.cftunnel.com";

    static final long HANDSHAKE_SECONDS = 15;

    /** How long bytes already written may take to leave when a connection is closed. */
    private static final long CLOSE_FLUSH_SECONDS = 10;

    private static final String HYBRID_GROUP = "X25519MLKEM768";

    /** The first JDK whose own TLS offers the hybrid group (JEP 527). */
    private static final int FIRST_HYBRID_JDK = 27;

    private final SslContext context;
    private final Executor delegatedTasks;

    private EdgeTls(SslContext context, Executor delegatedTasks) {
        this.context = context;
        this.delegatedTasks = delegatedTasks;
    }

    /**
     * Reads the trusted roots and prepares TLS. Blocks.
     *
     * @throws TunnelException with {@code INVALID_CONFIGURATION} when a CA file cannot be read, or post-quantum is required and not there
     */
    static EdgeTls create(ConnectorConfig config, Executor delegatedTasks) {
        try {
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .trustManager(roots(config).trustManager())
                    .protocols("TLSv1.3", "TLSv1.2")
                    .endpointIdentificationAlgorithm("HTTPS");
            if (OpenSsl.isAvailable()) {
                builder.sslProvider(SslProvider.OPENSSL).option(OpenSslContextOption.GROUPS, groups(config));
            } else {
                builder.sslProvider(SslProvider.JDK);
                checkJdkGroups(config.postQuantum());
            }
            return new EdgeTls(builder.build(), delegatedTasks);
        } catch (SSLException e) {
            throw new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, "TLS to the edge: " + e.getMessage(), e);
        }
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
        SslHandler handler = context.newHandler(channel.alloc(), SERVER_NAME, -1, delegatedTasks);
        handler.setHandshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
        handler.setCloseNotifyFlushTimeout(CLOSE_FLUSH_SECONDS, TimeUnit.SECONDS);
        return handler;
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
}
