package io.tunnel4j.examples.cli;

import io.tunnel4j.ConnectorFile;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import org.jspecify.annotations.Nullable;

/** What a connector serves: the file's rules, or one rule made of flags. */
final class OriginFlags {
    private OriginFlags() {}

    static Ingress ingress(RunFlags flags, @Nullable ConnectorFile file) {
        if (file != null && file.ingress().isPresent()) {
            return file.ingress().get();
        }
        Origin origin = origin(flags);
        return origin == null ? Ingress.empty() : Ingress.of(origin.options(options(flags)));
    }

    private static @Nullable Origin origin(RunFlags flags) {
        if (flags.helloWorld) {
            return Origin.helloWorld();
        }
        if (flags.bastion) {
            return Origin.bastion();
        }
        if (flags.unixSocket != null) {
            return Origin.unix(flags.unixSocket);
        }
        return flags.url == null ? null : Origin.service(withoutPath(flags.url));
    }

    /** The path of --url has never mattered: it comes from the request. A bare host:port means http. */
    private static String withoutPath(String url) {
        String text =
                url.contains("://") || url.startsWith("unix") || url.startsWith("http_status") ? url : "http://" + url;
        int authority = text.indexOf("://");
        int slash = authority < 0 ? -1 : text.indexOf('/', authority + 3);
        return slash < 0 ? text : text.substring(0, slash);
    }

    private static OriginOptions options(RunFlags flags) {
        OriginOptions.Builder options = OriginOptions.builder();
        if (flags.httpHostHeader != null) {
            options.httpHostHeader(flags.httpHostHeader);
        }
        if (flags.originServerName != null) {
            options.originServerName(flags.originServerName);
        }
        if (flags.originCaPool != null) {
            options.caPool(flags.originCaPool.toString());
        }
        if (flags.proxyConnectTimeout != null) {
            options.connectTimeout(flags.proxyConnectTimeout);
        }
        if (flags.proxyTlsTimeout != null) {
            options.tlsTimeout(flags.proxyTlsTimeout);
        }
        if (flags.proxyTcpKeepAlive != null) {
            options.tcpKeepAlive(flags.proxyTcpKeepAlive);
        }
        if (flags.proxyKeepAliveTimeout != null) {
            options.keepAliveTimeout(flags.proxyKeepAliveTimeout);
        }
        if (flags.proxyKeepAliveConnections != null) {
            options.keepAliveConnections(flags.proxyKeepAliveConnections);
        }
        if (flags.socks5) {
            options.proxyType("socks");
        }
        return options.noTlsVerify(flags.noTlsVerify)
                .disableChunkedEncoding(flags.noChunkedEncoding)
                .http2Origin(flags.http2Origin)
                .noHappyEyeballs(flags.proxyNoHappyEyeballs)
                .build();
    }
}
