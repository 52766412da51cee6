package io.tunnel4j.examples.cli;

import io.tunnel4j.transport.TrustRoots;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes curl trust what this program trusts: the system's roots and additional ones. Curl takes one file only, so there is one with all of them for as long as it runs.
 * Its own options for trust, and a file that its environment names, come first. Not thread-safe.
 */
final class CurlTrust implements AutoCloseable {
    private static final String VARIABLE = "CURL_CA_BUNDLE";

    private final @Nullable Path bundle;

    private CurlTrust(@Nullable Path bundle) {
        this.bundle = bundle;
    }

    static CurlTrust of(Terminal terminal, List<Path> additional) throws IOException {
        boolean isChosen = terminal.environment().containsKey(VARIABLE)
                || terminal.environment().containsKey("SSL_CERT_FILE");
        if (additional.isEmpty() || isChosen) {
            return new CurlTrust(null);
        }
        StringBuilder pem = new StringBuilder();
        Base64.Encoder base64 = Base64.getMimeEncoder(64, new byte[] {'\n'});
        try {
            for (X509Certificate root : TrustRoots.builder()
                    .pemFiles(additional.toArray(Path[]::new))
                    .build()
                    .trustManager()
                    .getAcceptedIssuers()) {
                pem.append("-----BEGIN CERTIFICATE-----\n")
                        .append(base64.encodeToString(root.getEncoded()))
                        .append("\n-----END CERTIFICATE-----\n");
            }
        } catch (CertificateEncodingException e) {
            throw new IOException("a trusted certificate cannot be written for curl", e);
        }
        Path bundle = Files.createTempFile("tunnel4j-curl", ".pem");
        Files.writeString(bundle, pem, StandardCharsets.US_ASCII);
        return new CurlTrust(bundle);
    }

    /** What to add to curl's environment. */
    Map<String, String> variables() {
        return bundle == null ? Map.of() : Map.of(VARIABLE, bundle.toString());
    }

    /** Removes the file. */
    @Override
    public void close() throws IOException {
        if (bundle != null) {
            Files.deleteIfExists(bundle);
        }
    }
}
