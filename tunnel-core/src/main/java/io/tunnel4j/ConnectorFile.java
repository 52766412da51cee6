package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.ingress.ConfigFile;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A configuration file in cloudflared's format ({@code config.yml}): tunnel, credentials, rules, and flags of the command line.
 *
 * <p>Needs the optional dependency snakeyaml-engine. Files above 4 MiB are refused. Immutable, thread-safe.
 */
public final class ConnectorFile {
    private static final long MAX_BYTES = 4L << 20;

    private final ConfigFile content;

    private ConnectorFile(ConfigFile content) {
        this.content = content;
    }

    /**
     * Reads a file.
     *
     * @param file the file, in UTF-8
     * @return what it says
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION}, naming the file and the line, key or rule
     */
    public static ConnectorFile read(Path file) {
        requireNonNull(file, "file");
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw invalid(file + ": too large (expected: up to " + MAX_BYTES + " bytes)", null);
            }
            return parse(Files.readString(file));
        } catch (TunnelException e) {
            throw invalid(file + ": " + e.getMessage(), e);
        } catch (NoSuchFileException e) {
            throw invalid(file + ": no such file", e);
        } catch (MalformedInputException e) {
            throw invalid(file + ": not UTF-8", e);
        } catch (IOException e) {
            throw invalid(file + ": cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Reads the text of a file.
     *
     * @param yaml the text
     * @return what it says
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION}, naming the line, key or rule
     */
    public static ConnectorFile parse(String yaml) {
        return new ConnectorFile(ConfigFile.parse(requireNonNull(yaml, "yaml")));
    }

    private static TunnelException invalid(String message, @Nullable Exception cause) {
        return new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, message, cause);
    }

    /**
     * Returns the tunnel to run.
     *
     * @return its UUID or name, if the file names one
     */
    public Optional<String> tunnel() {
        return Optional.ofNullable(content.tunnel());
    }

    /**
     * Returns where the credentials lie.
     *
     * @return the path as written, if the file names one
     */
    public Optional<String> credentialsFile() {
        return Optional.ofNullable(content.credentialsFile());
    }

    /**
     * Returns the rules.
     *
     * @return the rules, if the file has any
     */
    public Optional<Ingress> ingress() {
        return content.hasIngress() ? Optional.of(content.ingress()) : Optional.empty();
    }

    /**
     * Returns every other key that has a plain value.
     *
     * @return flag name to value; several values are joined by commas
     */
    public Map<String, String> flags() {
        return content.flags();
    }

    /**
     * Returns what was not understood and left out.
     *
     * @return one line each
     */
    public List<String> warnings() {
        return content.warnings();
    }
}
