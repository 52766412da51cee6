package io.tunnel4j.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One large transfer on one stream, down or up. Confined to its connection's event loop. */
public final class BulkLoad implements StreamListener {
    private static final int PIECE_BYTES = 64 << 10;
    private static final ByteBuf PIECE = Unpooled.unreleasableBuffer(
            Unpooled.directBuffer(PIECE_BYTES).writeZero(PIECE_BYTES).asReadOnly());

    private final long upload;
    private final CompletableFuture<Long> done = new CompletableFuture<>();
    private long sent;
    private long received;
    private boolean ended;

    private BulkLoad(long upload) {
        this.upload = upload;
    }

    /**
     * Downloads.
     *
     * @param target over its first connection
     * @param path of what is downloaded
     * @return bytes received
     */
    public static long down(LoadConnections target, String path) {
        return run(target, RequestLoad.get("app.localhost", path), 0);
    }

    /**
     * Uploads zeros to {@code up.localhost}.
     *
     * @param target over its first connection
     * @param path that takes a POST
     * @param bytes how many
     * @return bytes sent
     */
    public static long up(LoadConnections target, String path, long bytes) {
        Http2Headers head = RequestLoad.get("up.localhost", path).method("POST").addLong("content-length", bytes);
        run(target, head, bytes);
        return bytes;
    }

    private static long run(LoadConnections target, Http2Headers head, long upload) {
        MuxConnection connection = target.connections().get(0);
        BulkLoad bulk = new BulkLoad(upload);
        connection.eventLoop().execute(() -> bulk.start(connection, head));
        try {
            return bulk.done.get(120, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(
                    "transfer failed: " + bulk.sent + " bytes sent, " + bulk.received + " received", e);
        }
    }

    private void start(MuxConnection connection, Http2Headers head) {
        try {
            MuxStream stream = connection.open(head, upload == 0, this);
            stream.flush();
            send(stream);
        } catch (ConnectionException e) {
            done.completeExceptionally(e);
        }
    }

    private void send(MuxStream stream) {
        while (sent < upload && stream.isWritable()) {
            int bytes = (int) Math.min(PIECE_BYTES, upload - sent);
            sent += bytes;
            stream.writeData(PIECE.retainedSlice(0, bytes), sent == upload);
        }
        stream.flush();
    }

    @Override
    public void writabilityChanged(MuxStream stream) {
        if (stream.isWritable()) {
            // Not from here: this is the middle of the codec's own write.
            stream.eventLoop().execute(() -> send(stream));
        }
    }

    @Override
    public void head(MuxStream stream, Http2Headers head, boolean endOfStream) {
        CharSequence status = head.status();
        if (status == null || !"200".contentEquals(status)) {
            done.completeExceptionally(new IllegalStateException("status " + status));
        } else if (endOfStream) {
            ended = true;
        }
    }

    @Override
    public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
        received += data.readableBytes();
        stream.consume(data.readableBytes());
        data.release();
        ended |= endOfStream;
    }

    @Override
    public void trailers(MuxStream stream, Http2Headers trailers) {
        ended = true;
    }

    @Override
    public void reset(MuxStream stream, StreamException cause) {
        done.completeExceptionally(cause);
    }

    @Override
    public void closed(MuxStream stream) {
        if (ended && sent == upload) {
            done.complete(received);
        } else {
            done.completeExceptionally(new IllegalStateException("the answer came before the end of the upload"));
        }
    }
}
