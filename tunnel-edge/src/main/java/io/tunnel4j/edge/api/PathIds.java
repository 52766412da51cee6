package io.tunnel4j.edge.api;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;

/** Ids as they stand in paths and bodies. */
final class PathIds {
    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int ID_BYTES = 16;

    private PathIds() {}

    static boolean isUuid(String text) {
        return UUID_TEXT.matcher(text).matches();
    }

    static UUID uuid(String name, String text) {
        if (!isUuid(text)) {
            throw BodyFields.wrong(name, "a UUID");
        }
        return UUID.fromString(text);
    }

    /** A new id of 32 hexadecimal digits. */
    static String random() {
        return randomHex(ID_BYTES);
    }

    static String randomHex(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /** The id of something that is known by its name: always the same 32 digits. */
    static String derived(String kind, String name) {
        return sha256(kind + "\0" + name).substring(0, 2 * ID_BYTES);
    }

    static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("no SHA-256 in this JVM", e);
        }
    }
}
