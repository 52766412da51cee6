package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamListener;

/** Answers everything with one status and no body. Thread-safe. */
final class StatusService implements OriginService {
    private final int status;
    private final Http2Headers head;

    StatusService(int status) {
        this.status = status;
        this.head = ResponseHeads.bare(status);
    }

    @Override
    public StreamListener serve(OriginRequest request) {
        FixedAnswer answer = new FixedAnswer(request);
        answer.send(status, head);
        return answer;
    }

    /** An exchange that is over at once. Confined to the connection's event loop. */
    static final class FixedAnswer extends Exchange {
        FixedAnswer(OriginRequest request) {
            super(request);
        }

        /** Sends the head and, as the reference does for a response without a length, an empty last DATA frame. */
        void send(int status, Http2Headers head) {
            boolean hasLength = head.contains(ResponseHeads.CONTENT_LENGTH);
            respond(status, head, hasLength);
            if (!hasLength) {
                respondData(Unpooled.EMPTY_BUFFER, true);
            }
        }

        @Override
        protected void requestData(ByteBuf data, boolean endOfStream) {
            stream().consume(data.readableBytes());
            data.release();
        }

        @Override
        public void trailers(MuxStream stream, Http2Headers trailers) {
            // Of no interest to an answer that is already given.
        }

        @Override
        protected void abandoned() {
            // Nothing runs.
        }
    }
}
