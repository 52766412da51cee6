package io.tunnel4j.registration;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.wire.TestMessages;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A stream without a connection: remembers what is written, is fed by the test, and its event loop's clock stands still. */
final class FakeStream implements MuxStream {
    /** Heads, flushes, end and reset, in order; messages as {@code message}. */
    final List<String> events = new ArrayList<>();

    /** Messages not yet looked at. */
    final List<byte[]> messages = new ArrayList<>();

    int consumed;
    boolean writable = true;

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private boolean localOpen = true;

    FakeStream() {
        channel.freezeTime();
    }

    void feed(StreamListener listener, byte[] message) {
        listener.data(this, Unpooled.copiedBuffer(message), false);
        channel.runPendingTasks();
    }

    void feedEnd(StreamListener listener) {
        listener.data(this, Unpooled.EMPTY_BUFFER, true);
        channel.runPendingTasks();
    }

    void feedHead(StreamListener listener, String status) {
        listener.head(this, new DefaultHttp2Headers().status(status), false);
    }

    void advance(Duration time) {
        channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    void runTasks() {
        channel.runPendingTasks();
    }

    /** The oldest message not yet looked at. */
    byte[] next() {
        return messages.isEmpty() ? new byte[0] : messages.remove(0);
    }

    @Override
    public void writeHead(Http2Headers head, boolean endOfStream) {
        events.add("head " + head.status());
    }

    @Override
    public void writeData(ByteBuf data, boolean endOfStream) {
        byte[] bytes = ByteBufUtil.getBytes(data);
        data.release();
        if (!localOpen) {
            return;
        }
        if (bytes.length > 0) {
            int segmentWords = Unpooled.wrappedBuffer(bytes).getIntLE(Integer.BYTES);
            if (bytes.length != Long.BYTES * (1 + segmentWords)) {
                throw new AssertionError("not one whole message of one segment per write");
            }
            messages.add(bytes);
            events.add("message");
        }
        if (endOfStream) {
            localOpen = false;
            events.add("end");
        }
    }

    @Override
    public void writeTrailers(Http2Headers trailers) {
        throw new AssertionError("trailers on a control stream");
    }

    @Override
    public void flush() {
        events.add("flush");
    }

    @Override
    public boolean isWritable() {
        return writable;
    }

    @Override
    public void consume(int bytes) {
        consumed += bytes;
    }

    @Override
    public void reset(long errorCode) {
        localOpen = false;
        events.add("reset " + errorCode);
    }

    @Override
    public void resetAfterWrites(long errorCode) {
        reset(errorCode);
    }

    @Override
    public boolean isLocalOpen() {
        return localOpen;
    }

    @Override
    public boolean isRemoteOpen() {
        return true;
    }

    @Override
    public int id() {
        return 1;
    }

    @Override
    public MuxConnection connection() {
        throw new AssertionError("nobody asks");
    }

    @Override
    public EventLoop eventLoop() {
        return channel.eventLoop();
    }

    static byte[] bytes(ByteBuf message) {
        return TestMessages.bytes(message);
    }
}
