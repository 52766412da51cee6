package io.tunnel4j.edge.frontend;

import io.netty.channel.Channel;
import java.time.Duration;

/** A client's connection, for draining and closing. Confined to its event loop. */
interface PublicConnection {
    /** Takes no new requests and closes when the running ones are done; they have {@code grace}. */
    void drain(Duration grace);

    Channel channel();
}
