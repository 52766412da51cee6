package io.tunnel4j.supervisor;

import io.tunnel4j.ConnectorConfig;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.ingress.StreamRouter;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.registration.ClientInfo;
import io.tunnel4j.registration.ConnectionRequest;
import io.tunnel4j.transport.Dialer;

/**
 * What all connections of a connector share. Immutable, thread-safe.
 *
 * @param config how the connector was set up
 * @param environment the world
 * @param dialer opens TCP connections
 * @param tls TLS to the edge
 * @param muxConfig HTTP/2 towards the edge
 * @param router serves streams
 * @param listener hears what happens
 * @param client what the connector says about itself
 * @param localRules the report of the local rules
 */
record Links(
        ConnectorConfig config,
        Environment environment,
        Dialer dialer,
        EdgeTls tls,
        MuxConfig muxConfig,
        StreamRouter router,
        SupervisorListener listener,
        ClientInfo client,
        byte[] localRules) {
    ConnectionRequest.Builder request(int index) {
        TunnelCredentials credentials = config.credentials();
        return ConnectionRequest.builder(credentials.accountTag(), credentials.secret(), credentials.tunnelId(), client)
                .connectionIndex(index);
    }
}
