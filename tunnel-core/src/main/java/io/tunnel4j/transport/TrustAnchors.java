package io.tunnel4j.transport;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** One set of anchors as the JDK's PKIX trust manager. Stateless. */
final class TrustAnchors {
    private TrustAnchors() {}

    static X509ExtendedTrustManager of(List<X509Certificate> certificates) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (int i = 0; i < certificates.size(); i++) {
                store.setCertificateEntry("root-" + i, certificates.get(i));
            }
            return of(store);
        } catch (GeneralSecurityException | IOException e) {
            throw new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, "trusted certificates: unusable", e);
        }
    }

    /** Anchors of a key store; null means the JVM's own. */
    static X509ExtendedTrustManager of(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager extended) {
                return extended;
            }
        }
        throw new GeneralSecurityException("the PKIX trust manager cannot check host names");
    }
}
