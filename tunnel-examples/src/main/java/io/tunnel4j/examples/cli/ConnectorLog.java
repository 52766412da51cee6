package io.tunnel4j.examples.cli;

import io.tunnel4j.ConnectionInfo;
import io.tunnel4j.ConnectorEvent;
import io.tunnel4j.ConnectorListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs what an operator wants to know of a connector. Called by the connector, one event at a time. */
final class ConnectorLog implements ConnectorListener {
    private static final Logger log = LoggerFactory.getLogger("tunnel.run");

    @Override
    public void onEvent(ConnectorEvent event) {
        if (event instanceof ConnectorEvent.ConnectionRegistered registered) {
            ConnectionInfo connection = registered.connection();
            log.info(
                    "Registered tunnel connection connIndex={} connection={} ip={} location={} protocol=http2",
                    connection.index(),
                    connection.connectionId(),
                    connection.edgeAddress().getAddress().getHostAddress(),
                    connection.location());
        } else if (event instanceof ConnectorEvent.ConnectionLost lost) {
            log.warn("{}", lost);
        } else {
            log.info("{}", event);
        }
    }
}
