package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.transport.FailureText;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Bytes between a stream and a TCP connection to an origin. Confined to the event loop.
 *
 * <p>Bytes held: what came before the connection was there, at most the stream's window; then the water mark of the connection one way and the stream's queue limit the
 * other way. When the edge's side ends, the origin's output is still passed on for a while; when the origin's side ends, all ends.
 */
abstract class ByteRelay extends Exchange implements DialListener, ResumeQueue.Reader {
    private final LoopOrigins loop;
    private @Nullable Deque<ByteBuf> held = new ArrayDeque<>();
    private @Nullable Channel origin;
    private @Nullable Endpoint endpoint;
    private int owedCredit;
    private long dialStartNanos;
    private boolean inputEnded;
    private boolean wroteToStream;
    private boolean waitingToResume;
    private @Nullable Throwable failure;

    ByteRelay(LoopOrigins loop, OriginRequest request) {
        super(request);
        this.loop = loop;
    }

    LoopOrigins loop() {
        return loop;
    }

    /** Connects to the origin. */
    void dial(Endpoint to, OriginOptions options) {
        endpoint = to;
        dialStartNanos = System.nanoTime();
        OriginDialer.forTcp(loop, to, options).dial(null, this);
    }

    @Override
    public void dialled(Channel channel) {
        if (isStreamClosed()) {
            channel.close();
            return;
        }
        origin = channel;
        OriginReads.of(channel).readFor(stream());
        request().report().connected(System.nanoTime() - dialStartNanos);
        channel.pipeline().addLast("relay", new FromOrigin());
        connected(channel);
        Deque<ByteBuf> early = held;
        if (early != null) {
            held = null;
            for (ByteBuf payload : early) {
                channel.write(payload, channel.voidPromise());
            }
        }
        channel.flush();
        giveCredit();
        if (inputEnded) {
            HalfClose.start(channel, graceSeconds());
        }
        channel.config().setAutoRead(stream().isWritable());
    }

    @Override
    public void dialFailed(TunnelException cause) {
        if (!isStreamClosed()) {
            request().report().connectFailed();
        }
        fail(cause);
    }

    /** The connection is there: what the stream's peer is told, and what the origin is sent first. */
    abstract void connected(Channel channel);

    /** Decodes what came from the edge, handing payload to {@link #toOrigin}; consumes the buffer. */
    abstract void fromEdge(ByteBuf data);

    /** Encodes what came from the origin; consumes the buffer. */
    abstract void fromOrigin(ByteBuf data);

    /** The origin has ended its side in good order: the last that the edge is sent. */
    abstract void originEnded();

    /** How long the origin may go on after the edge's side has ended. */
    long graceSeconds() {
        return HalfClose.GRACE_SECONDS;
    }

    @Override
    protected final void requestData(ByteBuf data, boolean endOfStream) {
        owedCredit += data.readableBytes();
        if (inputEnded) {
            data.release();
            giveCreditNow();
        } else {
            fromEdge(data);
        }
        if (endOfStream) {
            inputEnded();
        }
    }

    @Override
    public void trailers(MuxStream from, Http2Headers trailers) {
        inputEnded();
    }

    /** Nothing more comes for the origin. */
    final void inputEnded() {
        if (inputEnded) {
            return;
        }
        inputEnded = true;
        Channel channel = origin;
        if (channel != null) {
            HalfClose.start(channel, graceSeconds());
        }
    }

    final boolean isInputEnded() {
        return inputEnded;
    }

    /** Passes payload on, or holds it until the connection is there; consumes the buffer. */
    final void toOrigin(ByteBuf payload) {
        Channel channel = origin;
        if (channel != null) {
            channel.write(payload, channel.voidPromise());
        } else if (held != null) {
            held.add(payload);
        } else {
            payload.release();
        }
    }

    @Override
    public void readComplete(MuxStream from) {
        Channel channel = origin;
        if (channel != null) {
            channel.flush();
            giveCredit();
        }
    }

    private void giveCredit() {
        Channel channel = origin;
        if (owedCredit > 0 && ((channel != null && channel.isWritable()) || inputEnded)) {
            int bytes = owedCredit;
            owedCredit = 0;
            stream().consume(bytes);
        }
    }

    /** Gives credit for bytes that go nowhere near the origin. */
    final void giveCreditNow() {
        int bytes = owedCredit;
        owedCredit = 0;
        stream().consume(bytes);
    }

    @Override
    public void writabilityChanged(MuxStream from) {
        if (stream().isWritable()) {
            loop.resumeQueue().resume(this);
            return;
        }
        Channel channel = origin;
        if (channel != null) {
            channel.config().setAutoRead(false);
        }
    }

    @Override
    public void resumeReading() {
        waitingToResume = false;
        Channel channel = origin;
        if (channel != null && stream().isWritable()) {
            channel.config().setAutoRead(true);
        }
    }

    @Override
    public boolean markWaiting() {
        boolean first = !waitingToResume;
        waitingToResume = true;
        return first;
    }

    @Override
    protected void abandoned() {
        Deque<ByteBuf> early = held;
        if (early != null) {
            held = null;
            early.forEach(ByteBuf::release);
        }
        Channel channel = origin;
        if (channel != null) {
            origin = null;
            if (!inputEnded && channel.isActive()) {
                // What broke off must not look complete.
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
            }
            channel.close();
        }
    }

    /** The origin's side of the relay. */
    private final class FromOrigin extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (origin == null) {
                ((ByteBuf) message).release();
                return;
            }
            wroteToStream = true;
            fromOrigin((ByteBuf) message);
            if (!stream().isWritable()) {
                ctx.channel().config().setAutoRead(false);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (wroteToStream) {
                wroteToStream = false;
                stream().flush();
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            giveCredit();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (failure == null) {
                failure = cause;
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (origin == null) {
                return;
            }
            origin = null;
            Throwable cause = failure;
            if (cause == null || inputEnded) {
                originEnded();
            } else {
                fail(new TunnelException(
                        TunnelErrorCode.ORIGIN_UNREACHABLE,
                        "origin " + endpoint + ": connection broke: " + FailureText.of(cause),
                        cause));
            }
        }
    }
}
