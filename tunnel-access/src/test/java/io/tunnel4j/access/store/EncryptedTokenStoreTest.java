package io.tunnel4j.access.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.TokenStore;
import io.tunnel4j.access.testing.TokenStoreContract;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncryptedTokenStoreTest extends TokenStoreContract {
    private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final TokenStore delegate = TokenStore.inMemory();
    private final TokenStore store = TokenStore.encrypted(delegate, KEY);

    @Override
    protected TokenStore emptyStore() {
        return TokenStore.encrypted(TokenStore.inMemory(), KEY);
    }

    @Override
    protected int maxValueBytes() {
        return TokenStore.MAX_VALUE_BYTES / 4 * 3 - 64;
    }

    @Test
    void write_sameValueTwice_delegateSeesNeitherValueNorRepetition() {
        store.write("a-token", "eyJ.secret");
        String first = delegate.read("a-token").value();
        store.write("a-token", "eyJ.secret");

        assertThat(first).startsWith("v1.").doesNotContain("secret");
        assertThat(delegate.read("a-token").value()).isNotEqualTo(first);
    }

    @Test
    void read_valueMovedToAnotherName_refused() {
        store.write("a-token", "secret");
        delegate.write("b-token", delegate.read("a-token").value());

        assertRefused(() -> store.read("b-token"));
    }

    @Test
    void read_oneBitChanged_refused() {
        store.write("a-token", "secret");
        String sealed = delegate.read("a-token").value();
        char last = sealed.charAt(10);
        delegate.write("a-token", sealed.substring(0, 10) + (last == 'A' ? 'B' : 'A') + sealed.substring(11));

        assertRefused(() -> store.read("a-token"));
    }

    @Test
    void read_otherKey_refused() {
        store.write("a-token", "secret");

        assertRefused(() -> TokenStore.encrypted(delegate, new byte[16]).read("a-token"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "v1.", "v1.AAAA", "v1.!!!!", "v1.AAAAAAAAAAAAAAAAAAAAAAAA"})
    void read_valueThatWasNotEncrypted_refused(String value) {
        delegate.write("a-token", value);

        assertRefused(() -> store.read("a-token"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15, 17, 31, 33, 64})
    void encrypted_keyOfWrongLength_illegalArgument(int length) {
        assertThatThrownBy(() -> TokenStore.encrypted(delegate, new byte[length]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("key: " + length + " bytes (expected: 16, 24 or 32)");
    }

    private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .hasMessageNotContaining("secret")
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.TOKEN_STORE));
    }
}
