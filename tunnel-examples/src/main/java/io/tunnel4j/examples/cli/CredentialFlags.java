package io.tunnel4j.examples.cli;

import io.tunnel4j.ConnectorFile;
import io.tunnel4j.TunnelCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds the credentials a connector runs with, in the reference's order: token, token file, contents, file, file of the tunnel's id. */
final class CredentialFlags {
    private static final long MAX_TOKEN_FILE_BYTES = 64 << 10;

    private CredentialFlags() {}

    static TunnelCredentials find(
            Terminal terminal, RunFlags flags, @Nullable ConnectorFile file, @Nullable String tunnel)
            throws IOException {
        if (flags.token != null) {
            return TunnelCredentials.fromToken(flags.token);
        }
        if (flags.tokenFile != null) {
            return TunnelCredentials.fromToken(tokenIn(flags.tokenFile));
        }
        if (flags.credentialsContents != null) {
            return TunnelCredentials.fromJson(flags.credentialsContents);
        }
        if (flags.credentialsFile != null) {
            return TunnelCredentials.fromFile(flags.credentialsFile);
        }
        if (file != null && file.credentialsFile().isPresent()) {
            return TunnelCredentials.fromFile(Path.of(file.credentialsFile().get()));
        }
        String wanted =
                tunnel != null ? tunnel : file == null ? null : file.tunnel().orElse(null);
        if (wanted != null && isId(wanted)) {
            for (Path directory : ConfigurationFiles.directories(terminal)) {
                Path candidate = directory.resolve(wanted + ".json");
                if (Files.isReadable(candidate)) {
                    return TunnelCredentials.fromFile(candidate);
                }
            }
            throw Usage.wrong("credentials of tunnel " + wanted + ": no file " + wanted + ".json in "
                    + terminal.configurationDirectory()
                    + " (expected: there, or given by --credentials-file or --token)");
        }
        if (wanted != null) {
            return OneLiner.credentials(terminal, flags, wanted);
        }
        throw Usage.wrong(
                "tunnel run: no tunnel given (expected: --token, --credentials-file, or a tunnel's name or UUID)");
    }

    private static String tokenIn(Path file) throws IOException {
        if (!Files.isReadable(file) || Files.size(file) > MAX_TOKEN_FILE_BYTES) {
            throw Usage.wrong("--token-file: '" + file + "' (expected: a readable file with a token)");
        }
        return Files.readString(file).strip();
    }

    static boolean isId(String text) {
        try {
            return UUID.fromString(text).toString().equalsIgnoreCase(text);
        } catch (IllegalArgumentException notAnId) {
            return false;
        }
    }
}
