package io.tunnel4j.access.relay;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.wire.WebSocketDecoder;
import io.tunnel4j.wire.WebSocketFrames;
import io.tunnel4j.wire.WireException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The far half of a connection: a byte stream to the application, spoken as WebSocket messages over a {@link Carrier}.
 *
 * <pre>
 * OPEN ──endOutput──► HALF_CLOSED (close frame sent, still reading) ──┐
 *   └── close frame, end or failure from the edge; abort ─────────────┴──► ENDED
 * </pre>
 *
 * <p>The edge may end its side with a close frame, or by ending its TLS session or HTTP/2 stream between two messages; both are an orderly end. Anything
 * else is a failure. Idle streams ping, so that address translators on the way keep them. Confined to its event loop.
 */
public final class WebSocketStream {
    /** What arrives on the stream. */
    public interface Listener {
        /**
         * Bytes arrived.
         *
         * @param data the receiver releases it
         */
        void data(ByteBuf data);

        /** The current batch of reads is over: the moment to flush. */
        void readComplete();

        /** {@link WebSocketStream#isWritable()} changed. */
        void writabilityChanged();

        /**
         * The stream is over in both directions. Called once, nothing after it; not called after {@link WebSocketStream#abort}.
         *
         * @param cause null for an orderly end
         */
        void ended(@Nullable TunnelException cause);
    }

    private enum State {
        OPEN,
        HALF_CLOSED,
        ENDED
    }

    private final Carrier carrier;
    private final StreamTimes times;
    private final String application;
    private final Consumer<WebSocketStream> atEnd;
    private final FrameWriter writer;
    private final WebSocketDecoder decoder;

    private State state = State.OPEN;
    private @Nullable Listener listener;
    private @Nullable TunnelException endedEarly;
    private @Nullable ScheduledFuture<?> timer;
    private long lastReadNanos;
    private long lastWriteNanos;
    private boolean answersPings;
    private boolean pingPending;

    WebSocketStream(
            Carrier carrier, String application, Masks masks, StreamTimes times, Consumer<WebSocketStream> atEnd) {
        this.carrier = carrier;
        this.application = application;
        this.times = times;
        this.atEnd = atEnd;
        this.writer = new FrameWriter(ByteBufAllocator.DEFAULT, masks, carrier::write);
        this.decoder = new WebSocketDecoder(false, new Frames());
    }

    /**
     * Returns the event loop.
     *
     * @return the loop that all calls are confined to
     */
    public EventLoop eventLoop() {
        return carrier.eventLoop();
    }

    /**
     * Starts reading.
     *
     * @param receiver hears what arrives
     */
    public void start(Listener receiver) {
        assert eventLoop().inEventLoop();
        listener = requireNonNull(receiver, "receiver");
        if (state == State.ENDED) {
            receiver.ended(endedEarly);
            return;
        }
        lastReadNanos = lastWriteNanos = now();
        schedule(times.pingIntervalNanos());
        carrier.start(new Bytes());
    }

    /**
     * Sends bytes; dropped when the output has ended.
     *
     * @param data consumed
     */
    public void write(ByteBuf data) {
        if (state != State.OPEN) {
            data.release();
            return;
        }
        lastWriteNanos = now();
        writer.data(data);
    }

    /** Puts what was written on the wire. */
    public void flush() {
        if (state != State.ENDED) {
            carrier.flush();
        }
    }

    /**
     * Tells whether more may be written within bounds.
     *
     * @return false while the edge is slower than the writer
     */
    public boolean isWritable() {
        return carrier.isWritable();
    }

    /**
     * Stops or resumes reading.
     *
     * @param on false while the local side is slower than the edge
     */
    public void autoRead(boolean on) {
        if (state != State.ENDED) {
            carrier.autoRead(on);
        }
    }

    /** Ends this side with a close frame; what the edge still sends is read until it ends or nothing came for the grace time. */
    public void endOutput() {
        assert eventLoop().inEventLoop();
        if (state == State.OPEN) {
            state = State.HALF_CLOSED;
            writer.close(WebSocketFrames.NORMAL_CLOSURE);
            carrier.flush();
            lastReadNanos = now();
            schedule(times.graceNanos());
        }
    }

    /** Ends both sides at once. The listener hears nothing more. */
    public void abort() {
        assert eventLoop().inEventLoop();
        if (state != State.ENDED) {
            over();
            carrier.abort();
        }
    }

