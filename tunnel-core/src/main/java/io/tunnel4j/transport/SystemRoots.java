package io.tunnel4j.transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the JVM and the operating systems keep the roots they trust. Stateless. */
final class SystemRoots {
    private static final Logger log = LoggerFactory.getLogger(SystemRoots.class);

    /** Bundles of Debian, Fedora/RHEL, openSUSE, OpenELEC, RHEL 6 and before, Alpine, FreeBSD; the first that exists is taken. */
    static final List<Path> LINUX_BUNDLES = List.of(
            Path.of("/etc/ssl/certs/ca-certificates.crt"),
            Path.of("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
            Path.of("/etc/ssl/ca-bundle.pem"),
            Path.of("/etc/pki/tls/cacert.pem"),
            Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
            Path.of("/etc/ssl/cert.pem"),
            Path.of("/usr/local/etc/ssl/cert.pem"));

    private SystemRoots() {}

    /** The JVM's roots, {@code javax.net.ssl.trustStore} respected; read when first asked for. */
    static TrustSource jvm() {
        return new Once("the JVM's trusted certificates", () -> TrustAnchors.of((KeyStore) null));
    }

    /** The operating system's roots. */
    static TrustSource operatingSystem(Ticker ticker) {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        if (os.startsWith("windows")) {
            return keyStore("Windows-ROOT");
        }
        if (os.startsWith("mac")) {
            // KeychainStore-ROOT exists from JDK 23 on, and in updates of older ones.
            TrustSource roots = keyStore("KeychainStore-ROOT");
            TrustSource own = keyStore("KeychainStore");
            return new AnyOfSource(List.of(roots, own));
        }
        return linux(LINUX_BUNDLES, ticker);
    }

    static TrustSource linux(List<Path> bundles, Ticker ticker) {
        for (Path bundle : bundles) {
            if (Files.isReadable(bundle)) {
                PemFileSource source = new PemFileSource(bundle, ticker);
                return () -> orNothing("the operating system's trusted certificates", source::current);
            }
        }
        return () -> null;
    }

    private static TrustSource keyStore(String type) {
        return new Once(type, () -> {
            KeyStore store = KeyStore.getInstance(type);
            store.load(null, null);
            return TrustAnchors.of(store);
        });
    }

    @FunctionalInterface
    private interface Loader {
        @Nullable
        X509ExtendedTrustManager load() throws GeneralSecurityException, IOException;
    }

    /** Roots that are missing or broken are none: other sources may still do. */
    private static @Nullable X509ExtendedTrustManager orNothing(String name, Loader loader) {
        try {
            return loader.load();
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            log.debug("{}: not available", name, e);
            return null;
        }
    }

    /** Loads when first asked. Thread-safe: the lock guards both fields. */
    private static final class Once implements TrustSource {
        private final String name;
        private final Loader loader;
        private boolean loaded;
        private @Nullable X509ExtendedTrustManager manager;

        Once(String name, Loader loader) {
            this.name = name;
            this.loader = loader;
        }

        @Override
        public synchronized @Nullable X509ExtendedTrustManager current() {
            if (!loaded) {
                manager = orNothing(name, loader);
                loaded = true;
            }
            return manager;
        }
    }

    /** Several sources as one. Thread-safe. */
    private record AnyOfSource(List<TrustSource> sources) implements TrustSource {
        @Override
        public X509ExtendedTrustManager current() {
            return new AnyOfTrust(sources);
        }
    }
}
