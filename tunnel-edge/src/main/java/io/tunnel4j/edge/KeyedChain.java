package io.tunnel4j.edge;

import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A certificate with its chain and its key. */
record KeyedChain(PrivateKey key, List<X509Certificate> chain) {
    private static final int DNS_NAME = 2;

    /** The DNS names it is valid for, lower case, wildcards as {@code *.name}. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        try {
            var alternatives = chain.get(0).getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> name : alternatives) {
                    if (name.get(0) instanceof Integer type && type == DNS_NAME) {
                        names.add(String.valueOf(name.get(1)).toLowerCase(Locale.ROOT));
                    }
                }
            }
        } catch (CertificateParsingException unreadable) {
            // A certificate whose names cannot be read matches none.
            return List.of();
        }
        return names;
    }

    @Override
    public String toString() {
        return "KeyedChain" + names();
    }
}
