package io.tunnel4j.edge;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** An HTTP/1.1 client that sends exactly the octets it is given and reads by the rules. */
final class RawHttp implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    private RawHttp(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(20_000);
        this.in = new java.io.BufferedInputStream(socket.getInputStream());
    }

    static RawHttp tls(InetSocketAddress address, X509Certificate ca, String host) throws Exception {
        return new RawHttp(tlsSocket(address, ca, host, "http/1.1"));
    }

    static RawHttp plain(InetSocketAddress address) throws IOException {
        return new RawHttp(new Socket(address.getAddress(), address.getPort()));
    }

    static SSLSocket tlsSocket(InetSocketAddress address, X509Certificate ca, String host, String protocol)
            throws Exception {
        return tlsOver(new Socket(address.getAddress(), address.getPort()), ca, host, protocol);
    }

    /** Without ALPN. */
    static SSLSocket tlsSocket(InetSocketAddress address, X509Certificate ca, String host) throws Exception {
        SSLSocket socket = (SSLSocket) context(ca)
                .getSocketFactory()
                .createSocket(new Socket(address.getAddress(), address.getPort()), host, address.getPort(), true);
        socket.startHandshake();
        return socket;
    }

    static SSLSocket tlsOver(Socket plain, X509Certificate ca, String host, String protocol) throws Exception {
        SSLSocket socket = (SSLSocket) context(ca).getSocketFactory().createSocket(plain, host, plain.getPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {protocol});
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    static RawHttp over(SSLSocket socket) throws IOException {
        return new RawHttp(socket);
    }

    static SSLContext context(X509Certificate ca) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry("ca", ca);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    RawHttp send(String octets) throws IOException {
        socket.getOutputStream().write(octets.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        return this;
    }

    RawHttp get(String path, String... fields) throws IOException {
        StringBuilder head = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: " + EdgeFixture.HOST + "\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        return send(head + "\r\n");
    }

    /** Reads a head. */
    Head head() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            lines.add(line);
        }
        if (lines.isEmpty()) {
            throw new EOFException("no head");
        }
        return new Head(Integer.parseInt(lines.get(0).split(" ", 3)[1]), lines);
    }

    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); ; b = in.read()) {
            if (b < 0) {
                throw new EOFException("end within a line: " + line);
            }
            if (b == '\n') {
                String text = line.toString(StandardCharsets.ISO_8859_1);
                if (!text.endsWith("\r")) {
                    throw new IOException("line end without CR: " + text);
                }
                return text.substring(0, text.length() - 1);
            }
            line.write(b);
        }
    }

    /** Reads a whole response to anything but HEAD. */
    Response response() throws IOException {
        Head head = head();
        while (head.status() == 100) {
            head = head();
        }
        return new Response(head, body(head));
    }

    byte[] body(Head head) throws IOException {
        if (head.status() == 204 || head.status() == 304) {
            return new byte[0];
        }
        if (head.field("transfer-encoding").isPresent()) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            while (true) {
                int size = Integer.parseInt(line(), 16);
                if (size == 0) {
                    for (String line = line(); !line.isEmpty(); line = line()) {
                        head.lines().add("trailer " + line);
                    }
                    return body.toByteArray();
                }
                body.write(exactly(size));
                if (!line().isEmpty()) {
                    throw new IOException("chunk without an end");
                }
            }
        }
        Optional<String> length = head.field("content-length");
        return length.isPresent() ? exactly(Integer.parseInt(length.get())) : in.readAllBytes();
    }

    byte[] exactly(int size) throws IOException {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException(bytes.length + " of " + size + " bytes");
        }
        return bytes;
    }

    /** True if the edge has ended the connection, in whatever way. */
    boolean isEnded() {
        try {
            return in.read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    record Head(int status, List<String> lines) {
        Optional<String> field(String name) {
            return fields(name).stream().findFirst();
        }

        List<String> fields(String name) {
            String prefix = name.toLowerCase(Locale.ROOT) + ":";
            return lines.stream()
                    .skip(1)
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                    .map(line -> line.substring(prefix.length()).strip())
                    .toList();
        }
    }

    record Response(Head head, byte[] body) {
        int status() {
            return head.status();
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }
}
