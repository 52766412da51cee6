package io.tunnel4j.origin;

import io.tunnel4j.mux.StreamListener;

/** One rule's origin, ready to serve on one event loop. Confined to that loop. */
public interface OriginService {
    /**
     * Serves an ordinary request.
     *
     * @param request the request
     * @return who hears what follows on the stream
     */
    StreamListener serve(OriginRequest request);

    /**
     * Serves a WebSocket handshake and what follows.
     *
     * @param request the request
     * @return who hears what follows on the stream
     */
    default StreamListener upgrade(OriginRequest request) {
        return serve(request);
    }

    /** No new request comes; what is idle is closed, running exchanges go on. */
    default void retire() {}

    /**
     * Tells whether nothing is left to close.
     *
     * @return true if there is no connection and nothing runs
     */
    default boolean isEmpty() {
        return true;
    }

    /** Everything ends now. */
    default void close() {}
}
