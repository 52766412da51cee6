package io.tunnel4j.access;

import io.tunnel4j.access.relay.BlockingStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Copies a pair of blocking streams to an application and back: what a ProxyCommand does. The calling thread writes the output; a daemon thread reads
 * the input, and may stay in a read that nobody can interrupt. Not thread-safe.
 */
final class StreamPipe {
    private static final int BUFFER_BYTES = 64 << 10;

    private final BlockingStream stream;
    private final InputStream in;
    private final OutputStream out;

    StreamPipe(BlockingStream stream, InputStream in, OutputStream out) {
        this.stream = stream;
        this.in = in;
        this.out = out;
    }

    PipeEnd run() {
        Thread input = new Thread(this::copyInput, "tunnel-access-input");
        input.setDaemon(true);
        input.start();
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            while (true) {
                int n;
                try {
                    n = stream.read(buffer, 0, buffer.length, 0);
                } catch (IOException e) {
                    return PipeEnd.BROKEN;
                }
                if (n < 0) {
                    return PipeEnd.ORDERLY;
                }
                out.write(buffer, 0, n);
                if (stream.available() == 0) {
                    out.flush();
                }
            }
        } catch (IOException e) {
            return PipeEnd.OUTPUT_CLOSED;
        } finally {
            stream.close();
        }
    }

    private void copyInput() {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                stream.write(buffer, 0, n);
            }
            stream.shutdownOutput();
        } catch (IOException e) {
            // Either side is gone; the other thread says how it ended.
            stream.shutdownOutput();
        }
    }
}
