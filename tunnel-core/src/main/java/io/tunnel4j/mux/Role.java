package io.tunnel4j.mux;

/** The HTTP/2 role of this side, whichever side dialled the TCP connection. */
public enum Role {
    /** Sends the preface and opens streams. */
    CLIENT,
    /** Accepts streams. */
    SERVER
}
