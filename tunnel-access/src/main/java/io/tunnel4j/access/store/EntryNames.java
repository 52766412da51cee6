package io.tunnel4j.access.store;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.TokenStore;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What every store checks, and how it fails. */
final class EntryNames {
    private EntryNames() {}

    static String checked(String name) {
        boolean plain = name.chars().allMatch(c -> c >= ' ' && c != 0x7f && c != '/' && c != '\\');
        if (name.isEmpty()
                || name.length() > TokenStore.MAX_NAME_LENGTH
                || !plain
                || name.equals(".")
                || name.equals("..")) {
            throw failure(
                    "name of " + name.length() + " characters (expected: 1 to " + TokenStore.MAX_NAME_LENGTH
                            + " characters without separators)",
                    null);
        }
        return name;
    }

    static byte[] checkedValue(String name, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > TokenStore.MAX_VALUE_BYTES) {
            throw failure(
                    name + ": " + bytes.length + " bytes (expected: up to " + TokenStore.MAX_VALUE_BYTES + ")", null);
        }
        return bytes;
    }

    static TunnelException failure(String message, @Nullable Throwable cause) {
        return new TunnelException(TunnelErrorCode.TOKEN_STORE, "token store: " + message, cause);
    }
}
