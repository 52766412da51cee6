package io.tunnel4j.transport;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Certificates in PEM files. Other blocks (keys) and text between blocks are skipped. Thread-safe. */
public final class PemCertificates {
    /** Largest PEM file that is read; an operating system's bundle has some 250 KB. */
    static final int MAX_FILE_BYTES = 4 << 20;

    private static final Pattern BLOCK = Pattern.compile(
            "-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([A-Za-z0-9+/=\\s]*+)-----END (?:TRUSTED |X509 )?CERTIFICATE-----");

    private PemCertificates() {}

    /**
     * Reads the certificates of a file.
     *
     * @param file a PEM file of up to 4 MiB
     * @return its certificates, at least one
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} that names the file and what is wrong
     */
    public static List<X509Certificate> read(Path file) {
        byte[] octets;
        try (InputStream in = Files.newInputStream(file)) {
            octets = in.readNBytes(MAX_FILE_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw invalid(file + ": no such file (expected: a PEM file with certificates)", e);
        } catch (IOException e) {
            throw invalid(file + ": cannot be read: " + e.getMessage(), e);
        }
        if (octets.length > MAX_FILE_BYTES) {
            throw invalid(file + ": larger than 4 MiB (expected: a PEM file with certificates)", null);
        }
        return parse(file.toString(), octets);
    }

    /**
     * Reads certificates.
     *
     * @param source what an error message calls the input
     * @param pem the content
     * @return the certificates, at least one
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} that names the source and what is wrong
     */
    public static List<X509Certificate> parse(String source, byte[] pem) {
        List<X509Certificate> certificates = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(new String(pem, StandardCharsets.ISO_8859_1));
        while (blocks.find()) {
            int number = certificates.size() + 1;
            try {
                byte[] der = Base64.getMimeDecoder().decode(blocks.group(1));
                certificates.add((X509Certificate)
                        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der)));
            } catch (CertificateException | IllegalArgumentException e) {
                throw invalid(source + ": certificate " + number + " is malformed", e);
            }
        }
        if (certificates.isEmpty()) {
            throw invalid(source + ": no certificate in it (expected: PEM, -----BEGIN CERTIFICATE-----)", null);
        }
        return List.copyOf(certificates);
    }

    private static TunnelException invalid(String message, @Nullable Throwable cause) {
        return new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, message, cause);
    }
}
