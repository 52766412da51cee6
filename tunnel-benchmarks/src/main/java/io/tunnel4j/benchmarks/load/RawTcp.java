package io.tunnel4j.benchmarks.load;

import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;

/** What a TCP client does with {@link io.tunnel4j.benchmarks.process.SinkOrigin}, by a blocking socket. */
public final class RawTcp {
    private static final int PIECE_BYTES = 256 << 10;

    private RawTcp() {}

    /**
     * Downloads.
     *
     * @param port local port
     * @param bytes how many
     * @throws IOException when the connection fails
     */
    public static void down(int port, long bytes) throws IOException {
        try (Socket socket = open(port)) {
            head(socket, 'D', bytes);
            InputStream in = socket.getInputStream();
            byte[] piece = new byte[PIECE_BYTES];
            for (long left = bytes; left > 0; ) {
                int n = in.read(piece, 0, (int) Math.min(left, piece.length));
                if (n < 0) {
                    throw new EOFException(left + " bytes are missing");
                }
                left -= n;
            }
        }
    }

    /**
     * Uploads, and waits for the far end to have all of it.
     *
     * @param port local port
     * @param bytes how many
     * @throws IOException when the connection fails
     */
    public static void up(int port, long bytes) throws IOException {
        try (Socket socket = open(port)) {
            head(socket, 'U', bytes);
            byte[] piece = new byte[PIECE_BYTES];
            for (long left = bytes; left > 0; ) {
                int n = (int) Math.min(left, piece.length);
                socket.getOutputStream().write(piece, 0, n);
                left -= n;
            }
            if (socket.getInputStream().read() != 'K') {
                throw new EOFException("no answer to the upload");
            }
        }
    }

    /**
     * Opens a connection and waits for the echo of one byte.
     *
     * @param port local port
     * @return nanoseconds from connect to that byte
     * @throws IOException when the connection fails
     */
    public static long firstByteNanos(int port) throws IOException {
        long start = System.nanoTime();
        try (Socket socket = open(port)) {
            head(socket, 'E', 0);
            socket.getOutputStream().write(1);
            if (socket.getInputStream().read() != 1) {
                throw new EOFException("no echo");
            }
            return System.nanoTime() - start;
        }
    }

    /**
     * Measures round trips on one connection.
     *
     * @param port local port
     * @param trips how many
     * @return their durations
     * @throws IOException when the connection fails
     */
    public static LatencyHistogram roundTrips(int port, int trips) throws IOException {
        LatencyHistogram histogram = new LatencyHistogram();
        try (Socket socket = open(port)) {
            head(socket, 'E', 0);
            for (int i = 0; i < trips; i++) {
                long start = System.nanoTime();
                socket.getOutputStream().write(1);
                if (socket.getInputStream().read() != 1) {
                    throw new EOFException("no echo");
                }
                histogram.record(System.nanoTime() - start);
            }
        }
        return histogram;
    }

    private static Socket open(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static void head(Socket socket, char kind, long bytes) throws IOException {
        java.io.ByteArrayOutputStream head = new java.io.ByteArrayOutputStream(9);
        DataOutputStream out = new DataOutputStream(head);
        out.writeByte(kind);
        out.writeLong(bytes);
        socket.getOutputStream().write(head.toByteArray());
    }
}
