package io.tunnel4j;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a person's login yields: the right to manage tunnels of one account and names of one zone. The content of {@code cert.pem}.
 *
 * <p>Immutable, thread-safe. {@link #toString()} and every exception message leave the token out.
 */
public final class OriginCertificate {
    private static final int MAX_BYTES = 64 * 1024;
    private static final String TOKEN_BLOCK = "ARGO TUNNEL TOKEN";

    /** What older files hold besides the token. */
    private static final Set<String> IGNORED_BLOCKS = Set.of("PRIVATE KEY", "CERTIFICATE");

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,64})-----([A-Za-z0-9+/=\\s]*+)-----END ([A-Z0-9 ]{1,64})-----");
    private static final URI DEFAULT_API = URI.create("https://api.cloudflare.com/client/v4");
    private static final URI FED_API = URI.create("https://api.fed.cloudflare.com/client/v4");

    private final String zoneId;
    private final String accountId;
    private final String apiToken;
    private final @Nullable String endpoint;

    private OriginCertificate(String zoneId, String accountId, String apiToken, @Nullable String endpoint) {
        this.zoneId = zoneId;
        this.accountId = accountId;
        this.apiToken = apiToken;
        this.endpoint = endpoint;
    }

    /**
     * Names the parts.
     *
     * @param zoneId the zone whose names may be routed; may be empty where no name is
     * @param accountId the account that owns the tunnels
     * @param apiToken bearer token of the management API
     * @param endpoint kind of network the account is in, e.g. {@code fed}; null for the usual one
     * @return the certificate
     */
    public static OriginCertificate of(String zoneId, String accountId, String apiToken, @Nullable String endpoint) {
        requireNonNull(zoneId, "zoneId");
        requireText("accountId", accountId);
        requireText("apiToken", apiToken);
        String kind =
                endpoint == null || endpoint.isBlank() ? null : endpoint.strip().toLowerCase(Locale.ROOT);
        return new OriginCertificate(zoneId, accountId, apiToken, kind);
    }

    /**
     * Reads a {@code cert.pem}.
     *
     * @param file the file
     * @return the certificate
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CREDENTIALS} that names the file and what is wrong
     */
    public static OriginCertificate fromFile(Path file) {
        byte[] content;
        try (InputStream in = Files.newInputStream(requireNonNull(file, "file"))) {
            content = in.readNBytes(MAX_BYTES + 1);
        } catch (IOException e) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CREDENTIALS,
                    file + ": cannot be read (" + e.getClass().getSimpleName() + ")",
                    e);
        }
        return read(file.toString(), new String(content, UTF_8));
    }

    /**
     * Reads the content of a {@code cert.pem}.
     *
     * @param pem PEM text with a block {@code ARGO TUNNEL TOKEN}
     * @return the certificate
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CREDENTIALS} that says what is wrong
     */
    public static OriginCertificate fromPem(String pem) {
        return read("cert.pem", requireNonNull(pem, "pem"));
    }

    private static OriginCertificate read(String source, String pem) {
        if (pem.length() > MAX_BYTES) {
            throw invalid(source, "is too large (expected: at most " + MAX_BYTES + " bytes)");
        }
        String token = null;
        Matcher block = BLOCK.matcher(pem);
        while (block.find()) {
            String name = block.group(1);
            if (!name.equals(block.group(3))) {
                throw invalid(source, "block " + name + " ends as " + block.group(3));
            }
            if (name.equals(TOKEN_BLOCK)) {
                if (token != null) {
                    throw invalid(source, "has two blocks " + TOKEN_BLOCK);
                }
                token = block.group(2);
            } else if (!IGNORED_BLOCKS.contains(name)) {
                throw invalid(source, "has a block " + name + " (expected: " + TOKEN_BLOCK + ")");
            }
        }
        if (token == null) {
            throw invalid(source, "has no block " + TOKEN_BLOCK);
        }
        return readToken(source, token);
    }

    private static OriginCertificate readToken(String source, String base64) {
        try {
            String json = new String(Base64.getMimeDecoder().decode(base64.getBytes(US_ASCII)), UTF_8);
            if (JsonParser.parseString(json) instanceof JsonObject members) {
                String account = member(members, "accountID");
                String apiToken = member(members, "apiToken");
                if (account.isEmpty() || apiToken.isEmpty()) {
                    throw invalid(source, "member accountID or apiToken is missing");
                }
                return of(member(members, "zoneID"), account, apiToken, member(members, "endpoint"));
            }
        } catch (JsonParseException | IllegalArgumentException e) {
            // Without the cause: it may quote the token.
            throw invalid(source, "block " + TOKEN_BLOCK + " is not base64 of a JSON object");
        }
        throw invalid(source, "block " + TOKEN_BLOCK + " is not base64 of a JSON object");
    }

    private static String member(JsonObject members, String name) {
        JsonElement value = members.get(name);
        return value instanceof JsonPrimitive text && text.isString() ? text.getAsString() : "";
    }

    /**
     * Writes a new file that only its owner may read. Its directory is made if it is missing.
     *
     * @param file where; must not exist, for the token in it may still be needed
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} if the file exists or cannot be written
     */
    public void writeTo(Path file) {
        try {
            Path directory = file.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            Files.createFile(file, ownerOnly());
            Files.writeString(file, toPem(), US_ASCII, StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException e) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    file + ": exists already (expected: delete it to log in again)",
                    e);
        } catch (IOException e) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    file + ": cannot be written (" + e.getClass().getSimpleName() + ")",
                    e);
        }
    }

    private static FileAttribute<?>[] ownerOnly() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    /**
     * Writes this certificate as PEM text. The result is a secret.
     *
     * @return what {@link #fromPem} reads
     */
    public String toPem() {
        JsonObject members = new JsonObject();
        members.addProperty("zoneID", zoneId);
        members.addProperty("accountID", accountId);
        members.addProperty("apiToken", apiToken);
        if (endpoint != null) {
            members.addProperty("endpoint", endpoint);
        }
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(members.toString().getBytes(UTF_8));
        return "-----BEGIN " + TOKEN_BLOCK + "-----\n" + base64 + "\n-----END " + TOKEN_BLOCK + "-----\n";
    }

    /**
     * Returns the zone whose names may be routed.
     *
     * @return its id; may be empty
     */
    public String zoneId() {
        return zoneId;
    }

    /**
     * Returns the account that owns the tunnels.
     *
     * @return its id
     */
    public String accountId() {
        return accountId;
    }

    /**
     * Returns the bearer token of the management API. It is a secret.
     *
     * @return the token
     */
    public String apiToken() {
        return apiToken;
    }

    /**
     * Returns the kind of network the account is in.
     *
     * @return e.g. {@code fed}, in lower case; null for the usual one
     */
    public @Nullable String endpoint() {
        return endpoint;
    }

    /**
     * Returns where the management API of that network is.
     *
     * @return its address
     */
    public URI apiUrl() {
        return "fed".equals(endpoint) ? FED_API : DEFAULT_API;
    }

    /** Returns everything but the token. */
    @Override
    public String toString() {
        return "OriginCertificate[zoneId=" + zoneId + ", accountId=" + accountId + ", endpoint=" + endpoint + "]";
    }

    private static void requireText(String name, String value) {
        if (requireNonNull(value, name).isBlank()) {
            throw new IllegalArgumentException(name + ": is blank (expected: some text)");
        }
    }

    private static TunnelException invalid(String source, String what) {
        return new TunnelException(TunnelErrorCode.INVALID_CREDENTIALS, source + ": " + what);
    }
}
