package io.tunnel4j.access.login;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** Any number of hosts behind one CONNECT proxy on loopback, with real TLS; a function makes answers of requests. */
final class LoopbackEdge implements AutoCloseable {
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final UnaryOperator<String> answers;
    private final X509Bundle certificate;
    private final SSLContext tls;
    private final ServerSocket server;

    /** Starts; {@code answers} gets each request as text and may block, and null leaves it unanswered. */
    LoopbackEdge(List<String> hosts, UnaryOperator<String> answers) throws Exception {
        this.answers = answers;
        CertificateBuilder builder = new CertificateBuilder().subject("CN=edge").setIsCertificateAuthority(true);
        hosts.forEach(builder::addSanDnsName);
        certificate = builder.buildSelfSigned();
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(certificate.toKeyStore("secret".toCharArray()), "secret".toCharArray());
        tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), null, null);
        server = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    X509Certificate authority() {
        return certificate.getCertificate();
    }

    String authorityPem() {
        return certificate.getCertificatePEM();
    }

    int port() {
        return server.getLocalPort();
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "loopback-edge");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                open.add(socket);
                start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            String connect = head(socket.getInputStream());
            if (!connect.startsWith("CONNECT ")) {
                throw new IOException("not through the proxy");
            }
            String host = connect.split(" ")[1].split(":")[0];
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(ISO_8859_1));
            try (SSLSocket secure = (SSLSocket) tls.getSocketFactory().createSocket(socket, host, 443, true)) {
                secure.setUseClientMode(false);
                InputStream in = secure.getInputStream();
                String head = head(in);
                String response = answers.apply(head + new String(in.readNBytes(contentLength(head)), UTF_8));
                if (response == null) {
                    in.read();
                    return;
                }
                secure.getOutputStream().write(response.getBytes(ISO_8859_1));
            }
        } catch (IOException clientGone) {
            // The test sees it from the other side.
        } finally {
            open.remove(socket);
        }
    }

    private static int contentLength(String head) {
        for (String field : head.split("\r\n")) {
            if (field.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                return Integer.parseInt(field.substring(15).strip());
            }
        }
        return 0;
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("ended");
            }
            head.write(b);
        }
        return head.toString(ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
