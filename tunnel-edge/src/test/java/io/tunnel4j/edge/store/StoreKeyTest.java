package io.tunnel4j.edge.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.TunnelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreKeyTest {
    @TempDir
    Path directory;

    @Test
    void fromFile_writtenKey_opensWhatItSealed() throws IOException {
        StoreKey key = StoreKey.generate();
        Path file = Files.writeString(directory.resolve("key"), key.toBase64() + "\n");

        byte[] sealed = new SecretSeal(key).seal("tunnel", "a", new byte[] {1, 2, 3});

        assertThat(new SecretSeal(StoreKey.fromFile(file)).open("tunnel", "a", sealed))
                .containsExactly(1, 2, 3);
    }

    @Test
    void fromFile_notAKey_namesTheFileAndNotItsContent() throws IOException {
        Path file = Files.writeString(directory.resolve("bad-key"), "c2hvcnQ=");

        assertThatThrownBy(() -> StoreKey.fromFile(file))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("bad-key")
                .hasMessageNotContaining("c2hvcnQ");
    }

    @Test
    void open_movedToOtherDocumentOrDamaged_isRefused() {
        SecretSeal seal = new SecretSeal(StoreKey.generate());
        byte[] sealed = seal.seal("tunnel", "a", new byte[] {1, 2, 3});
        assertThatThrownBy(() -> seal.open("tunnel", "b", sealed)).isInstanceOf(StoreException.class);
        for (int i = 0; i < sealed.length; i++) {
            byte[] damaged = sealed.clone();
            damaged[i] ^= 1;
            assertThatThrownBy(() -> seal.open("tunnel", "a", damaged)).isInstanceOf(StoreException.class);
        }
        assertThatThrownBy(() -> seal.open("tunnel", "a", new byte[] {1, 2})).isInstanceOf(StoreException.class);
    }
}
