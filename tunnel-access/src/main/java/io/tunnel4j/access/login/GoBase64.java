package io.tunnel4j.access.login;

import java.text.ParseException;
import java.util.Base64;

/** Base64 with padding, as strict and as lenient as the reference's decoder, and with its words. Immutable. */
final class GoBase64 {
    static final GoBase64 STANDARD = new GoBase64("+/", Base64.getDecoder());
    static final GoBase64 URL = new GoBase64("-_", Base64.getUrlDecoder());

    private static final int DIGITS_PER_GROUP = 4;

    private final String special;
    private final Base64.Decoder decoder;

    private GoBase64(String special, Base64.Decoder decoder) {
        this.special = special;
        this.decoder = decoder;
    }

    /** Decodes; carriage returns and line feeds are ignored. */
    byte[] decode(String text) throws ParseException {
        StringBuilder digits = new StringBuilder(text.length());
        int groupStart = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\r' || c == '\n') {
                continue;
            }
            if (!isDigit(c) && c != '=') {
                throw illegal(i);
            }
            if (digits.length() % DIGITS_PER_GROUP == 0) {
                groupStart = i;
            }
            digits.append(c);
        }
        if (digits.length() % DIGITS_PER_GROUP != 0) {
            throw illegal(groupStart);
        }
        try {
            return decoder.decode(digits.toString());
        } catch (IllegalArgumentException padding) {
            throw illegal(Math.max(0, digits.indexOf("=")));
        }
    }

    private boolean isDigit(char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || special.indexOf(c) >= 0;
    }

    private static ParseException illegal(int at) {
        return new ParseException("illegal base64 data at input byte " + at, at);
    }
}
