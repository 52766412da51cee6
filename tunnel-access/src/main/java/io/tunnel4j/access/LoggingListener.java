package io.tunnel4j.access;

import io.tunnel4j.TunnelException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in the log what nobody else listens to: connections that could not be made. Thread-safe. */
final class LoggingListener implements AccessListener {
    private static final Logger log = LoggerFactory.getLogger(LoggingListener.class);

    @Override
    public void connectionFailed(AccessTarget target, TunnelException cause) {
        log.warn("connection failed: {}", cause.getMessage());
    }
}
