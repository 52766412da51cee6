package io.tunnel4j.benchmarks.suite;

import io.tunnel4j.benchmarks.process.TestCertificates;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** One HTTPS request on a connection of its own, by blocking sockets. */
final class HttpsProbe {
    private HttpsProbe() {}

    static SSLContext trusting(TestCertificates certificates) {
        try (InputStream pem = Files.newInputStream(certificates.authority())) {
            KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
            roots.load(null, null);
            roots.setCertificateEntry(
                    "bench", CertificateFactory.getInstance("X.509").generateCertificate(pem));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(roots);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("TLS of the probe", e);
        }
    }

    static SSLSocket connect(SSLContext context, String host, int port) throws IOException {
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
        plain.setTcpNoDelay(true);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true);
        socket.setSoTimeout(10_000);
        socket.startHandshake();
        return socket;
    }

    /** Sends a request and waits for the first byte of the answer; returns the status. */
    static int exchange(SSLSocket socket, String host, String path, String moreFields) throws IOException {
        String request = "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + moreFields + "\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        InputStream in = new BufferedInputStream(socket.getInputStream(), 512);
        byte[] line = in.readNBytes(12);
        if (line.length < 12) {
            throw new IOException("no answer");
        }
        return Integer.parseInt(new String(line, 9, 3, StandardCharsets.US_ASCII));
    }

    static int status(TestCertificates certificates, int port, String host, String path) throws IOException {
        try (SSLSocket socket = connect(trusting(certificates), host, port)) {
            return exchange(socket, host, path, "Connection: close\r\n");
        }
    }
}
