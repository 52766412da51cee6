package io.tunnel4j;

/** Which family of edge addresses is used. */
public enum EdgeIpVersion {
    /** The family of the first address found; the other after failures. */
    AUTO,
    /** IPv4 only. */
    IPV4,
    /** IPv6 only. */
    IPV6
}
