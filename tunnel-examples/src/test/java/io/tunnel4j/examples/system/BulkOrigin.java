package io.tunnel4j.examples.system;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * An HTTP origin for large bodies: GET /N sends N bytes, POST answers with the body's digest. As a TCP origin (first line {@code DOWN N} or {@code UP N}) it does the same
 * without HTTP. One thread per connection.
 */
final class BulkOrigin implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    /** Digests of what was sent. */
    final BlockingQueue<String> sent = new LinkedBlockingQueue<>();

    BulkOrigin() throws IOException {
        daemon(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "bulk-origin");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket connection = server.accept();
                daemon(() -> serve(connection));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            InputStream in = new BufferedInputStream(connection.getInputStream(), 1 << 16);
            String first = readLine(in);
            if (first.startsWith("GET ")) {
                skipHead(in);
                long bytes = Long.parseLong(first.split(" ")[1].substring(1));
                write(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + bytes + "\r\n\r\n");
                sent.add(new Pattern64(1).writeTo(connection.getOutputStream(), bytes));
            } else if (first.startsWith("POST ")) {
                long length = skipHead(in);
                String digest = Pattern64.digestOf(in, length);
                write(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 64\r\n\r\n" + digest);
            } else if (first.startsWith("DOWN ")) {
                sent.add(new Pattern64(2).writeTo(connection.getOutputStream(), Long.parseLong(first.substring(5))));
            } else {
                write(connection, Pattern64.digestOf(in, Long.parseLong(first.substring(3))) + "\n");
            }
        } catch (IOException e) {
            sent.add(e.toString());
        }
    }

    private static void write(Socket connection, String text) throws IOException {
        connection.getOutputStream().write(text.getBytes(US_ASCII));
        connection.getOutputStream().flush();
    }

    static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int octet = in.read(); octet >= 0 && octet != '\n'; octet = in.read()) {
            line.append((char) octet);
        }
        return line.toString().strip();
    }

    /** Returns the Content-Length, or -1. */
    private static long skipHead(InputStream in) throws IOException {
        long length = -1;
        for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
                length = Long.parseLong(line.substring(15).strip());
            }
        }
        return length;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
