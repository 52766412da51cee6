package io.tunnel4j.edge.gate.login;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/** Argon2id in the usual text form. Pure; takes some 20 ms and 19 MiB, so not for event loops. */
public final class PasswordHash {
    /** Compared with when there is no such user, so that this takes as long. Nobody knows a password for it. */
    public static final String NOBODY =
            "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    /** Smallest cost that OWASP recommends. */
    private static final int MEMORY_KIB = 19_456;

    private static final int ITERATIONS = 2;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final int MAX_MEMORY_KIB = 1 << 20;
    private static final int MAX_PASSWORD_CHARS = 1024;
    private static final Pattern FORM = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,2})\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

    private PasswordHash() {}

    /**
     * Hashes a password.
     *
     * @param password at most 1024 characters
     * @return text with parameters and salt
     */
    public static String of(String password) {
        byte[] salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(salt);
        byte[] hash = derive(password, salt, MEMORY_KIB, ITERATIONS, 1, HASH_BYTES);
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=" + MEMORY_KIB + ",t=" + ITERATIONS + ",p=1$" + base64.encodeToString(salt) + "$"
                + base64.encodeToString(hash);
    }

    /**
     * Checks a password.
     *
     * @param password what somebody typed
     * @param stored made by {@link #of}, or by another program in the same form
     * @return whether it is the right one; false for a malformed hash
     */
    public static boolean matches(String password, String stored) {
        Matcher matcher = FORM.matcher(stored);
        if (!matcher.matches() || !isWithinLimits(matcher) || password.length() > MAX_PASSWORD_CHARS) {
            return false;
        }
        int memory = Integer.parseInt(matcher.group(1));
        int iterations = Integer.parseInt(matcher.group(2));
        int lanes = Integer.parseInt(matcher.group(3));
        byte[] expected = Base64.getDecoder().decode(matcher.group(5));
        byte[] salt = Base64.getDecoder().decode(matcher.group(4));
        return MessageDigest.isEqual(expected, derive(password, salt, memory, iterations, lanes, expected.length));
    }

    /**
     * Tells whether any password could match.
     *
     * @param stored a hash
     * @return whether it has the form and parameters that {@link #matches} takes
     */
    public static boolean isReadable(String stored) {
        Matcher matcher = FORM.matcher(stored);
        return matcher.matches() && isWithinLimits(matcher);
    }

    private static boolean isWithinLimits(Matcher matcher) {
        int memory = Integer.parseInt(matcher.group(1));
        return memory >= 8
                && memory <= MAX_MEMORY_KIB
                && Integer.parseInt(matcher.group(2)) > 0
                && Integer.parseInt(matcher.group(3)) > 0;
    }

    private static byte[] derive(String password, byte[] salt, int memory, int iterations, int lanes, int length) {
        if (password.length() > MAX_PASSWORD_CHARS) {
            throw new IllegalArgumentException("password: too long (expected: at most " + MAX_PASSWORD_CHARS + ")");
        }
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(memory)
                .withIterations(iterations)
                .withParallelism(lanes)
                .withSalt(salt)
                .build());
        byte[] hash = new byte[length];
        generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), hash);
        return hash;
    }
}
