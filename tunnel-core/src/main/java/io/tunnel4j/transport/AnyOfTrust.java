package io.tunnel4j.transport;

import java.net.Socket;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts what any of its sources trusts. The host name is checked by the source that finds a path, as the connection demands it.
 *
 * <p>When none accepts, the failure of the source that came furthest is reported: a certificate for the wrong name or out of date says
 * more than "no path" does. Thread-safe.
 */
final class AnyOfTrust extends X509ExtendedTrustManager {
    private final List<TrustSource> sources;

    AnyOfTrust(List<TrustSource> sources) {
        this.sources = sources;
    }

    @FunctionalInterface
    private interface Check {
        void by(X509ExtendedTrustManager manager) throws CertificateException;
    }

    private void anyOf(Check check) throws CertificateException {
        CertificateException best = null;
        for (TrustSource source : sources) {
            X509ExtendedTrustManager manager = source.current();
            if (manager == null) {
                continue;
            }
            try {
                check.by(manager);
                return;
            } catch (CertificateException e) {
                if (best == null || (isNoPath(best) && !isNoPath(e))) {
                    best = e;
                }
            }
        }
        throw best == null ? new CertificateException("no trusted certificates at all") : best;
    }

    /** Only chooses which of several failures is shown; the verdict does not depend on it. */
    private static boolean isNoPath(CertificateException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertPathBuilderException) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        anyOf(manager -> manager.checkClientTrusted(chain, authType, socket));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        anyOf(manager -> manager.checkServerTrusted(chain, authType, socket));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        anyOf(manager -> manager.checkClientTrusted(chain, authType, engine));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        anyOf(manager -> manager.checkServerTrusted(chain, authType, engine));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        anyOf(manager -> manager.checkClientTrusted(chain, authType));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        anyOf(manager -> manager.checkServerTrusted(chain, authType));
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        List<X509Certificate> issuers = new ArrayList<>();
        for (TrustSource source : sources) {
            X509ExtendedTrustManager manager = source.current();
            if (manager != null) {
                issuers.addAll(List.of(manager.getAcceptedIssuers()));
            }
        }
        return issuers.toArray(X509Certificate[]::new);
    }
}