    private void over() {
        state = State.ENDED;
        cancelTimer();
        atEnd.accept(this);
    }

    private void finish(@Nullable TunnelException cause) {
        if (state != State.ENDED) {
            over();
            carrier.finish();
            requireNonNull(listener, "listener").ended(cause);
        }
    }

    private void fail(TunnelException cause) {
        if (state != State.ENDED) {
            over();
            carrier.abort();
            if (listener == null) {
                endedEarly = cause;
            } else {
                listener.ended(cause);
            }
        }
    }

    /** Ends both sides because the client ends; the listener hears of it. */
    void terminate() {
        fail(new TunnelException(TunnelErrorCode.TERMINATED, application + ": the client is closed"));
    }

    private TunnelException broken(String what) {
        return broken(what, null);
    }

    private TunnelException broken(String what, @Nullable Throwable cause) {
        return new TunnelException(TunnelErrorCode.EDGE_UNREACHABLE, application + ": " + what, cause);
    }

    // --- Time ---

    private void tick() {
        timer = null;
        long silent = now() - lastReadNanos;
        if (state == State.HALF_CLOSED) {
            if (silent >= times.graceNanos()) {
                fail(broken("nothing came for " + TimeUnit.NANOSECONDS.toSeconds(times.graceNanos())
                        + " s after the local side had ended"));
            } else {
                schedule(times.graceNanos() - silent);
            }
            return;
        }
        if (pingPending && answersPings && silent >= times.pingIntervalNanos()) {
            fail(broken("the edge answers no pings any more"));
            return;
        }
        long idle = Math.min(silent, now() - lastWriteNanos);
        if (idle >= times.pingIntervalNanos()) {
            pingPending = true;
            lastWriteNanos = now();
            writer.ping();
            carrier.flush();
            idle = 0;
        }
        schedule(times.pingIntervalNanos() - idle);
    }

    private void schedule(long nanos) {
        cancelTimer();
        timer = eventLoop().schedule(this::tick, nanos, TimeUnit.NANOSECONDS);
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private long now() {
        return eventLoop().ticker().nanoTime();
    }

    /** What the carrier reports. */
    private final class Bytes implements Carrier.Receiver {
        @Override
        public void bytes(ByteBuf bytes) {
            lastReadNanos = now();
            pingPending = false;
            if (state == State.ENDED) {
                bytes.release();
                return;
            }
            try {
                decoder.decode(bytes);
            } catch (WireException e) {
                malformed(e);
            }
        }

        @Override
        public void readComplete() {
            if (state != State.ENDED) {
                requireNonNull(listener, "listener").readComplete();
            }
        }

        @Override
        public void writabilityChanged() {
            if (state != State.ENDED) {
                requireNonNull(listener, "listener").writabilityChanged();
            }
        }

        @Override
        public void ended(boolean orderly, @Nullable Throwable cause) {
            if (orderly && decoder.isBetweenMessages()) {
                finish(null);
            } else {
                fail(broken("the connection to the edge broke", cause));
            }
        }
    }

    private void malformed(WireException cause) {
        if (state == State.OPEN) {
            writer.close(WebSocketFrames.PROTOCOL_ERROR);
        }
        finish(new TunnelException(TunnelErrorCode.EDGE_PROTOCOL, application + ": " + cause.getMessage(), cause));
    }

    /** What the frames say. */
    private final class Frames implements WebSocketDecoder.Sink {
        @Override
        public void data(int opcode, ByteBuf payload, boolean endOfMessage) {
            // Text is taken for bytes, as the reference does.
            if (state == State.ENDED || !payload.isReadable()) {
                payload.release();
            } else {
                requireNonNull(listener, "listener").data(payload);
            }
        }

        @Override
        public void ping(byte[] payload) {
            // A peer that pings without reading gets no answers rather than our memory.
            if (state == State.OPEN && carrier.isWritable()) {
                lastWriteNanos = now();
                writer.pong(payload);
                carrier.flush();
            }
        }

        @Override
        public void pong(byte[] payload) {
            answersPings = true;
        }

        @Override
        public void close(int code, byte[] reason) {
            if (state == State.OPEN) {
                writer.close(code);
            }
            boolean orderly = code == WebSocketFrames.NORMAL_CLOSURE
                    || code == WebSocketFrames.GOING_AWAY
                    || code == WebSocketFrames.NO_STATUS;
            finish(orderly ? null : broken("the edge closed the connection with code " + code));
        }
    }
}
