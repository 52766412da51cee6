package io.tunnel4j;

import com.google.gson.JsonObject;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
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
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) <= ' ' || text.charAt(i) >= 127) {
                return false;
            }
        }
        return !text.isEmpty() && text.length() <= MAX_ACCOUNT_TAG_LENGTH;
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
        Map<String, @Nullable Object> members = parse(source, json);
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

    /** The reader alone: a tree would load sixty more classes, in every connector. */
    private static Map<String, @Nullable Object> parse(String source, String json) {
        try {
            JsonReader reader = new JsonReader(new StringReader(json));
            reader.setStrictness(Strictness.STRICT);
            if (reader.peek() == JsonToken.BEGIN_OBJECT) {
                Map<String, @Nullable Object> members = members(reader);
                if (reader.peek() == JsonToken.END_DOCUMENT) {
                    return members;
                }
            } else {
                readOver(reader);
            }
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            throw invalid(source, "is not valid JSON");
        }
        throw invalid(source, "is not one JSON object");
    }

    /** What is neither text nor null stands as its kind. */
    private static Map<String, @Nullable Object> members(JsonReader reader) throws IOException {
        Map<String, @Nullable Object> members = new HashMap<>();
        reader.beginObject();
        while (reader.hasNext()) {
            String name = reader.nextName();
            JsonToken kind = reader.peek();
            if (kind == JsonToken.STRING) {
                members.put(name, reader.nextString());
            } else {
                members.put(name, kind == JsonToken.NULL ? null : kind);
                readOver(reader);
            }
        }
        reader.endObject();
        return members;
    }

    /** Reads one value. {@code skipValue} would take text that is not quite JSON. */
    private static void readOver(JsonReader reader) throws IOException {
        int depth = 0;
        do {
            switch (reader.peek()) {
                case BEGIN_OBJECT -> {
                    reader.beginObject();
                    depth++;
                }
                case END_OBJECT -> {
                    reader.endObject();
                    depth--;
                }
                case BEGIN_ARRAY -> {
                    reader.beginArray();
                    depth++;
                }
                case END_ARRAY -> {
                    reader.endArray();
                    depth--;
                }
                case NAME -> {
                    var unused = reader.nextName();
                }
                case STRING, NUMBER -> {
                    var unused = reader.nextString();
                }
                case BOOLEAN -> {
                    var unused = reader.nextBoolean();
                }
                case NULL -> reader.nextNull();
                default -> throw new EOFException("end of the document in a value");
            }
        } while (depth > 0);
    }

    private static String required(String source, Map<String, @Nullable Object> members, String name) {
        String value = optional(source, members, name);
        if (value == null || value.isEmpty()) {
            throw invalid(source, "member " + name + " is missing or empty");
        }
        return value;
    }

    private static @Nullable String optional(String source, Map<String, @Nullable Object> members, String name) {
        Object value = members.get(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw invalid(source, "member " + name + " is not a string");
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
