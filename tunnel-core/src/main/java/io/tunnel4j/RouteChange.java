package io.tunnel4j;

/** What routing a name to a tunnel changed. */
public enum RouteChange {
    /** There was nothing under that name. */
    CREATED,
    /** The name led elsewhere before. */
    UPDATED,
    /** The name led to the tunnel already. */
    UNCHANGED
}
