package io.tunnel4j;

/** Use of the hybrid post-quantum key exchange X25519MLKEM768 on connections to the edge. */
public enum PostQuantum {
    /** Offered when the TLS provider has it. */
    PREFER,
    /** Nothing else is offered; starting fails when the TLS provider does not have it. */
    REQUIRE
}
