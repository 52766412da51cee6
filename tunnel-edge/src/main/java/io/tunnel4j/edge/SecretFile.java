package io.tunnel4j.edge;

import io.tunnel4j.TunnelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Files with one secret, named by a key of the configuration. Messages hold the file's name only. */
final class SecretFile {
    private static final int MAX_BYTES = 4096;

    private SecretFile() {}

    /**
     * Reads a secret.
     *
     * @throws TunnelException that names line, key and file if it cannot be read, is empty or too long
     */
    static String read(YamlSection section, String key, Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw section.wrong(key, "a file of at most " + MAX_BYTES + " bytes, unlike " + file);
            }
            String secret = Files.readString(file, StandardCharsets.UTF_8).strip();
            if (secret.isEmpty()) {
                throw section.wrong(key, "a secret in the file, but " + file + " is empty");
            }
            return secret;
        } catch (NoSuchFileException e) {
            throw section.wrong(key, "a file, but there is no " + file);
        } catch (IOException e) {
            throw section.wrong(key, "a readable file in UTF-8, unlike " + file);
        }
    }
}
