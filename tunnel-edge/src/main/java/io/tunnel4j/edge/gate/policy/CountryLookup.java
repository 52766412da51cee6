package io.tunnel4j.edge.gate.policy;

import java.net.InetAddress;

/** Knows in which country an address is. Thread-safe; must not block. */
@FunctionalInterface
public interface CountryLookup {
    /** Knows nothing: rules about countries let nobody in. */
    CountryLookup NONE = address -> "";

    /**
     * Finds a country.
     *
     * @param address of a client
     * @return two letters of ISO 3166; empty if not known
     */
    String country(InetAddress address);
}
