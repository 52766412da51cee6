package io.tunnel4j.examples.cli;

import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessListener;
import io.tunnel4j.access.AccessTarget;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs what happens to forwarded connections. Called on the client's own thread. */
final class ForwarderLog implements AccessListener {
    private static final Logger log = LoggerFactory.getLogger("tunnel.access");

    @Override
    public void connectionOpened(AccessTarget target) {
        log.debug("connected to {}", target.host());
    }

    @Override
    public void connectionFailed(AccessTarget target, TunnelException cause) {
        log.error("failed to connect to {}: {}", target.host(), cause.getMessage());
    }

    @Override
    public void connectionClosed(AccessTarget target, @Nullable TunnelException cause) {
        if (cause == null) {
            log.debug("connection to {} ended", target.host());
        } else {
            log.warn("connection to {} lost: {}", target.host(), cause.getMessage());
        }
    }
}
