package io.tunnel4j;

/** The version of the PROXY protocol header that a TCP origin is sent first, so that it learns the eyeball's address. */
public enum ProxyProtocol {
    /** The text form. */
    V1,
    /** The binary form. */
    V2
}
