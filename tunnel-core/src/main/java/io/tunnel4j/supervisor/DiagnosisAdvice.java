package io.tunnel4j.supervisor;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.proxy.ProxyConnectException;
import io.tunnel4j.ConnectorConfig;
import io.tunnel4j.Diagnosis;
import io.tunnel4j.EdgeIpVersion;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.discovery.EdgeAddress;
import io.tunnel4j.supervisor.Finding.Problem;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;

/** What to do about a step that failed, decided by the failure's code and type. Stateless. */
final class DiagnosisAdvice {
    private DiagnosisAdvice() {}

    static Problem ofLookUp(TunnelException cause, ConnectorConfig config) {
        String advice = config.edges().isEmpty()
                ? "Let this machine's resolver answer SRV queries, or allow TCP to 1.1.1.1 port 853 for a look-up over TLS,"
                        + " or name the edge's addresses (edge)."
                : "Check the spelling of the edge's addresses, and that this machine's resolver knows their names.";
        return new Problem(cause.code(), message(cause), advice);
    }

    static Problem noAddressOf(EdgeIpVersion version, int total, ConnectorConfig config) {
        String reason = config.bindAddress() == null
                ? "Set edgeIpVersion to AUTO."
                : "The family is that of bindAddress: bind to an address of the other family, or to none.";
        return new Problem(
                TunnelErrorCode.EDGE_NOT_FOUND, "none of " + total + " addresses is of family " + version, reason);
    }

    static Problem ofConnect(EdgeAddress address, ConnectorConfig config, Throwable cause) {
        TunnelException failure =
                ConnectionFailure.ofConnect(address, config, cause).cause();
        int port = address.socket().getPort();
        String advice;
        if (cause instanceof ProxyConnectException) {
            advice = "Check the proxy's address, user name and password, and that it allows connections to port " + port
                    + ".";
        } else if (cause instanceof ConnectTimeoutException) {
            advice = "A firewall drops the connection: allow outbound TCP to port " + port
                    + ", or go through a proxy (outboundProxy).";
        } else if (cause instanceof NoRouteToHostException) {
            advice =
                    "This machine has no route there: check the network, and set edgeIpVersion if only one family works.";
        } else if (cause instanceof ConnectException) {
            advice =
                    "The machine answers, but nothing listens there, or a firewall refuses: check address and port, and"
                            + " allow outbound TCP to port " + port + ".";
        } else {
            advice = "Check this machine's network, and bindAddress if it is set.";
        }
        return new Problem(failure.code(), message(failure), advice);
    }

    static Problem ofTls(TunnelException failure) {
        String advice = switch (failure.code()) {
            case EDGE_UNTRUSTED ->
                ofValidity(failure)
                        ? "Check this machine's clock first; if it is right, the edge's certificate has to be renewed."
                        : "If a device on the way takes TLS apart, exempt this connection from it. For an edge of your own,"
                                + " name its authority (edgeCa) and check that its certificate is for "
                                + EdgeTls.SERVER_NAME + ".";
            case INVALID_CONFIGURATION -> "Correct this setting.";
            default ->
                "Something ends TLS connections on the way, or there is no TLS on that port: look for a firewall that"
                        + " inspects TLS, and check the address.";
        };
        return new Problem(failure.code(), message(failure), advice);
    }

    private static boolean ofValidity(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof CertificateExpiredException || t instanceof CertificateNotYetValidException) {
                return true;
            }
        }
        return false;
    }

    /** A connection that ended before it was registered. */
    static Problem ofEnd(Diagnosis.Kind kind, TunnelException cause, ConnectorConfig config) {
        String advice = switch (cause.code()) {
            case UNAUTHORIZED ->
                "Take the tunnel's token or credentials file anew: the tunnel "
                        + config.credentials().tunnelId()
                        + " was deleted, its secret was changed, or it was made less than a minute ago.";
            case DUPLICATE_CONNECTION, REGISTRATION_REFUSED_RETRYABLE ->
                "The credentials may be right: the edge asks to come back later.";
            case REGISTRATION_REFUSED -> "The edge gives the reason; ask whoever runs it.";
            case TIMEOUT ->
                kind == Diagnosis.Kind.PROTOCOL
                        ? "The peer speaks TLS but does not behave like a tunnel edge: check the address."
                        : "The edge is slow: try again, or allow more time (rpcTimeout).";
            case EDGE_PROTOCOL ->
                "The peer does not behave like a tunnel edge: check the address, and the edge's version.";
            default ->
                "The connection broke: try again; if it stays so, look for a device on the way that ends long"
                        + " connections, and at the edge's log.";
        };
        return new Problem(cause.code(), message(cause), advice);
    }

    private static String message(Throwable failure) {
        return String.valueOf(failure.getMessage());
    }
}
