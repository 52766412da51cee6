package io.tunnel4j.supervisor;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts the certificates that another trust manager trusts, and of servers only those made out to one name (RFC 9525 §6.3: DNS names of the subject alternative name,
 * a wildcard for the whole first label; no common name).
 *
 * <p>Takes the place of the JDK's endpoint identification, which reads every root of the JVM before it looks at a name, to know whether the
 * authority is a public one: that is a tenth of the CPU of a start, and six megabytes of garbage. Thread-safe.
 */
final class NamedServerTrust extends X509ExtendedTrustManager {
    private static final int DNS_NAME = 2;

    /** How many of a certificate's names an error shows. */
    private static final int NAMES_SHOWN = 5;

    private final X509ExtendedTrustManager trust;
    private final String name;

    /** Trusts servers called {@code name}, in lower case. */
    NamedServerTrust(X509ExtendedTrustManager trust, String name) {
        this.trust = trust;
        this.name = name;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        trust.checkServerTrusted(chain, authType, engine);
        requireName(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        trust.checkServerTrusted(chain, authType, socket);
        requireName(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        trust.checkServerTrusted(chain, authType);
        requireName(chain[0]);
    }

    private void requireName(X509Certificate certificate) throws CertificateException {
        List<String> names = dnsNames(certificate);
        for (String pattern : names) {
            if (isMeantBy(pattern)) {
                return;
            }
        }
        String shown = names.isEmpty()
                ? "no DNS name"
                : String.join(", ", names.subList(0, Math.min(NAMES_SHOWN, names.size())));
        throw new CertificateException("it is for " + shown + ", not for " + name);
    }

    private static List<String> dnsNames(X509Certificate certificate) throws CertificateException {
        Collection<List<?>> all = certificate.getSubjectAlternativeNames();
        List<String> names = new ArrayList<>();
        if (all != null) {
            for (List<?> typed : all) {
                if (typed.get(0).equals(DNS_NAME) && typed.get(1) instanceof String dnsName) {
                    names.add(dnsName.toLowerCase(Locale.ROOT));
                }
            }
        }
        return names;
    }

    private boolean isMeantBy(String pattern) {
        if (!pattern.startsWith("*.")) {
            return pattern.equals(name);
        }
        int firstDot = name.indexOf('.');
        return firstDot > 0 && name.substring(firstDot).equals(pattern.substring(1));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        trust.checkClientTrusted(chain, authType, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        trust.checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        trust.checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return trust.getAcceptedIssuers();
    }
}
