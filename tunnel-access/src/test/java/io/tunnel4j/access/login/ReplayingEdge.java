package io.tunnel4j.access.login;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.tunnel4j.access.testing.AccessVectors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.security.interfaces.XECPublicKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import software.pando.crypto.nacl.CryptoBox;

/**
 * The recorded server side of a transcript: all its hosts behind one CONNECT proxy on loopback, with real TLS. Requests must come in the
 * recorded order; what differs is remembered and answered with 599. Sealed answers are sealed anew, to the key that asks.
 */
final class ReplayingEdge implements AutoCloseable {
    private static final List<String> HOSTS = List.of(
            "app.example.test",
            "app2.example.test",
            "deny.example.test",
            "auth.example.test",
            "a.wild.example.test",
            "b.wild.example.test",
            "team.cloudflareaccess.com",
            "login.cloudflareaccess.org",
            "login.fed.cloudflareaccess.org");
    private static final Set<String> INCIDENTAL = Set.of("accept-encoding", "connection", "content-length");

    final List<String> differences = Collections.synchronizedList(new ArrayList<>());
    final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final Deque<JsonObject> expected = new ArrayDeque<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final String sealed;
    private final X509Bundle certificate;
    private final SSLContext tls;
    private final ServerSocket server;

    /** Replays the exchanges that {@code kept} lets through; {@code sealed} is what transfers hold. */
    ReplayingEdge(JsonObject transcript, Predicate<String> kept, String sealed) throws Exception {
        this.sealed = sealed;
        for (JsonElement element : transcript.getAsJsonArray("exchanges")) {
            JsonObject exchange = element.getAsJsonObject();
            boolean login = exchange.has("request")
                    && !exchange.get("websocket").getAsBoolean()
                    && !exchange.get("request").getAsString().contains("User-Agent: mock-browser")
                    && !exchange.get("request").getAsString().contains("Accept: */*");
            if (login && kept.test(exchange.get("request").getAsString())) {
                expected.add(exchange);
            }
        }
        CertificateBuilder builder = new CertificateBuilder().subject("CN=edge").setIsCertificateAuthority(true);
        HOSTS.forEach(builder::addSanDnsName);
        certificate = builder.buildSelfSigned();
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(certificate.toKeyStore("secret".toCharArray()), "secret".toCharArray());
        tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), null, null);
        server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    /** Returns how the recorded client called itself. */
    String userAgent() {
        return normalised(expected.element().get("request").getAsString()).get("user-agent");
    }

    X509Certificate authority() {
        return certificate.getCertificate();
    }

    int port() {
        return server.getLocalPort();
    }

    /** Returns the request lines that have not come. */
    synchronized List<String> missing() {
        return expected.stream().map(e -> line(e.get("request").getAsString())).toList();
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "replaying-edge");
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
                differences.add("not through the proxy: " + line(connect));
                return;
            }
            String host = connect.split(" ")[1].split(":")[0];
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(ISO_8859_1));
            try (SSLSocket secure = (SSLSocket) tls.getSocketFactory().createSocket(socket, host, 443, true)) {
                secure.setUseClientMode(false);
                InputStream in = secure.getInputStream();
                String head = head(in);
                String request = head + new String(in.readNBytes(contentLength(head)), UTF_8);
                String response = answer(request);
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

    private synchronized String answer(String request) {
        requests.add(line(request));
        JsonObject next = expected.peek();
        String wanted = next == null ? "" : next.get("request").getAsString();
        if (line(request).startsWith("GET /cdn-cgi/access/certs ")
                && !line(wanted).equals(line(request))) {
            String keys = AccessVectors.text("jwks.json");
            return "HTTP/1.1 200 OK\r\nContent-Length: " + keys.length() + "\r\n\r\n" + keys;
        }
        if (next == null && request.startsWith("GET /transfer/")) {
            return seal(request);
        }
        Map<String, String> actual = normalised(request);
        Map<String, String> recorded = normalised(wanted);
        if (!recorded.containsKey("cf-access-metadata-request")
                && recorded.get("user-agent").contains("2026.7")) {
            actual.remove("cf-access-metadata-request");
        }
        if (!actual.equals(recorded)) {
            differences.add("recorded " + recorded + "\nbut was  " + actual);
            return "HTTP/1.1 599 Different\r\nContent-Length: 0\r\n\r\n";
        }
        expected.poll();
        if (next.get("response").isJsonNull()) {
            return null;
        }
        String response = next.get("response").getAsString();
        return response.contains("service-public-key:") ? seal(request) : response;
    }

    private static Map<String, String> normalised(String request) {
        Map<String, String> fields = new TreeMap<>();
        String[] parts = request.split("\r\n\r\n", 2);
        String[] lines = parts[0].split("\r\n");
        fields.put("", lines[0].replaceAll("/transfer/[A-Za-z0-9_=-]{44} ", "/transfer/KEY "));
        for (int i = 1; i < lines.length; i++) {
            String[] field = lines[i].split(": ", 2);
            String name = field[0].toLowerCase(Locale.ROOT);
            if (!INCIDENTAL.contains(name)) {
                fields.put(name, field[1].startsWith("Go-http-client") ? "cloudflared/2026.8.2" : field[1]);
            }
        }
        fields.put(
                "body",
                parts.length < 2 ? "" : parts[1].replaceAll("\"ecdsa-sha2-nistp256 [A-Za-z0-9+/=]{140}\\\\n\"", "KEY"));
        fields.putIfAbsent("user-agent", "");
        return fields;
    }

    private String seal(String request) {
        KeyPair service = CryptoBox.keyPair();
        byte[] recipient = Base64.getUrlDecoder().decode(request.split("[/ ]")[3]);
        try (CryptoBox box =
                CryptoBox.encrypt(service.getPrivate(), CryptoBox.publicKey(recipient), sealed.getBytes(UTF_8))) {
            byte[] cipher = box.getCiphertextWithTag();
            byte[] envelope = ByteBuffer.allocate(24 + cipher.length)
                    .put(box.getNonce())
                    .put(cipher)
                    .array();
            String body = Base64.getEncoder().encodeToString(envelope);
            String key =
                    Base64.getUrlEncoder().encodeToString(littleEndian(((XECPublicKey) service.getPublic()).getU()));
            return "HTTP/1.1 200 OK\r\nservice-public-key: " + key + "\r\nContent-Length: " + body.length() + "\r\n\r\n"
                    + body;
        }
    }

    private static byte[] littleEndian(BigInteger u) {
        byte[] out = new byte[32];
        byte[] in = u.toByteArray();
        for (int i = 0; i < Math.min(32, in.length); i++) {
            out[i] = in[in.length - 1 - i];
        }
        return out;
    }

    private static String line(String request) {
        return request.split("\r\n", 2)[0];
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
