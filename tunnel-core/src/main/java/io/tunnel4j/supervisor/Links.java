package io.tunnel4j.supervisor;

import io.tunnel4j.ConnectorConfig;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.ingress.LocalConfigurationReport;
import io.tunnel4j.ingress.StreamRouter;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.WindowReserve;
import io.tunnel4j.registration.ClientInfo;
import io.tunnel4j.registration.ConnectionRequest;
import io.tunnel4j.transport.Dialer;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.NameResolution;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;

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
    static Links of(
            ConnectorConfig config,
            Environment environment,
            Dialer dialer,
            EdgeTls tls,
            StreamRouter router,
            SupervisorListener listener,
            ClientInfo client) {
        MuxConfig mux = MuxConfig.builder(Role.SERVER)
                .ping(config.pingInterval(), config.pingTimeout())
                .reserve(WindowReserve.ofProcess())
                .build();
        byte[] report = LocalConfigurationReport.write(config.ingress(), config.reportedFlags())
                .getBytes(StandardCharsets.UTF_8);
        return new Links(config, environment, dialer, tls, mux, router, listener, client, report);
    }

    static Dialer dialer(ConnectorConfig config, EventLoops loops, Executor executor) {
        return dialing(config, loops, executor).build();
    }

    static Dialer.Builder dialing(ConnectorConfig config, EventLoops loops, Executor executor) {
        return Dialer.builder(loops, new NameResolution(executor))
                .proxy(config.outboundProxy())
                .bindAddress(config.bindAddress());
    }

    ConnectionRequest.Builder request(int index) {
        TunnelCredentials credentials = config.credentials();
        return ConnectionRequest.builder(credentials.accountTag(), credentials.secret(), credentials.tunnelId(), client)
                .connectionIndex(index);
    }
}
