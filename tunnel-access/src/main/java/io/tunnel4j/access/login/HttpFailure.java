package io.tunnel4j.access.login;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.TooLongHttpContentException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import javax.net.ssl.SSLException;

/** What a broken request means to its user. */
final class HttpFailure {
    private static final int MAX_CAUSES = 16;

    private HttpFailure() {}

    static TunnelException of(URI uri, Throwable cause) {
        if (cause instanceof TunnelException known) {
            return known;
        }
        String host = Uris.name(uri);
        if (cause instanceof UnknownHostException) {
            return failure(
                    TunnelErrorCode.EDGE_NOT_FOUND,
                    host + ": no address for this name (expected: a name in DNS)",
                    cause);
        }
        if (cause instanceof ConnectTimeoutException || cause instanceof SslHandshakeTimeoutException) {
            return failure(TunnelErrorCode.TIMEOUT, host + ": no answer in time (is it up?)", cause);
        }
        if (has(cause, CertificateExpiredException.class) || has(cause, CertificateNotYetValidException.class)) {
            return failure(
                    TunnelErrorCode.EDGE_UNTRUSTED,
                    host + ": the certificate is not valid at this time (is this machine's clock right?)",
                    cause);
        }
        if (cause instanceof NotSslRecordException) {
            return failure(
                    TunnelErrorCode.EDGE_PROTOCOL,
                    host + ": does not speak TLS (expected: the https address of the application)",
                    cause);
        }
        if (cause instanceof SSLException) {
            return failure(
                    TunnelErrorCode.EDGE_UNTRUSTED,
                    host + ": TLS failed: " + cause.getMessage()
                            + " (expected: a certificate for this name from a trusted authority; add yours to the CA pool)",
                    cause);
        }
        if (cause instanceof TooLongHttpContentException
                || cause instanceof TooLongHttpHeaderException
                || cause instanceof TooLongHttpLineException) {
            return failure(TunnelErrorCode.EDGE_PROTOCOL, host + ": the answer is too long", cause);
        }
        return failure(TunnelErrorCode.EDGE_UNREACHABLE, host + ": cannot be reached: " + cause.getMessage(), cause);
    }

    private static boolean has(Throwable failure, Class<? extends Throwable> type) {
        Throwable cause = failure;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
            if (type.isInstance(cause)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static TunnelException failure(TunnelErrorCode code, String message, Throwable cause) {
        return new TunnelException(code, message, cause);
    }
}
