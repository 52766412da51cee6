package io.tunnel4j.access.relay;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.timeout.TimeoutException;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.transport.FailureText;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateNotYetValidException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Makes typed failures of what goes wrong on the way to an application. */
final class EdgeFailure {
    private EdgeFailure() {}

    /** Classifies by type; a {@link TunnelException} stays what it is. */
    static TunnelException of(String application, Throwable cause) {
        if (cause instanceof TunnelException typed) {
            return typed;
        }
        TunnelErrorCode code = codeOf(cause);
        return new TunnelException(code, application + ": " + describe(code, cause), cause);
    }

    /** What an answer means that is neither an upgrade nor a wish for a login. */
    static TunnelException of(String application, UpgradeAnswer answer) {
        int status = answer.status();
        String said = application + ": the edge answers " + status;
        if (status == 401 || status == 403) {
            return new TunnelException(TunnelErrorCode.NOT_AUTHORIZED, said + ": the policy refuses this connection");
        }
        if (status == 408 || status == 504 || status == 522 || status == 524) {
            return new TunnelException(TunnelErrorCode.TIMEOUT, said + ": the origin takes too long");
        }
        if (status >= 500) {
            return new TunnelException(TunnelErrorCode.ORIGIN_UNREACHABLE, said + ": the origin is not reached");
        }
        if (status == 429) {
            return new TunnelException(TunnelErrorCode.RATE_LIMITED, said + ": too many connections");
        }
        return new TunnelException(TunnelErrorCode.EDGE_PROTOCOL, said + " (expected: 101)");
    }

    private static TunnelErrorCode codeOf(Throwable cause) {
        if (cause instanceof UnknownHostException) {
            return TunnelErrorCode.EDGE_NOT_FOUND;
        }
        if (cause instanceof TimeoutException) {
            return TunnelErrorCode.TIMEOUT;
        }
        if (cause instanceof SSLException) {
            return isUntrusted(cause) ? TunnelErrorCode.EDGE_UNTRUSTED : TunnelErrorCode.EDGE_UNREACHABLE;
        }
        return TunnelErrorCode.EDGE_UNREACHABLE;
    }

    private static boolean isUntrusted(Throwable cause) {
        int depth = 0;
        for (Throwable t = cause; t != null && depth < 16; t = t.getCause(), depth++) {
            if (t instanceof CertificateException || t instanceof SSLPeerUnverifiedException) {
                return true;
            }
        }
        return cause instanceof SSLHandshakeException
                && cause.getCause() instanceof java.security.GeneralSecurityException;
    }

    private static boolean isNotYetValid(Throwable cause) {
        int depth = 0;
        for (Throwable t = cause; t != null && depth < 16; t = t.getCause(), depth++) {
            if (t instanceof CertificateNotYetValidException) {
                return true;
            }
        }
        return false;
    }

    private static String describe(TunnelErrorCode code, Throwable cause) {
        return switch (code) {
            case EDGE_NOT_FOUND -> "no address for this name in DNS";
            case TIMEOUT -> "no answer from the edge in time";
            case EDGE_UNTRUSTED ->
                isNotYetValid(cause)
                        ? "the certificate shown is not valid yet (is this machine's clock right?)"
                        : "the certificate shown is not trusted for this name: " + cause.getMessage();
            // Netty's message would be every byte that came, in hexadecimal.
            default ->
                "cannot connect: "
                        + (cause instanceof NotSslRecordException
                                ? "what answers there does not speak TLS"
                                : FailureText.of(cause));
        };
    }
}
