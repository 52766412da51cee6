package io.tunnel4j.access.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A stream of a shared HTTP/2 connection, opened by extended CONNECT (RFC 8441). While reading is off it gives no credit back, so that at most the stream's
 * window is held.
 */
final class Http2Carrier implements Carrier, StreamListener {
    private static final int FINISH_SECONDS = 5;

    private final EventLoop loop;
    private final Promise<UpgradeAnswer> answer;
    private final ArrayDeque<ByteBuf> early = new ArrayDeque<>();
    private @Nullable MuxStream stream;
    private @Nullable Receiver receiver;
    private boolean reading = true;
    private int owed;
    private boolean ended;
    private boolean orderly;
    private @Nullable Throwable failure;

    private Http2Carrier(EventLoop loop) {
        this.loop = loop;
        answer = loop.newPromise();
    }

    /**
     * Opens a stream and waits for the answer.
     *
     * @param connection whose peer takes extended CONNECT
     * @param head the request
     * @param timeoutNanos how long the answer may take
     * @return the answer; fails with {@link ConnectionException} if no stream can be opened, else with {@link TunnelException} or a time-out
     */
    static Future<UpgradeAnswer> open(MuxConnection connection, DefaultHttp2Headers head, long timeoutNanos) {
        assert connection.eventLoop().inEventLoop();
        Http2Carrier carrier = new Http2Carrier(connection.eventLoop());
        try {
            MuxStream opened = connection.open(head, false, carrier);
            carrier.stream = opened;
            opened.flush();
        } catch (ConnectionException e) {
            return carrier.answer.setFailure(e);
        }
        ScheduledFuture<?> deadline = carrier.loop.schedule(
                () -> carrier.answer.tryFailure(ReadTimeoutException.INSTANCE), timeoutNanos, TimeUnit.NANOSECONDS);
        carrier.answer.addListener(f -> {
            deadline.cancel(false);
            if (!f.isSuccess() || carrier.answer.getNow().carrier() == null) {
                carrier.stream().reset(Http2Error.CANCEL.code());
            }
        });
        return carrier.answer;
    }

    // --- Carrier ---

    @Override
    public EventLoop eventLoop() {
        return loop;
    }

    @Override
    public void start(Receiver hears) {
        receiver = hears;
        while (!early.isEmpty()) {
            deliver(early.remove());
        }
        hears.readComplete();
        if (ended) {
            hears.ended(orderly, failure);
        }
    }

    @Override
    public void write(ByteBuf bytes) {
        stream().writeData(bytes, false);
    }

    @Override
    public void flush() {
        stream().flush();
    }

    @Override
    public boolean isWritable() {
        return stream().isWritable();
    }

    @Override
    public void autoRead(boolean on) {
        reading = on;
        if (on && owed > 0) {
            int bytes = owed;
            owed = 0;
            stream().consume(bytes);
            stream().flush();
        }
    }

    @Override
    public void finish() {
        autoRead(true);
        stream().writeData(Unpooled.EMPTY_BUFFER, true);
        stream().flush();
        if (stream().isRemoteOpen()) {
            loop.schedule(() -> stream().reset(Http2Error.CANCEL.code()), FINISH_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public void abort() {
        stream().reset(Http2Error.CANCEL.code());
    }

    // --- StreamListener ---

    @Override
    public void head(MuxStream from, Http2Headers head, boolean endOfStream) {
        int status = statusOf(head);
        if (status >= 100 && status < 200) {
            return;
        }
        if (status == 200 && !endOfStream) {
            answer.trySuccess(new UpgradeAnswer(101, null, this));
            return;
        }
        ended = true;
        if (status < 200) {
            answer.tryFailure(new TunnelException(TunnelErrorCode.EDGE_PROTOCOL, "an HTTP/2 answer without a status"));
        } else {
            CharSequence location = head.get("location");
            answer.trySuccess(new UpgradeAnswer(status, location == null ? null : location.toString(), null));
        }
    }

    private static int statusOf(Http2Headers head) {
        CharSequence status = head.status();
        try {
            return status == null ? 0 : Integer.parseInt(status, 0, status.length(), 10);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    @Override
    public void data(MuxStream from, ByteBuf data, boolean endOfStream) {
        if (ended || !answer.isSuccess()) {
            from.consume(data.readableBytes());
            data.release();
        } else if (receiver == null) {
            early.add(data);
        } else {
            deliver(data);
        }
        if (endOfStream) {
            end(true);
        }
    }

    private void deliver(ByteBuf data) {
        int bytes = data.readableBytes();
        receiver().bytes(data);
        if (reading) {
            stream().consume(bytes);
        } else {
            owed += bytes;
        }
    }

    @Override
    public void trailers(MuxStream from, Http2Headers trailers) {
        end(true);
    }

    @Override
    public void reset(MuxStream from, StreamException cause) {
        if (!answer.tryFailure(new TunnelException(
                TunnelErrorCode.EDGE_UNREACHABLE, "the edge reset the stream before an answer", cause))) {
            failure = cause;
            end(false);
        }
    }

    @Override
    public void writabilityChanged(MuxStream from) {
        if (receiver != null) {
            receiver.writabilityChanged();
        }
    }

    @Override
    public void readComplete(MuxStream from) {
        if (receiver != null) {
            receiver.readComplete();
            from.flush();
        }
    }

    @Override
    public void closed(MuxStream from) {
        if (receiver == null) {
            early.forEach(ByteBuf::release);
            early.clear();
        }
        answer.tryFailure(new TunnelException(TunnelErrorCode.EDGE_UNREACHABLE, "the stream ended without an answer"));
        end(false);
    }

    private void end(boolean inOrder) {
        if (!ended) {
            ended = true;
            orderly = inOrder;
            if (receiver != null) {
                receiver.ended(inOrder, failure);
            }
        }
    }

    private MuxStream stream() {
        if (stream == null) {
            throw new IllegalStateException("the stream is not open yet");
        }
        return stream;
    }

    private Receiver receiver() {
        if (receiver == null) {
            throw new IllegalStateException("nobody reads yet");
        }
        return receiver;
    }
}
