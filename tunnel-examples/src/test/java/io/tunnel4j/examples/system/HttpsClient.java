package io.tunnel4j.examples.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.tunnel4j.examples.demo.HttpsProbe;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLSocket;

/** HTTP/1.1 over TLS by hand, so that a test sees how a response ended. */
final class HttpsClient {
    private final HttpsProbe probe;

    HttpsClient(X509Certificate root, InetSocketAddress edge) throws GeneralSecurityException, IOException {
        probe = new HttpsProbe(root, edge.getPort());
    }

    /** Connects and sends a request head; the caller goes on. */
    SSLSocket open(String requestHead) throws IOException {
        SSLSocket socket = probe.connect(LoopbackSystem.HOST);
        socket.getOutputStream().write(requestHead.getBytes(ISO_8859_1));
        socket.getOutputStream().flush();
        return socket;
    }

    static String head(String method, String path, String... lines) {
        StringBuilder head =
                new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: " + LoopbackSystem.HOST + "\r\n");
        for (String line : lines) {
            head.append(line).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    /** Reads up to and with the empty line. */
    static String readHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int octet = in.read();
            if (octet < 0) {
                return head.toString(ISO_8859_1);
            }
            head.write(octet);
        }
        return head.toString(ISO_8859_1);
    }

    /** One request without a body on a connection of its own, the whole answer as text. */
    String get(String path) throws IOException {
        try (SSLSocket socket = open(head("GET", path, "Connection: close"))) {
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }
}
