package io.tunnel4j.edge.api;

import java.net.IDN;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Hostnames as routes are written with: lower case, ASCII, possibly a star in front. */
public final class Hostname {
    private static final int MAX_LENGTH = 253;
    private static final Pattern NAME = Pattern.compile(
            "\\*|(\\*\\.)?[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*");

    private Hostname() {}

    /**
     * Brings a hostname into the form routes use.
     *
     * @param text any case, Unicode allowed, a trailing dot allowed
     * @return the name, or null if it is none
     */
    public static @Nullable String normalised(String text) {
        if (text.length() > MAX_LENGTH) {
            return null;
        }
        String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        try {
            String star = name.startsWith("*.") ? "*." : "";
            name = name.equals("*") ? name : star + IDN.toASCII(name.substring(star.length()), IDN.ALLOW_UNASSIGNED);
        } catch (IllegalArgumentException e) {
            return null;
        }
        name = name.toLowerCase(Locale.ROOT);
        return name.length() <= MAX_LENGTH && NAME.matcher(name).matches() ? name : null;
    }
}
