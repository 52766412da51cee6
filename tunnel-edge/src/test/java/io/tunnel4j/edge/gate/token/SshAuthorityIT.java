package io.tunnel4j.edge.gate.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tunnel4j.edge.gate.policy.InMemoryAccessState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenSSH's own tools read what the authority signs; they check its signature when they do. */
class SshAuthorityIT {
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

    private final SshAuthority authority = SshAuthority.of(new InMemoryAccessState(), "00".repeat(32), NOW)
            .toCompletableFuture()
            .join();

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
    void certificate_anyKeyType_isReadByTheReference(String type) throws Exception {
        Path key = directory.resolve("key");
        run("ssh-keygen", "-q", "-t", type, "-N", "", "-f", key.toString());

        SshAuthority.Certificate certificate =
                authority.sign(Files.readString(Path.of(key + ".pub")), "ann@example.com", "ann", NOW);

        Path file = directory.resolve("key-cert.pub");
        Files.writeString(file, certificate.text());
        Path ca = directory.resolve("ca.pub");
        Files.writeString(ca, authority.publicKey() + "\n");
        String shown = run("ssh-keygen", "-L", "-f", file.toString());
        assertThat(shown)
                .contains("user certificate", "Key ID: \"ann@example.com\"", "permit-pty")
                .contains("Valid: from 2026-11-25T11:59:00 to 2026-11-25T12:04:00")
                .containsPattern("Principals: \\s+ann\\s+Critical");
        String fingerprint = run("ssh-keygen", "-l", "-f", ca.toString()).split(" ")[1];
        assertThat(shown).contains("Signing CA: ECDSA " + fingerprint);
    }

    @Test
    void key_malformed_isRefused() {
        for (String line : List.of(
                "",
                "ssh-ed25519",
                "ssh-ed25519 AAAA",
                "ssh-ed25519 !!!!",
                "ssh-dss AAAAB3NzaC1kc3M=",
                "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f")) {
            assertThatThrownBy(() -> authority.sign(line, "a@b", "a", NOW))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static String run(String... command) throws IOException, InterruptedException {
        List<String> full = new ArrayList<>(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(full).redirectErrorStream(true);
        builder.environment().put("TZ", "UTC");
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            if ("true".equals(System.getenv("CI"))) {
                throw e;
            }
            assumeThat(false).describedAs("%s is not installed", command[0]).isTrue();
            throw e;
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).describedAs(output).isZero();
        return output;
    }
}
