package io.tunnel4j.origin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An origin on a raw socket: each accepted connection runs the script, on a thread of its own. */
public final class ScriptedOrigin implements AutoCloseable {
    private final ServerSocket listener;
    private final Script script;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    private volatile int accepted;

    public ScriptedOrigin(Script script) throws IOException {
        this(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), script);
    }

    public ScriptedOrigin(ServerSocket listener, Script script) {
        this.listener = listener;
        this.script = script;
        Thread acceptor = new Thread(this::accept, "scripted-origin");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    /** A port that nobody else gets and that refuses connections, as long as the socket is open. */
    public static Socket refusing() throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return socket;
    }

    /** What the origin does with a connection; closing follows. */
    @FunctionalInterface
    public interface Script {
        void run(Connection connection) throws Exception;
    }

    public int port() {
        return listener.getLocalPort();
    }

    public int accepted() {
        return accepted;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // written by the acceptor only
    private void accept() {
        while (true) {
            Socket socket;
            try {
                socket = listener.accept();
            } catch (IOException e) {
                return;
            }
            accepted++;
            int number = accepted;
            sockets.add(socket);
            Thread thread = new Thread(
                    () -> {
                        try (socket) {
                            script.run(new Connection(socket, number));
                        } catch (Exception | AssertionError e) {
                            failures.add(e);
                        }
                    },
                    "scripted-origin-" + number);
            thread.setDaemon(true);
            thread.start();
        }
    }

    @Override
    public void close() throws Exception {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** One connection, read and written byte by byte. */
    public static final class Connection {
        private final Socket socket;
        private final int number;
        private final InputStream in;
        private final OutputStream out;

        Connection(Socket socket, int number) throws IOException {
            this.socket = socket;
            this.number = number;
            this.in = socket.getInputStream();
            this.out = socket.getOutputStream();
        }

        /** 1 for the first connection accepted. */
        public int number() {
            return number;
        }

        public Socket socket() {
            return socket;
        }

        /** Reads a head with its empty line; "" at the end of the stream. */
        public String readHead() throws IOException {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            int last4 = 0;
            while (last4 != 0x0d0a0d0a) {
                int b = in.read();
                if (b < 0) {
                    return head.toString(ISO_8859_1);
                }
                head.write(b);
                last4 = last4 << 8 | b;
            }
            return head.toString(ISO_8859_1);
        }

        public String read(int bytes) throws IOException {
            return new String(in.readNBytes(bytes), ISO_8859_1);
        }

        /** Reads up to and including the text. */
        public String readUntil(String end) throws IOException {
            StringBuilder text = new StringBuilder();
            while (text.indexOf(end) < 0) {
                int b = in.read();
                if (b < 0) {
                    return text.toString();
                }
                text.append((char) b);
            }
            return text.toString();
        }

        public int readByte() throws IOException {
            return in.read();
        }

        public InputStream in() {
            return in;
        }

        public OutputStream out() {
            return out;
        }

        public void write(String text) throws IOException {
            out.write(text.getBytes(ISO_8859_1));
            out.flush();
        }

        /** Waits until the connector closes. */
        public void awaitClose() throws IOException {
            socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(10));
            while (in.read() >= 0) {
                // What still comes is of no interest.
            }
        }

        /** Ends the connection with a reset instead of an orderly close. */
        public void abort() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }
}
