package io.tunnel4j.access.login;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.store.StoredToken;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Instant;
import java.util.Base64;

/** Decoders of what an edge or a stranger's file holds: they answer or refuse, and do nothing else. */
class LoginFuzzTest {
    private static final TransferKeys KEYS = TransferKeys.generate();

    private static String text(byte[] input) {
        return new String(input, StandardCharsets.UTF_8);
    }

    @FuzzTest(maxDuration = "30s")
    void token_anyText_readOrRefused(byte[] input) {
        StoredToken token = StoredToken.tryParse(text(input));
        if (token != null && token.isExpired(Instant.MAX) != token.expiresAt() < Instant.MAX.getEpochSecond()) {
            throw new AssertionError("end of " + token);
        }
    }

    @FuzzTest(maxDuration = "30s")
    void metadata_anyClaims_readOrRefused(byte[] input) {
        String payload = Base64.getUrlEncoder().withoutPadding().encodeToString(input);
        try {
            SignedMetadata metadata = SignedMetadata.decode("eyJhbGciOiJSUzI1NiJ9." + payload + ".YQ");
            AuthDomain domain = metadata.authDomain(AuthDomains.CLOUDFLARE);
            if (!domain.host().endsWith(".cloudflareaccess.com")) {
                throw new AssertionError(domain.host());
            }
            metadata.application(URI.create("https://app.example.test"), domain, Instant.EPOCH);
        } catch (TunnelException refused) {
            // Half of the contract.
        }
    }

    @FuzzTest(maxDuration = "30s")
    void keySet_anyText_readOrRefused(byte[] input) {
        KeySet keys = KeySet.parse(text(input));
        if (keys != null && KeySet.parse(keys.text()) == null) {
            throw new AssertionError("what is cached cannot be read: " + keys.text());
        }
    }

    @FuzzTest(maxDuration = "30s")
    void sealedAnswer_anyText_openedOrRefused(byte[] input) {
        String text = text(input);
        int half = text.length() / 2;
        try {
            TransferStore.parse(KEYS.open(text.substring(0, half), text.substring(half)));
            throw new AssertionError("opened what nobody sealed");
        } catch (ParseException refused) {
            // The only way.
        }
    }

    @FuzzTest(maxDuration = "30s")
    void transferTokens_anyText_readOrRefused(byte[] input) {
        try {
            if (TransferStore.parse(text(input)).app().isEmpty()) {
                throw new AssertionError("no app token");
            }
        } catch (ParseException refused) {
            // Half of the contract.
        }
    }

    @FuzzTest(maxDuration = "30s")
    void redirect_anyLocation_resolvedOrRefused(byte[] input) {
        URI to = Uris.resolve(URI.create("https://app.example.test"), text(input));
        if (to != null && to.toString().chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
            throw new AssertionError("not for a request line: " + to);
        }
    }

    @FuzzTest(maxDuration = "30s")
    void query_anyText_encodingIsStable(byte[] input) {
        String once = FormQuery.parse(text(input)).encode();
        if (!FormQuery.parse(once).encode().equals(once)) {
            throw new AssertionError(once);
        }
    }
}
