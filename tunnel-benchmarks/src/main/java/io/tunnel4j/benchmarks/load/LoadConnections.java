package io.tunnel4j.benchmarks.load;

import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.Role;
import java.util.List;

/** HTTP/2 connections on which load is made: dialled by a connector, or dialled to a proxy. */
public interface LoadConnections extends AutoCloseable {
    /** What one stream may have in flight towards the load, so that its window is never what limits. */
    int WINDOW_BYTES = 16 << 20;

    /**
     * Returns the connections.
     *
     * @return at least one, all ready
     */
    List<MuxConnection> connections();

    @Override
    void close();

    /**
     * Returns how both kinds of connection are set up.
     *
     * @return client role, large windows
     */
    static MuxConfig config() {
        return MuxConfig.builder(Role.CLIENT)
                .streamWindowBytes(WINDOW_BYTES)
                .connectionWindowBytes(WINDOW_BYTES)
                .build();
    }
}
