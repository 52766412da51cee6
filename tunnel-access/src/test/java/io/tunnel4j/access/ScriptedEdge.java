package io.tunnel4j.access;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * The edge's side of TLS, upgrade and WebSocket, played by a script: one blocking thread per connection. Its certificate is for app, db and open {@code .example.test}
 * and {@code localhost}.
 */
public final class ScriptedEdge implements Closeable {
    /** What the edge does on one connection. */
    @FunctionalInterface
    public interface Script {
        /** Plays; the connection is closed afterwards. */
        void play(Peer peer) throws Exception;
    }

    private static final X509Bundle CERTIFICATE = certificate();

    private final SSLServerSocket server;
    private final Script script;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final LinkedBlockingQueue<String> requests = new LinkedBlockingQueue<>();

    /** Starts on a free port of loopback. */
    public ScriptedEdge(Script script) {
        this.script = script;
        try {
            KeyStore keys = CERTIFICATE.toKeyStore("secret".toCharArray());
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(keys, "secret".toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(factory.getKeyManagers(), null, null);
            server = (SSLServerSocket)
                    context.getServerSocketFactory().createServerSocket(0, 256, InetAddress.getLoopbackAddress());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        thread("edge-accept", this::accept);
    }

    /** The certificate to trust. */
    public X509Certificate root() {
        return CERTIFICATE.getRootCertificate();
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
    }

    /** The next request head that arrived. */
    public String request() {
        try {
            String head = requests.poll(10, TimeUnit.SECONDS);
            if (head == null) {
                throw new AssertionError("no request within 10 s; failures: " + failures);
            }
            return head;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** How many request heads nobody has asked for yet. */
    public int waitingRequests() {
        return requests.size();
    }

    /** What scripts threw. */
    public List<Throwable> failures() {
        return failures;
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                SSLSocket socket = (SSLSocket) server.accept();
                open.add(socket);
                thread("edge-peer", () -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(SSLSocket socket) {
        try (socket) {
            Peer peer = new Peer(socket);
            requests.add(peer.head());
            script.play(peer);
        } catch (NothingAskedException e) {
            // Nothing to play.
        } catch (Throwable e) {
            failures.add(e);
        } finally {
            open.remove(socket);
        }
    }

    private static void thread(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static X509Bundle certificate() {
        try {
            return new CertificateBuilder()
                    .subject("CN=edge.example.test")
                    .addSanDnsName("app.example.test")
                    .addSanDnsName("db.example.test")
                    .addSanDnsName("open.example.test")
                    .addSanDnsName("svc.example.test")
                    .addSanDnsName("localhost")
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A connection that ended before a request. */
    private static final class NothingAskedException extends EOFException {
        private static final long serialVersionUID = 1L;
    }

    /** One frame as it was on the wire. */
    public record Frame(boolean fin, int opcode, boolean masked, byte[] payload) {
        /** The payload as text. */
        public String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        /** The code of a close frame. */
        public int code() {
            return payload.length < 2 ? 1005 : (payload[0] & 0xff) << 8 | payload[1] & 0xff;
        }
    }

    /** One client connection after its request head. */
    public static final class Peer {
        private final SSLSocket socket;
        private final DataInputStream in;
        private final OutputStream out;
        private final String head;

        Peer(SSLSocket socket) throws IOException {
            this.socket = socket;
            in = new DataInputStream(socket.getInputStream());
            out = socket.getOutputStream();
            head = readHead(in);
        }

        /** The request head. */
        public String head() {
            return head;
        }

        /** The TLS connection. */
        public SSLSocket socket() {
            return socket;
        }

        /** A field of the request, or null. */
        public @Nullable String field(String name) {
            String start = name.toLowerCase(Locale.ROOT) + ":";
            return head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(start))
                    .map(line -> line.substring(start.length()).strip())
                    .findFirst()
                    .orElse(null);
        }

        /** Sends bytes as they are. */
        public void send(byte... bytes) throws IOException {
            out.write(bytes);
            out.flush();
        }

        /** Sends an answer head; {@code \n} becomes CRLF. */
        public void answer(String text) throws IOException {
            send(text.replace("\r\n", "\n").replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        }

        /** Agrees to the upgrade. */
        public void upgrade() throws IOException {
            answer("HTTP/1.1 101 Switching Protocols\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Accept: "
                    + accept() + "\n\n");
        }

        /** What answers the request's key. */
        public String accept() {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-1")
                        .digest((field("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                                .getBytes(StandardCharsets.US_ASCII));
                return Base64.getEncoder().encodeToString(digest);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        /** Sends the login redirect. */
        public void redirectToLogin() throws IOException {
            answer("HTTP/1.1 302 Found\nLocation: https://team.example.test/cdn-cgi/access/login/app?kid=1\n"
                    + "Content-Length: 0\n\n");
        }

        /** Sends one frame. */
        public void frame(boolean fin, int opcode, byte... payload) throws IOException {
            ByteArrayOutputStream frame = new ByteArrayOutputStream();
            frame.write((fin ? 0x80 : 0) | opcode);
            if (payload.length < 126) {
                frame.write(payload.length);
            } else if (payload.length < 65_536) {
                frame.write(126);
                frame.write(payload.length >>> 8);
                frame.write(payload.length);
            } else {
                frame.write(127);
                for (int shift = 56; shift >= 0; shift -= 8) {
                    frame.write((int) ((long) payload.length >>> shift));
                }
            }
            frame.writeBytes(payload);
            send(frame.toByteArray());
        }

        /** Sends a whole binary message. */
        public void message(byte... payload) throws IOException {
            frame(true, 2, payload);
        }

        /** Sends a close frame. */
        public void close(int code, String reason) throws IOException {
            ByteArrayOutputStream payload = new ByteArrayOutputStream();
            payload.write(code >>> 8);
            payload.write(code);
            payload.writeBytes(reason.getBytes(StandardCharsets.UTF_8));
            frame(true, 8, payload.toByteArray());
        }

        /** Reads the next frame, unmasked; null at the end of the connection. */
        public @Nullable Frame read() throws IOException {
            int first = in.read();
            if (first < 0) {
                return null;
            }
            int second = in.readUnsignedByte();
            long length = second & 0x7f;
            if (length == 126) {
                length = in.readUnsignedShort();
            } else if (length == 127) {
                length = in.readLong();
            }
            byte[] key = new byte[4];
            boolean masked = (second & 0x80) != 0;
            if (masked) {
                in.readFully(key);
            }
            byte[] payload = in.readNBytes((int) length);
            if (payload.length < length) {
                throw new EOFException();
            }
            for (int i = 0; masked && i < payload.length; i++) {
                payload[i] ^= key[i & 3];
            }
            return new Frame((first & 0x80) != 0, first & 0x0f, masked, payload);
        }

        /** Sends every data message back until a close frame, which is answered. */
        public void echo() throws IOException {
            for (Frame frame = read(); frame != null; frame = read()) {
                switch (frame.opcode()) {
                    case 8 -> {
                        close(frame.code(), "");
                        return;
                    }
                    case 9 -> frame(true, 10, frame.payload());
                    case 10 -> {}
                    default -> message(frame.payload());
                }
            }
        }

        /** Plays the connector: copies to a TCP service of this machine and back until either ends. */
        public void relayTo(int port) throws IOException {
            try (Socket origin = new Socket(InetAddress.getLoopbackAddress(), port)) {
                thread("edge-origin", () -> {
                    byte[] buffer = new byte[8192];
                    try {
                        for (int n = origin.getInputStream().read(buffer);
                                n >= 0;
                                n = origin.getInputStream().read(buffer)) {
                            message(Arrays.copyOf(buffer, n));
                        }
                        close(1000, "");
                    } catch (IOException e) {
                        // The other direction has ended the connection.
                    }
                });
                for (Frame frame = read(); frame != null && frame.opcode() != 8; frame = read()) {
                    if (frame.opcode() <= 2) {
                        origin.getOutputStream().write(frame.payload());
                    }
                }
            }
        }

        private static String readHead(InputStream in) throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int c = in.read();
                if (c < 0 && head.isEmpty()) {
                    // Whoever only looked which protocols are spoken here.
                    throw new NothingAskedException();
                }
                if (c < 0) {
                    throw new EOFException("no whole head: " + head);
                }
                head.append((char) c);
            }
            return head.toString();
        }
    }
}
