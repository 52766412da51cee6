package io.tunnel4j.edge.gate.policy;

import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a request itself says, apart from who sent it. Immutable.
 *
 * @param address of the client
 * @param country two letters; empty if not known
 * @param serviceToken the one whose secret came with the request; null for none
 * @param hasCertificate whether the client showed a certificate that the edge has verified
 * @param commonNames of that certificate
 * @param postures device checks that passed; null if nothing can tell
 */
public record RequestFacts(
        InetAddress address,
        String country,
        @Nullable ServiceTokenRecord serviceToken,
        boolean hasCertificate,
        List<String> commonNames,
        @Nullable Set<String> postures) {
    /** Copies the collections. */
    public RequestFacts {
        commonNames = List.copyOf(commonNames);
        postures = postures == null ? null : Set.copyOf(postures);
    }

    /**
     * Tells whether a program has proved who it is.
     *
     * @return true with a service token or a certificate
     */
    public boolean hasCredential() {
        return serviceToken != null || hasCertificate;
    }

    /**
     * Replaces the service token.
     *
     * @param token the one to count
     * @return a changed copy
     */
    public RequestFacts withServiceToken(ServiceTokenRecord token) {
        return new RequestFacts(address, country, token, hasCertificate, commonNames, postures);
    }
}
