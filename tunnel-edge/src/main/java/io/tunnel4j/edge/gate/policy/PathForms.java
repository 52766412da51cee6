package io.tunnel4j.edge.gate.policy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a path may come to mean at an origin. Pure.
 *
 * <p>Origins differ in what they decode, collapse and cut. So a path is matched in every reading a known server would give it, and the
 * caller refuses what is protected in one reading and less so in another. A plain path has one reading.
 */
final class PathForms {
    /** Rounds of percent-decoding; a path that still changes after them serves nobody honest. */
    private static final int MAX_DECODING = 3;

    private PathForms() {}

    /**
     * Lists the readings of a path.
     *
     * @param path as on the wire, without query
     * @return at least the path itself; null if it is encoded too often to be followed
     */
    static @Nullable Set<String> of(String path) {
        if (isPlain(path)) {
            return Set.of(path);
        }
        Set<String> forms = new LinkedHashSet<>();
        String decoded = path;
        for (int round = 0; ; round++) {
            forms.add(decoded);
            forms.add(resolved(decoded));
            forms.add(resolved(decoded.replace('\\', '/')));
            forms.add(resolved(withoutParameters(decoded.replace('\\', '/'))));
            String next = decodedOnce(decoded);
            if (next.equals(decoded)) {
                return forms;
            }
            if (round == MAX_DECODING) {
                return null;
            }
            decoded = next;
        }
    }

    private static boolean isPlain(String path) {
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '%' || c == '\\' || c == ';') {
                return false;
            }
            if (c == '/' && i + 1 < path.length() && (path.charAt(i + 1) == '/' || path.charAt(i + 1) == '.')) {
                return false;
            }
        }
        return true;
    }

    /** Decodes valid escapes and leaves the others; bytes above ASCII keep their value, which is enough for comparing. */
    private static String decodedOnce(String path) {
        int percent = path.indexOf('%');
        if (percent < 0) {
            return path;
        }
        byte[] in = path.getBytes(StandardCharsets.ISO_8859_1);
        byte[] out = new byte[in.length];
        int length = 0;
        for (int i = 0; i < in.length; i++) {
            int high = in[i] == '%' && i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(in[i + 2], 16);
            if (low >= 0) {
                out[length++] = (byte) ((high << 4) | low);
                i += 2;
            } else {
                out[length++] = in[i];
            }
        }
        return new String(out, 0, length, StandardCharsets.ISO_8859_1);
    }

    private static String withoutParameters(String path) {
        StringBuilder kept = new StringBuilder(path.length());
        boolean skipping = false;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            skipping = c == ';' || (skipping && c != '/');
            if (!skipping) {
                kept.append(c);
            }
        }
        return kept.toString();
    }

    /** Collapses slashes and takes out dot segments; a path cannot climb above its root. */
    private static String resolved(String path) {
        Deque<String> segments = new ArrayDeque<>();
        boolean endsInSlash = path.endsWith("/");
        for (String segment : path.split("/", -1)) {
            switch (segment) {
                case "" -> {}
                case "." -> endsInSlash |= path.endsWith("/.");
                case ".." -> {
                    segments.pollLast();
                    endsInSlash |= path.endsWith("/..");
                }
                default -> segments.addLast(segment);
            }
        }
        String joined = "/" + String.join("/", segments);
        return endsInSlash && joined.length() > 1 ? joined + "/" : joined;
    }
}
