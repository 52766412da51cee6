package io.tunnel4j.mux;

/** Which side ended a stream or a connection. */
public enum Initiator {
    /** This side. */
    LOCAL,
    /** The peer. */
    REMOTE
}
