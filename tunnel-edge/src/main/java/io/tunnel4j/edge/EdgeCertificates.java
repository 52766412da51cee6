package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The certificates a listener shows, chosen by the name the client asks for: the exact name, then the wildcard above it, then the first
 * certificate. Files are read again when they change; a file that cannot be read leaves the old certificate in use.
 *
 * <p>Thread-safe.
 */
public final class EdgeCertificates {
    /** Where certificates come from. May block; never asked on an event loop. */
    private final Source source;

    private EdgeCertificates(Source source) {
        this.source = source;
    }

    /**
     * Uses one certificate for every name.
     *
     * @param key its private key
     * @param chain the certificate first, then what leads to the root
     * @return the certificates
     */
    public static EdgeCertificates of(PrivateKey key, X509Certificate... chain) {
        if (chain.length == 0) {
            throw new IllegalArgumentException("chain: empty (expected: at least the certificate)");
        }
        return new EdgeCertificates(new Fixed(List.of(new KeyedChain(requireNonNull(key, "key"), List.of(chain)))));
    }

    /**
     * Reads a certificate and its key from PEM files.
     *
     * @param chain the certificate first, then what leads to the root
     * @param key PKCS #8, unencrypted
     * @return the certificates
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} that names the file that cannot be read
     */
    public static EdgeCertificates pem(Path chain, Path key) {
        return pem(Map.of(requireNonNull(chain, "chain"), requireNonNull(key, "key")));
    }

    /**
     * Reads several certificates and their keys from PEM files; which is shown follows from the names in them.
     *
     * @param files file of the chain to file of the key
     * @return the certificates
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} that names the file that cannot be read
     */
    public static EdgeCertificates pem(Map<Path, Path> files) {
        if (files.isEmpty()) {
            throw new IllegalArgumentException("files: empty (expected: at least one certificate)");
        }
        return new EdgeCertificates(new PemFiles(files));
    }

    static EdgeCertificates onDemand(KeyedChain base, Set<String> names, Function<String, KeyedChain> issuer) {
        return new EdgeCertificates(new Issued(base, Set.copyOf(names), issuer));
    }

    Source source() {
        return source;
    }

    /** Where certificates come from. */
    interface Source {
        /** The certificate for a name (lower case, null for none asked). */
        KeyedChain find(@Nullable String name);

        /** Looks whether something changed; true if answers given before may be outdated. */
        default boolean refresh() {
            return false;
        }
    }

    /** A set of certificates by name. */
    private static final class Fixed implements Source {
        private final Map<String, KeyedChain> byName = new HashMap<>();
        private final KeyedChain first;

        Fixed(Collection<KeyedChain> chains) {
            first = chains.iterator().next();
            chains.forEach(chain -> chain.names().forEach(name -> byName.putIfAbsent(name, chain)));
        }

        @Override
        public KeyedChain find(@Nullable String name) {
            if (name == null) {
                return first;
            }
            KeyedChain exact = byName.get(name);
            if (exact == null && name.indexOf('.') > 0) {
                exact = byName.get("*" + name.substring(name.indexOf('.')));
            }
            return exact == null ? first : exact;
        }
    }

    /** PEM files, read again when size or time of one of them changes. */
    private static final class PemFiles implements Source {
        private final Map<Path, Path> files;
        private volatile Fixed current;
        private List<Object> stamp;

        PemFiles(Map<Path, Path> files) {
            this.files = Map.copyOf(files);
            try {
                stamp = stamp();
                current = read();
            } catch (IOException e) {
                throw new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, String.valueOf(e.getMessage()), e);
            }
        }

        @Override
        public KeyedChain find(@Nullable String name) {
            return current.find(name);
        }

        @Override
        public synchronized boolean refresh() {
            try {
                List<Object> now = stamp();
                if (now.equals(stamp)) {
                    return false;
                }
                stamp = now;
                current = read();
                return true;
            } catch (IOException e) {
                throw new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, String.valueOf(e.getMessage()), e);
            }
        }

        private List<Object> stamp() throws IOException {
            List<Object> parts = new ArrayList<>();
            for (Map.Entry<Path, Path> pair : files.entrySet()) {
                for (Path file : List.of(pair.getKey(), pair.getValue())) {
                    parts.add(Files.size(file));
                    parts.add(Files.getLastModifiedTime(file));
                }
            }
            return parts;
        }

        private Fixed read() throws IOException {
            List<KeyedChain> chains = new ArrayList<>();
            for (Map.Entry<Path, Path> pair : files.entrySet()) {
                chains.add(read(pair.getKey(), pair.getValue()));
            }
            return new Fixed(chains);
        }

        private static KeyedChain read(Path chainFile, Path keyFile) throws IOException {
            try (InputStream in = Files.newInputStream(chainFile)) {
                Certificate[] chain = CertificateFactory.getInstance("X.509")
                        .generateCertificates(in)
                        .toArray(Certificate[]::new);
                if (chain.length == 0) {
                    throw new IOException(chainFile + ": no certificate (expected: PEM)");
                }
                PrivateKey key = PemKey.read(keyFile);
                if (!PemKey.belongsTo(key, chain[0].getPublicKey())) {
                    // Also seen while a renewal has written one file and not yet the other.
                    throw new IOException(keyFile + " is not the key of the first certificate in " + chainFile);
                }
                return new KeyedChain(
                        key,
                        Arrays.stream(chain).map(X509Certificate.class::cast).toList());
            } catch (GeneralSecurityException e) {
                throw new IOException(chainFile + ": " + e.getMessage() + " (expected: PEM certificates)", e);
            }
        }
    }

    /** A base certificate, and more made for names that are asked for. */
    private static final class Issued implements Source {
        private static final int LONGEST_NAME = 253;

        private final KeyedChain base;
        private final Set<String> names;
        private final Function<String, KeyedChain> issuer;

        Issued(KeyedChain base, Set<String> names, Function<String, KeyedChain> issuer) {
            this.base = base;
            this.names = names;
            this.issuer = issuer;
        }

        @Override
        public KeyedChain find(@Nullable String name) {
            return name == null || names.contains(name) || !isDnsName(name) ? base : issuer.apply(name);
        }

        private static boolean isDnsName(String name) {
            return name.length() <= LONGEST_NAME
                    && name.chars()
                            .allMatch(c -> (c >= 'a' && c <= 'z')
                                    || (c >= '0' && c <= '9')
                                    || c == '-'
                                    || c == '.'
                                    || c == '_');
        }
    }
}
