package io.tunnel4j.edge.gate.session;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/** Texts that cannot be guessed, and fingerprints of such texts. Thread-safe. */
public final class RandomText {
    private static final int BYTES = 24;

    private final SecureRandom random = new SecureRandom();

    /** Creates the source. */
    public RandomText() {}

    /**
     * Makes a text.
     *
     * @return 192 random bits in base64url
     */
    public String next() {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /**
     * Makes a number for people to type.
     *
     * @param digits how many
     * @return decimal digits
     */
    public String digits(int digits) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < digits; i++) {
            text.append(random.nextInt(10));
        }
        return text.toString();
    }

    /**
     * Makes a fingerprint that does not give the text away.
     *
     * @param text random
     * @return hexadecimal
     */
    public static String fingerprint(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("no SHA-256 in this JVM", e);
        }
    }

    /**
     * Compares secrets in constant time.
     *
     * @param one a text
     * @param other a text
     * @return whether they are equal
     */
    public static boolean sameSecret(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }
}
