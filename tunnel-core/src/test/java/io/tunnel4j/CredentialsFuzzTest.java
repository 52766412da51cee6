package io.tunnel4j;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Base64;
import java.util.function.Function;

/** Any text as a token or credentials file: credentials that survive being written, or a {@link TunnelException}. */
class CredentialsFuzzTest {
    @FuzzTest(maxDuration = "60s")
    void credentials_anyText_areReadOrRefused(byte[] input) {
        String text = new String(input, UTF_8);
        check(text, TunnelCredentials::fromJson, TunnelCredentials::toJson);
        check(text, TunnelCredentials::fromToken, TunnelCredentials::toToken);
        String token = Base64.getEncoder().encodeToString(input);
        check(token, TunnelCredentials::fromToken, TunnelCredentials::toToken);
        check(new String(input, ISO_8859_1), TunnelCredentials::fromToken, TunnelCredentials::toToken);
    }

    private static void check(
            String text, Function<String, TunnelCredentials> reader, Function<TunnelCredentials, String> writer) {
        TunnelCredentials read;
        try {
            read = reader.apply(text);
        } catch (TunnelException refused) {
            if (refused.code() != TunnelErrorCode.INVALID_CREDENTIALS) {
                throw new AssertionError("code " + refused.code(), refused);
            }
            return;
        }
        if (!reader.apply(writer.apply(read)).equals(read)) {
            throw new AssertionError("credentials changed by writing and reading them");
        }
    }
}
