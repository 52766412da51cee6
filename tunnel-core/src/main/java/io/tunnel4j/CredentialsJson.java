package io.tunnel4j;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The two JSON forms of {@link TunnelCredentials}: the same four members under two sets of names.
 *
 * <p>Exceptions never carry the parser's cause or text: both may quote the input. Thread-safe.
 */
enum CredentialsJson {
    TOKEN("a", "t", "s", "e"),
    FILE("AccountTag", "TunnelID", "TunnelSecret", "Endpoint");

    private static final int UUID_LENGTH = 36;
    private static final int MAX_ACCOUNT_TAG_LENGTH = 256;

    private final String accountTag;
    private final String tunnelId;
    private final String secret;
    private final String region;

    CredentialsJson(String accountTag, String tunnelId, String secret, String region) {
        this.accountTag = accountTag;
        this.tunnelId = tunnelId;
        this.secret = secret;
        this.region = region;
    }

    static boolean isAccountTag(String text) {
        return !text.isEmpty()
                && text.length() <= MAX_ACCOUNT_TAG_LENGTH
                && text.chars().allMatch(c -> c > ' ' && c < 127);
    }

    TunnelCredentials readToken(String token) {
        checkSize("token", token.length());
        String digits = token.strip().replace("\r", "").replace("\n", "");
        if (digits.startsWith("{")) {
            throw invalid("token", "is JSON (expected: base64; JSON is the form of a credentials file)");
        }
        if (digits.isEmpty()) {
            throw invalid("token", "is empty (expected: base64 of a JSON object)");
        }
        return read("token", new String(base64("token", digits), StandardCharsets.UTF_8));
    }

    TunnelCredentials readFile(Path file) {
        String source = "credentials file " + file;
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(TunnelCredentials.MAX_INPUT_BYTES + 1);
        } catch (IOException e) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CREDENTIALS,
                    source + ": cannot be read (" + e.getClass().getSimpleName() + ")",
                    e);
        }
        checkSize(source, content.length);
        return read(source, new String(content, StandardCharsets.UTF_8));
    }

    TunnelCredentials read(String source, String json) {
        checkSize(source, json.length());
        JsonObject members = parse(source, json);
        String account = required(source, members, accountTag);
        if (!isAccountTag(account)) {
            throw invalid(source, "member " + accountTag + " is not an account tag (expected: printable ASCII)");
        }
        byte[] secretBytes = base64(source + ", member " + secret, required(source, members, secret));
        if (secretBytes.length == 0) {
            throw invalid(source, "member " + secret + " is empty (expected: base64 of the secret)");
        }
        UUID tunnel = uuid(source, required(source, members, tunnelId));
        String endpoint = optional(source, members, region);
        return new TunnelCredentials(
                account, tunnel, secretBytes, endpoint == null || endpoint.isBlank() ? null : endpoint.strip());
    }

    String writeToken(TunnelCredentials credentials) {
        return Base64.getEncoder().encodeToString(write(credentials).getBytes(StandardCharsets.UTF_8));
    }

    String write(TunnelCredentials credentials) {
        JsonObject members = new JsonObject();
        members.addProperty(accountTag, credentials.accountTag());
        // The order of the reference: the secret stands before the id.
        members.addProperty(secret, credentials.secretBase64());
        members.addProperty(tunnelId, credentials.tunnelId().toString());
        if (credentials.region() != null) {
            members.addProperty(region, credentials.region());
        }
        return members.toString();
    }

    private static JsonObject parse(String source, String json) {
        try {
            JsonReader reader = new JsonReader(new StringReader(json));
            reader.setStrictness(Strictness.STRICT);
            JsonElement element = JsonParser.parseReader(reader);
            if (element.isJsonObject() && reader.peek() == JsonToken.END_DOCUMENT) {
                return element.getAsJsonObject();
            }
        } catch (JsonParseException | IOException | NumberFormatException e) {
            throw invalid(source, "is not valid JSON");
        }
        throw invalid(source, "is not one JSON object");
    }

    private static String required(String source, JsonObject members, String name) {
        String value = optional(source, members, name);
        if (value == null || value.isEmpty()) {
            throw invalid(source, "member " + name + " is missing or empty");
        }
        return value;
    }

    private static @Nullable String optional(String source, JsonObject members, String name) {
        JsonElement value = members.get(name);
        if (value == null || value.isJsonNull()) {
            return null;
        }
        if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
            throw invalid(source, "member " + name + " is not a string");
        }
        return value.getAsString();
    }

    private UUID uuid(String source, String text) {
        try {
            // fromString alone also takes shortened groups.
            if (text.length() == UUID_LENGTH) {
                return UUID.fromString(text);
            }
        } catch (IllegalArgumentException e) {
            throw invalid(source, "member " + tunnelId + " is not a UUID");
        }
        throw invalid(source, "member " + tunnelId + " is not a UUID (expected: 36 characters)");
    }

    private static byte[] base64(String source, String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw invalid(source, "is not standard base64");
        }
    }

    private static void checkSize(String source, int size) {
        if (size > TunnelCredentials.MAX_INPUT_BYTES) {
            throw invalid(source, "is too large (expected: at most " + TunnelCredentials.MAX_INPUT_BYTES + " bytes)");
        }
    }

    private static TunnelException invalid(String source, String what) {
        return new TunnelException(TunnelErrorCode.INVALID_CREDENTIALS, source + ": " + what);
    }
}
