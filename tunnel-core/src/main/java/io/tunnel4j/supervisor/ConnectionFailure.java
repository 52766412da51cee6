package io.tunnel4j.supervisor;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.proxy.ProxyConnectException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.tunnel4j.ConnectorConfig;
import io.tunnel4j.OutboundProxy;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.discovery.EdgeAddress;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.Initiator;
import io.tunnel4j.registration.ConnectionAnswer;
import io.tunnel4j.transport.FailureText;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.time.Duration;

/**
 * Why a connection to the edge ended, and what follows from it.
 *
 * @param cause what to tell
 * @param rotate whether another address should be tried next
 * @param unreachable whether the address did not answer
 * @param refused whether the edge is there and said no
 * @param retryAfter the wait the edge asks for, zero for none
 */
record ConnectionFailure(
        TunnelException cause, boolean rotate, boolean unreachable, boolean refused, Duration retryAfter) {
    private static ConnectionFailure dial(TunnelErrorCode code, String message, Throwable cause) {
        return new ConnectionFailure(new TunnelException(code, message, cause), true, true, false, Duration.ZERO);
    }

    private static ConnectionFailure lost(TunnelException cause) {
        return new ConnectionFailure(cause, false, false, false, Duration.ZERO);
    }

    static ConnectionFailure ofConnect(EdgeAddress address, ConnectorConfig config, Throwable cause) {
        OutboundProxy proxy = config.outboundProxy();
        String way = "edge " + address
                + (proxy != null && proxy.appliesTo(address.socket()) ? " through proxy " + proxy : "");
        if (cause instanceof ProxyConnectException) {
            return dial(
                    TunnelErrorCode.EDGE_UNREACHABLE,
                    way + ": the proxy did not connect: " + FailureText.of(cause)
                            + " (expected: a proxy that allows port "
                            + address.socket().getPort() + ")",
                    cause);
        }
        String reason;
        if (cause instanceof ConnectTimeoutException) {
            reason = "no answer in time (expected: outbound TCP to port "
                    + address.socket().getPort() + " is allowed)";
        } else if (cause instanceof ConnectException) {
            reason = "connection refused";
        } else if (cause instanceof UnknownHostException) {
            reason = "the name is unknown: " + cause.getMessage();
        } else {
            reason = "cannot connect: " + FailureText.of(cause);
        }
        return dial(TunnelErrorCode.EDGE_UNREACHABLE, way + ": " + reason, cause);
    }

    static ConnectionFailure ofHandshake(EdgeAddress address, Throwable cause) {
        if (cause instanceof SslHandshakeTimeoutException) {
            return dial(
                    TunnelErrorCode.EDGE_UNREACHABLE,
                    "edge " + address + ": no TLS handshake within " + EdgeTls.HANDSHAKE_SECONDS + " s",
                    cause);
        }
        for (Throwable t = cause; t != null; t = t.getCause()) {
            if (t instanceof CertificateException) {
                return dial(
                        TunnelErrorCode.EDGE_UNTRUSTED,
                        "edge " + address + ": its certificate is not trusted for " + EdgeTls.SERVER_NAME + ": "
                                + FailureText.of(t)
                                + " (expected: a certificate for that name from a trusted authority;"
                                + " an authority of your own is named by edgeCa)",
                        cause);
            }
        }
        String reason = cause instanceof ClosedChannelException
                ? "the edge closed the connection"
                // Its own message is every byte that came, in hexadecimal.
                : cause instanceof NotSslRecordException
                        ? "what answers there does not speak TLS"
                        : FailureText.of(cause);
        return dial(TunnelErrorCode.EDGE_UNREACHABLE, "edge " + address + ": TLS handshake failed: " + reason, cause);
    }

    static ConnectionFailure ofRefusal(EdgeAddress address, ConnectionAnswer.Refused refused) {
        TunnelErrorCode code = refused.code();
        String words = refused.cause().length() > 200 ? refused.cause().substring(0, 200) + "…" : refused.cause();
        String message = "edge " + address + " refuses the connection: \"" + words + "\"";
        if (code == TunnelErrorCode.UNAUTHORIZED) {
            message += " (expected: credentials of a tunnel that exists; a new tunnel may take a minute to be known)";
        }
        boolean duplicate = code == TunnelErrorCode.DUPLICATE_CONNECTION;
        return new ConnectionFailure(new TunnelException(code, message), duplicate, false, true, refused.retryAfter());
    }

    static ConnectionFailure ofRegistration(EdgeAddress address, TunnelException cause) {
        return new ConnectionFailure(
                new TunnelException(cause.code(), "edge " + address + ": " + cause.getMessage(), cause),
                false,
                false,
                true,
                Duration.ZERO);
    }

    static ConnectionFailure noControlStream(EdgeAddress address, Duration limit) {
        return lost(new TunnelException(
                TunnelErrorCode.TIMEOUT,
                "edge " + address + ": no control stream within " + limit.toSeconds()
                        + " s (expected: a tunnel edge)"));
    }

    static ConnectionFailure noFreeAddress() {
        return lost(new TunnelException(
                TunnelErrorCode.EDGE_NOT_FOUND, "no free edge address (expected: one per connection)"));
    }

    static ConnectionFailure ofEnd(EdgeAddress address, ConnectionException end) {
        boolean protocol = end.errorCode() != 0 && end.initiator() == Initiator.LOCAL;
        return lost(new TunnelException(
                protocol ? TunnelErrorCode.EDGE_PROTOCOL : TunnelErrorCode.EDGE_UNREACHABLE,
                "edge " + address + ": " + end.getMessage(),
                end));
    }
}
