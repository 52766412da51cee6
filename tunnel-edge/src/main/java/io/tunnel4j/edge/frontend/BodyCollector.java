package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;

/** Collects a request body for a service of the edge, up to a limit. Confined to the client connection's event loop. */
final class BodyCollector {
    private final int maxBytes;
    private final ClientStream client;
    private final Outcome outcome;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);
    private boolean over;

    /** Who gets the body, or hears that it is too large; one of them, once. */
    interface Outcome {
        void complete(byte[] body);

        void tooLarge();
    }

    BodyCollector(int maxBytes, ClientStream client, Outcome outcome) {
        this.maxBytes = maxBytes;
        this.client = client;
        this.outcome = outcome;
    }

    /** Consumes {@code data}. */
    void add(ByteBuf data, boolean end) {
        int bytes = data.readableBytes();
        if (over) {
            data.release();
            return;
        }
        if (body.size() + bytes > maxBytes) {
            over = true;
            data.release();
            outcome.tooLarge();
            return;
        }
        byte[] copy = new byte[bytes];
        data.readBytes(copy);
        data.release();
        body.writeBytes(copy);
        client.consume(bytes);
        if (end) {
            over = true;
            outcome.complete(body.toByteArray());
        }
    }

    void discard() {
        over = true;
    }
}
