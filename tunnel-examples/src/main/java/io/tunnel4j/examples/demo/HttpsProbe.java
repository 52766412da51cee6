package io.tunnel4j.examples.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * Asks for pages as a browser would, at an edge on loopback, whatever the machine's resolver makes of names under localhost. Thread-safe.
 */
public final class HttpsProbe {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MAX_BYTES = 1 << 20;

    private final SSLSocketFactory sockets;
    private final int port;

    /**
     * Sets up TLS; connects nowhere yet.
     *
     * @param root the only certificate trusted
     * @param port the edge's HTTPS port
     * @throws GeneralSecurityException if the JVM lacks what TLS needs
     * @throws IOException not in practice: the key store is empty
     */
    public HttpsProbe(X509Certificate root, int port) throws GeneralSecurityException, IOException {
        KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
        roots.load(null, null);
        roots.setCertificateEntry("root", root);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(roots);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        this.sockets = context.getSocketFactory();
        this.port = port;
    }

    /**
     * Connects; the name is in SNI and is checked.
     *
     * @param host the edge's name
     * @return a socket whose reads end after a minute
     * @throws IOException if there is no connection
     */
    public SSLSocket connect(String host) throws IOException {
        Socket plain = new Socket();
        try {
            plain.setSoTimeout((int) PATIENCE.toMillis());
            plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) PATIENCE.toMillis());
            SSLSocket socket = (SSLSocket) sockets.createSocket(plain, host, port, true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(host)));
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            return socket;
        } catch (IOException e) {
            plain.close();
            throw e;
        }
    }

    /**
     * Asks for a page.
     *
     * @param host the edge's name
     * @param path the page
     * @return the answer, head and body
     * @throws IOException if there is none
     */
    public String get(String host, String path) throws IOException {
        try (SSLSocket socket = connect(host)) {
            String request = "GET " + path + " HTTP/1.1\r\nHost: " + host + ":" + port
                    + "\r\nUser-Agent: demo\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        }
    }
}
