package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.mux.FlatHeaders;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Writes an answer of the edge itself: a whole body, or events as they come, one at a time. Confined to the client connection's event loop; events may come on any
 * thread.
 */
final class LocalAnswer {
    private static final int DETACH_CHUNK_BYTES = 16 << 10;

    private final ClientStream client;
    private final LoopState loop;
    private final Progress progress;
    private Flow.@Nullable Subscription subscription;
    private boolean wanting;
    private boolean over;

    /** Who hears how it goes; {@link #ended} at most once. */
    interface Progress {
        void wrote(int bytes);

        void ended();
    }

    LocalAnswer(ClientStream client, LoopState loop, Progress progress) {
        this.client = client;
        this.loop = loop;
        this.progress = progress;
    }

    void start(EdgeResponse response, AsciiString id, boolean headRequest) {
        FlatHeaders head = new FlatHeaders();
        head.status(Integer.toString(response.status()));
        HttpHeaders headers = response.headers();
        for (Iterator<Map.Entry<CharSequence, CharSequence>> i = headers.iteratorCharSequence(); i.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> field = i.next();
            AsciiString name = AsciiString.of(field.getKey());
            if (!ResponseHead.isDropped(name.toLowerCase())) {
                head.add(client.isLowerCase() ? name.toLowerCase() : name, field.getValue());
            }
        }
        boolean bodyless = headRequest || response.status() == 204 || response.status() == 304;
        Flow.Publisher<byte[]> events = response.events();
        if (events == null && response.status() != 204 && response.status() != 304) {
            head.add(
                    client.isLowerCase() ? FieldNames.CONTENT_LENGTH : ResponseNames.CONTENT_LENGTH,
                    Integer.toString(response.body().length));
        }
        ResponseHead.addCommon(head, id, loop, client.isLowerCase());
        boolean end = bodyless || events == null && response.body().length == 0;
        client.writeHead(head, end);
        client.flush();
        if (end) {
            finish();
        } else if (events == null) {
            writeBody(response.body());
        } else {
            events.subscribe(new Events());
        }
    }

    private void writeBody(byte[] body) {
        progress.wrote(body.length);
        ByteBuf bytes = Unpooled.wrappedBuffer(body);
        while (bytes.readableBytes() > DETACH_CHUNK_BYTES) {
            client.writeData(bytes.readRetainedSlice(DETACH_CHUNK_BYTES), false);
        }
        client.writeData(bytes, true);
        client.flush();
        finish();
    }

    private void finish() {
        if (!over) {
            over = true;
            progress.ended();
        }
    }

    void writabilityChanged() {
        Flow.Subscription events = subscription;
        if (wanting && !over && events != null && client.isWritable()) {
            wanting = false;
            events.request(1);
        }
    }

    /** No more is wanted. */
    void cancel() {
        over = true;
        Flow.Subscription events = subscription;
        if (events != null) {
            subscription = null;
            events.cancel();
        }
    }

    private void run(Runnable task) {
        if (loop.loop().inEventLoop()) {
            task.run();
        } else {
            loop.loop().execute(task);
        }
    }

    private final class Events implements Flow.Subscriber<byte[]> {
        @Override
        public void onSubscribe(Flow.Subscription given) {
            run(() -> {
                if (over) {
                    given.cancel();
                } else {
                    subscription = given;
                    given.request(1);
                }
            });
        }

        @Override
        public void onNext(byte[] event) {
            run(() -> {
                if (over) {
                    return;
                }
                progress.wrote(event.length);
                client.writeData(Unpooled.wrappedBuffer(event), false);
                client.flush();
                wanting = true;
                writabilityChanged();
            });
        }

        @Override
        public void onError(Throwable failure) {
            run(() -> {
                if (!over) {
                    client.abort();
                    finish();
                }
            });
        }

        @Override
        public void onComplete() {
            run(() -> {
                if (!over) {
                    client.writeData(Unpooled.EMPTY_BUFFER, true);
                    client.flush();
                    finish();
                }
            });
        }
    }
}
