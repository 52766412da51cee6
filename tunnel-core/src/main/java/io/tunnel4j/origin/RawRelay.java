package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.AsciiString;

/** Stream bytes are TCP bytes: the tcp kind. Confined to the event loop. */
final class RawRelay extends ByteRelay {
    private final FlowCount flows;

    /**
     * Creates the relay.
     *
     * @param flows a place taken for this flow, given back at its end
     */
    RawRelay(LoopOrigins loop, OriginRequest request, FlowCount flows) {
        super(loop, request);
        this.flows = flows;
        if (request.endOfStream()) {
            inputEnded();
        }
    }

    @Override
    void connected(Channel channel) {
        // The reference says this to whoever sends a key, although no frame follows (protocol document connector-edge
        // §7).
        CharSequence key = request().head().get(WebSocketAcceptance.KEY);
        AsciiString fields = key == null ? AsciiString.EMPTY_STRING : WebSocketAcceptance.serialised(key);
        respond(200, ResponseHeads.of(200, fields, null), false);
        stream().flush();
    }

    @Override
    void fromEdge(ByteBuf data) {
        toOrigin(data);
    }

    @Override
    void fromOrigin(ByteBuf data) {
        respondData(data, false);
    }

    @Override
    void originEnded() {
        respondData(Unpooled.EMPTY_BUFFER, true);
    }

    @Override
    protected void abandoned() {
        super.abandoned();
        flows.end();
    }
}
