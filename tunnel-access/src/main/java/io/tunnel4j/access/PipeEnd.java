package io.tunnel4j.access;

/** Why a pipe ended. New constants may be added. */
public enum PipeEnd {
    /** The application ended the connection, and everything it sent was written. */
    ORDERLY,
    /** The connection broke. */
    BROKEN,
    /** The local output does not take any more. */
    OUTPUT_CLOSED
}
