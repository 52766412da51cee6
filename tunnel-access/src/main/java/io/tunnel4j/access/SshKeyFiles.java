package io.tunnel4j.access;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.store.OwnerOnlyFiles;
import io.tunnel4j.access.store.TokenNames;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The key, public key and certificate files of one application, named as the reference does. Immutable, thread-safe. */
final class SshKeyFiles {
    private static final int MAX_PUBLIC_KEY_BYTES = 16 << 10;

    private final Path directory;
    private final Path key;
    private final Path publicKey;
    private final Path certificate;

    private SshKeyFiles(Path directory, String name) {
        this.directory = directory;
        key = directory.resolve(name);
        publicKey = directory.resolve(name + ".pub");
        certificate = directory.resolve(name + "-cert.pub");
    }

    static SshKeyFiles of(Path directory, URI application) {
        return new SshKeyFiles(directory, TokenNames.sshKey(application.getHost(), application.getRawPath()));
    }

    /** Returns the public key's line; makes the pair first if there is none. */
    String publicKey() {
        try {
            if (Files.size(publicKey) > MAX_PUBLIC_KEY_BYTES) {
                throw failure("cannot be used: more than " + MAX_PUBLIC_KEY_BYTES + " bytes", null);
            }
            return Files.readString(publicKey);
        } catch (NoSuchFileException first) {
            return generate();
        } catch (IOException e) {
            throw failure("cannot be read: " + e.getMessage(), e);
        }
    }

    private String generate() {
        EcdsaKey pair = EcdsaKey.generate();
        try {
            OwnerOnlyFiles.createDirectory(directory);
            OwnerOnlyFiles.replace(key, ascii(pair.privateKeyPem()));
            OwnerOnlyFiles.replace(publicKey, ascii(pair.authorizedKey()));
            return pair.authorizedKey();
        } catch (IOException e) {
            throw failure("cannot be written: " + e.getMessage(), e);
        }
    }

    ShortLivedCertificate withCertificate(String text, @Nullable Instant expiresAt) {
        try {
            OwnerOnlyFiles.replace(certificate, ascii(text));
        } catch (IOException e) {
            throw failure("cannot be written: " + e.getMessage(), e);
        }
        return new ShortLivedCertificate(key, certificate, expiresAt);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private TunnelException failure(String message, @Nullable Throwable cause) {
        return new TunnelException(TunnelErrorCode.TOKEN_STORE, "SSH key " + key + ": " + message, cause);
    }
}
