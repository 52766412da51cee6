package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.edge.registry.ConnectorConnection;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.Initiator;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A tunnel stream whose connection lives on another event loop than its user.
 *
 * <p>As a {@link MuxStream} and towards its listener confined to the user's event loop ("home"); as a {@link StreamListener} to the connection's ("far"). Every
 * call crosses as one task, so order is kept. What is under way is bounded: outbound by {@link #MAX_UNDER_WAY_BYTES}, after which the stream is not writable;
 * inbound by the stream's window, since credit is given at home.
 */
final class CrossLoopStream implements MuxStream, StreamListener {
    /** Outbound octets between the loops above which the stream is not writable; writable again below half of it. */
    static final int MAX_UNDER_WAY_BYTES = 256 << 10;

    /** Credit is carried over in pieces of this size. */
    private static final int CREDIT_BYTES = 32 << 10;

    private final ConnectorConnection connection;
    private final EventLoop home;
    private final EventLoop far;
    private final StreamListener listener;
    private final AtomicInteger underWay = new AtomicInteger();

    // Confined to home.
    private boolean localOpen;
    private boolean remoteOpen = true;
    private boolean closed;
    private boolean farWritable = true;
    private int credit;

    // Confined to far.
    private @Nullable MuxStream stream;

    private CrossLoopStream(
            ConnectorConnection connection, boolean endOfStream, StreamListener listener, EventLoop home) {
        this.connection = connection;
        this.home = home;
        this.far = connection.eventLoop();
        this.listener = listener;
        this.localOpen = !endOfStream;
    }

    /** Opens a stream. A failure is told as a reset with REFUSED_STREAM. */
    static MuxStream open(
            ConnectorConnection connection,
            Http2Headers head,
            boolean endOfStream,
            StreamListener listener,
            EventLoop home)
            throws ConnectionException {
        CrossLoopStream opened = new CrossLoopStream(connection, endOfStream, listener, home);
        try {
            opened.far.execute(() -> opened.openFar(head, endOfStream));
        } catch (RejectedExecutionException e) {
            throw new ConnectionException(Http2Error.REFUSED_STREAM.code(), Initiator.LOCAL, "loop has ended", e);
        }
        return opened;
    }

    private void openFar(Http2Headers head, boolean endOfStream) {
        try {
            stream = connection.open(head, endOfStream, this);
        } catch (ConnectionException e) {
            toHome(() -> ended(new StreamException(
                    Http2Error.REFUSED_STREAM.code(), Initiator.LOCAL, String.valueOf(e.getMessage()))));
        }
    }

    private void toFar(Runnable task) {
        try {
            far.execute(task);
        } catch (RejectedExecutionException e) {
            // The loop has ended, and with it the connection and every stream.
            ended(new StreamException(Http2Error.CANCEL.code(), Initiator.LOCAL, "loop has ended"));
        }
    }

    private boolean toHome(Runnable task) {
        try {
            home.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    // --- Home ---

    @Override
    public int id() {
        return 0;
    }

    @Override
    public MuxConnection connection() {
        return connection.mux();
    }

    @Override
    public EventLoop eventLoop() {
        return home;
    }

    @Override
    public void writeHead(Http2Headers head, boolean endOfStream) {
        throw new IllegalStateException("a request has one head, given when the stream is opened");
    }

    @Override
    public void writeData(ByteBuf data, boolean endOfStream) {
        assert home.inEventLoop();
        if (!localOpen) {
            data.release();
            return;
        }
        localOpen = !endOfStream;
        int bytes = data.readableBytes();
        underWay.addAndGet(bytes);
        try {
            far.execute(() -> writeFar(data, bytes, endOfStream));
        } catch (RejectedExecutionException e) {
            data.release();
            ended(new StreamException(Http2Error.CANCEL.code(), Initiator.LOCAL, "loop has ended"));
        }
    }

    private void writeFar(ByteBuf data, int bytes, boolean endOfStream) {
        MuxStream to = stream;
        if (to == null) {
            data.release();
        } else {
            to.writeData(data, endOfStream);
        }
        int left = underWay.addAndGet(-bytes);
        if (left < MAX_UNDER_WAY_BYTES / 2 && left + bytes >= MAX_UNDER_WAY_BYTES / 2) {
            toHome(this::tellWritability);
        }
    }

    private void tellWritability() {
        if (!closed) {
            listener.writabilityChanged(this);
        }
    }

    @Override
    public void writeTrailers(Http2Headers trailers) {
        assert home.inEventLoop();
        if (localOpen) {
            localOpen = false;
            toFar(() -> {
                if (stream != null) {
                    stream.writeTrailers(trailers);
                }
            });
        }
    }

    @Override
    public void flush() {
        toFar(() -> {
            if (stream != null) {
                stream.flush();
            }
        });
    }

    @Override
    public boolean isWritable() {
        return farWritable && underWay.get() < MAX_UNDER_WAY_BYTES;
    }

    @Override
    public void consume(int bytes) {
        credit += bytes;
        if (credit >= CREDIT_BYTES && !closed) {
            int given = credit;
            credit = 0;
            toFar(() -> {
                if (stream != null) {
                    stream.consume(given);
                }
            });
        }
    }

    @Override
    public void reset(long errorCode) {
        assert home.inEventLoop();
        if (closed) {
            return;
        }
        close();
        toFar(() -> {
            if (stream != null) {
                stream.reset(errorCode);
            }
        });
        listener.closed(this);
    }

    @Override
    public void resetAfterWrites(long errorCode) {
        assert home.inEventLoop();
        localOpen = false;
        toFar(() -> {
            if (stream != null) {
                stream.resetAfterWrites(errorCode);
            }
        });
    }

    private void close() {
        closed = true;
        localOpen = false;
        remoteOpen = false;
    }

    private void ended(@Nullable StreamException cause) {
        if (closed) {
            return;
        }
        close();
        if (cause != null) {
            listener.reset(this, cause);
        }
        listener.closed(this);
    }

    @Override
    public boolean isLocalOpen() {
        return localOpen;
    }

    @Override
    public boolean isRemoteOpen() {
        return remoteOpen;
    }

    // --- Far ---

    @Override
    public void head(MuxStream from, Http2Headers head, boolean endOfStream) {
        toHome(() -> {
            if (!closed) {
                remoteOpen = !endOfStream;
                listener.head(this, head, endOfStream);
            }
        });
    }

    @Override
    public void data(MuxStream from, ByteBuf data, boolean endOfStream) {
        if (!toHome(() -> deliver(data, endOfStream))) {
            data.release();
        }
    }

    private void deliver(ByteBuf data, boolean endOfStream) {
        if (closed) {
            data.release();
        } else {
            remoteOpen = !endOfStream;
            listener.data(this, data, endOfStream);
        }
    }

    @Override
    public void trailers(MuxStream from, Http2Headers trailers) {
        toHome(() -> {
            if (!closed) {
                remoteOpen = false;
                listener.trailers(this, trailers);
            }
        });
    }

    @Override
    public void reset(MuxStream from, StreamException cause) {
        toHome(() -> ended(cause));
    }

    @Override
    public void writabilityChanged(MuxStream from) {
        boolean now = from.isWritable();
        toHome(() -> {
            farWritable = now;
            tellWritability();
        });
    }

    @Override
    public void readComplete(MuxStream from) {
        toHome(() -> {
            if (!closed) {
                listener.readComplete(this);
            }
        });
    }

    @Override
    public void closed(MuxStream from) {
        toHome(() -> ended(null));
    }
}
