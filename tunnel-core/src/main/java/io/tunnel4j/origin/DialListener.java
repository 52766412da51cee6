package io.tunnel4j.origin;

import io.netty.channel.Channel;
import io.tunnel4j.TunnelException;

/** Hears once what became of a dial. Called on the event loop. */
interface DialListener {
    /** The channel is connected, TLS included; the receiver owns it. */
    void dialled(Channel channel);

    void dialFailed(TunnelException cause);
}
