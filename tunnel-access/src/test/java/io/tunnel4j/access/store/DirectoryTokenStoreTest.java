package io.tunnel4j.access.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.TunnelException;
import io.tunnel4j.access.TokenStore;
import io.tunnel4j.access.testing.TokenStoreContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectoryTokenStoreTest extends TokenStoreContract {
    private static final String NAME = "app.example.com-f00d-token";

    @TempDir
    Path home;

    private Path directory() {
        return home.resolve(".cloudflared");
    }

    @Override
    protected TokenStore emptyStore() {
        return TokenStore.directory(directory());
    }

    @Test
    void write_firstValue_createsOwnerOnlyDirectoryAndFile() throws Exception {
        emptyStore().write(NAME, "a.b.c");

        assertThat(mode(directory())).isEqualTo("rwx------");
        assertThat(mode(directory().resolve(NAME))).isEqualTo("rw-------");
        assertThat(files()).containsExactly(NAME);
    }

    @Test
    void write_overReadableFile_ownerOnlyAfterwards() throws Exception {
        Files.createDirectory(directory());
        Files.writeString(directory().resolve(NAME), "old");
        Files.setPosixFilePermissions(directory().resolve(NAME), PosixFilePermissions.fromString("rw-r--r--"));

        emptyStore().write(NAME, "new");

        assertThat(mode(directory().resolve(NAME))).isEqualTo("rw-------");
    }

    @Test
    void write_parentMissing_saysWhichFile() {
        TokenStore store = TokenStore.directory(home.resolve("no/such"));

        assertThatThrownBy(() -> store.write(NAME, "value"))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining(home.resolve("no/such").resolve(NAME).toString());
    }

    @Test
    void read_oversizedFile_refusedWithoutReadingIt() throws Exception {
        Files.createDirectory(directory());
        Files.write(directory().resolve(NAME), new byte[TokenStore.MAX_VALUE_BYTES + 1]);

        assertThatThrownBy(() -> emptyStore().read(NAME))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining(NAME)
                .hasMessageContaining("more than 1048576 bytes");
    }

    @Test
    void read_directoryInPlaceOfFile_refused() throws Exception {
        Files.createDirectories(directory().resolve(NAME));

        assertThatThrownBy(() -> emptyStore().read(NAME))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("not a regular file");
    }

    @Test
    void names_lockAndTemporaryFiles_leftOut() throws Exception {
        TokenStore store = emptyStore();
        store.write(NAME, "value");
        Files.writeString(directory().resolve(".tunnel4j-1.tmp"), "half");
        Files.writeString(directory().resolve(NAME + ".lock"), "");

        try (TokenStore.Lock lock = store.tryLock("other-token")) {
            assertThat(lock).isNotNull();
            assertThat(store.names()).containsExactly(NAME);
        }
    }

    @Test
    void names_inADirectoryOfMore_are10000() throws Exception {
        Files.createDirectory(directory());
        for (int i = 0; i < 10_001; i++) {
            Files.createFile(directory().resolve("app" + i + ".example.test-aud-token"));
        }

        assertThat(emptyStore().names()).hasSize(10_000);
    }

    @Test
    void tryLock_otherStoreOfTheSameDirectory_excluded() {
        TokenStore other = TokenStore.directory(directory().resolve("../.cloudflared"));
        try (TokenStore.Lock lock = emptyStore().tryLock(NAME)) {
            assertThat(lock).isNotNull();
            assertThat(other.tryLock(NAME)).isNull();
            assertThat(other.tryLock(NAME)).as("looking does not free the lock").isNull();
        }
        try (TokenStore.Lock lock = other.tryLock(NAME)) {
            assertThat(lock).isNotNull();
        }
    }

    @Test
    void tryLock_held_referenceSeesThisProcess() throws Exception {
        Path lockFile = directory().resolve(NAME + ".lock");
        try (TokenStore.Lock lock = emptyStore().tryLock(NAME)) {
            assertThat(lock).isNotNull();
            long start =
                    ProcessHandle.current().info().startInstant().orElseThrow().toEpochMilli();
            assertThat(Files.readString(lockFile))
                    .isEqualTo("{\"pid\":" + ProcessHandle.current().pid() + ",\"start_time\":" + start + "}\n");
            assertThat(mode(lockFile)).isEqualTo("rw-------");
        }
        assertThat(lockFile).doesNotExist();
    }

    @Test
    void tryLock_livingReferenceProcess_respected() throws Exception {
        Process reference = new ProcessBuilder("cat").start();
        try {
            foreignLock(LockHolder.of(reference.toHandle()).text(), Duration.ZERO);
            assertThat(emptyStore().tryLock(NAME)).isNull();
            foreignLock(LockHolder.of(reference.toHandle()).text(), Duration.ofMinutes(9));
            assertThat(emptyStore().tryLock(NAME)).isNull();

            foreignLock(LockHolder.of(reference.toHandle()).text(), Duration.ofMinutes(11));
            assertLockable();
        } finally {
            reference.destroyForcibly().waitFor();
        }
    }

    @Test
    void tryLock_endedReferenceProcess_stale() throws Exception {
        Process reference = new ProcessBuilder("true").start();
        LockHolder holder = LockHolder.of(reference.toHandle());
        reference.waitFor();
        foreignLock(holder.text(), Duration.ZERO);

        assertLockable();
    }

    @Test
    void tryLock_processIdUsedAgain_stale() throws Exception {
        LockHolder self = LockHolder.thisProcess();
        foreignLock(new LockHolder(self.pid(), self.startMillis() - 2000).text(), Duration.ZERO);

        assertLockable();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "not json",
                "{}",
                "[1]",
                "{\"pid\":\"1\",\"start_time\":1}",
                "{\"pid\":-1,\"start_time\":1}",
                "{\"pid\":1"
            })
    void tryLock_unreadableLockFile_staleOnceItCannotBeBeingWritten(String content) throws Exception {
        foreignLock(content, Duration.ofMillis(500));
        assertThat(emptyStore().tryLock(NAME)).isNull();

        foreignLock(content, Duration.ofSeconds(3));
        assertLockable();
    }

    @Test
    void tryLock_oversizedLockFile_saysWhichFile() throws Exception {
        foreignLock("{".repeat(5000), Duration.ZERO);

        assertThatThrownBy(() -> emptyStore().tryLock(NAME))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining(NAME);
    }

    @Test
    void close_lockTakenOverByReference_itsFileStays() throws Exception {
        TokenStore.Lock lock = emptyStore().tryLock(NAME);
        foreignLock("{\"pid\":1,\"start_time\":2}\n", Duration.ZERO);

        lock.close();

        assertThat(directory().resolve(NAME + ".lock")).hasContent("{\"pid\":1,\"start_time\":2}\n");
    }

    private void assertLockable() {
        try (TokenStore.Lock lock = emptyStore().tryLock(NAME)) {
            assertThat(lock).isNotNull();
        }
    }

    private void foreignLock(String content, Duration age) throws Exception {
        OwnerOnlyFiles.createDirectory(directory());
        Path file = Files.writeString(directory().resolve(NAME + ".lock"), content);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    }

    private static String mode(Path file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private java.util.List<String> files() throws Exception {
        try (Stream<Path> all = Files.list(directory())) {
            return all.map(file -> file.getFileName().toString()).toList();
        }
    }
}
