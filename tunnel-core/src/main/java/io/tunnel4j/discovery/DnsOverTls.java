package io.tunnel4j.discovery;

import io.tunnel4j.transport.Ticker;
import io.tunnel4j.transport.TrustRoots;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Asks a resolver over TLS (RFC 7858), one question a connection. Blocks; every question has a limit. Thread-safe. */
final class DnsOverTls {
    static final Duration LIMIT = Duration.ofSeconds(15);

    private final DnsServers servers;
    private final Ticker ticker;

    DnsOverTls(DnsServers servers, Ticker ticker) {
        this.servers = servers;
        this.ticker = ticker;
    }

    DnsMessage.Answer ask(String name, int type, long deadlineNanos) throws IOException {
        int id = new SecureRandom().nextInt(1 << 16);
        InetSocketAddress server = servers.fallback();
        try (Socket plain = new Socket()) {
            plain.connect(server, remainingMillis(deadlineNanos));
            plain.setSoTimeout(remainingMillis(deadlineNanos));
            try (SSLSocket tls = (SSLSocket)
                    context().getSocketFactory().createSocket(plain, servers.fallbackName(), server.getPort(), true)) {
                SSLParameters parameters = tls.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                tls.setSSLParameters(parameters);
                tls.startHandshake();
                send(tls, DnsMessage.query(id, name, type));
                plain.setSoTimeout(remainingMillis(deadlineNanos));
                return DnsMessage.parse(receive(tls), id);
            }
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS is not available", e);
        } catch (DnsMessage.MalformedException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static void send(SSLSocket tls, byte[] query) throws IOException {
        byte[] framed = new byte[query.length + 2];
        framed[0] = (byte) (query.length >> 8);
        framed[1] = (byte) query.length;
        System.arraycopy(query, 0, framed, 2, query.length);
        OutputStream out = tls.getOutputStream();
        out.write(framed);
        out.flush();
    }

    /** At most 64 KiB: the length field has two octets. */
    private static byte[] receive(SSLSocket tls) throws IOException {
        DataInputStream in = new DataInputStream(tls.getInputStream());
        byte[] answer = new byte[in.readUnsignedShort()];
        in.readFully(answer);
        return answer;
    }

    private SSLContext context() throws GeneralSecurityException {
        X509TrustManager given = servers.fallbackTrust();
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                null, new TrustManager[] {given == null ? TrustRoots.system().trustManager() : given}, null);
        return context;
    }

    private int remainingMillis(long deadlineNanos) throws SocketTimeoutException {
        long millis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - ticker.nanos());
        if (millis <= 0) {
            throw new SocketTimeoutException("no answer within " + LIMIT.toSeconds() + " s");
        }
        return (int) millis;
    }
}
