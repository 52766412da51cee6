package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SshCommandsTest {
    @TempDir
    Path home;

    @Test
    void sshClientConfig_recordedRuns_sameText() {
        JsonArray runs = AccessVectors.object("transcripts/ssh-config.json").getAsJsonArray("runs");

        assertThat(SshClientConfig.plain("$HOME", "cloudflared", null)).isEqualTo(stdout(runs, 0));
        assertThat(SshClientConfig.plain("$HOME", "cloudflared", "ssh.example.test"))
                .isEqualTo(stdout(runs, 1));
        assertThat(SshClientConfig.shortLivedCertificate("$HOME", "cloudflared", "ssh.example.test"))
                .isEqualTo(stdout(runs, 2));
    }

    @Test
    void sshClientConfig_moreOptions_areQuotedForSshAndItsShell() {
        List<String> options = List.of("--cacert", "/home/ann's/50%.pem", "--auth-domain", "team.example.net:8443");

        assertThat(SshClientConfig.shortLivedCertificate("/home/ann", "tunnel", "h", options))
                .contains(
                        "exec \"tunnel access ssh-gen --hostname %h --cacert '/home/ann'\\''s/50%%.pem' --auth-domain team.example.net:8443\"\n",
                        "ProxyCommand tunnel access ssh --hostname %h --cacert '/home/ann'\\''s/50%%.pem' --auth-domain team.example.net:8443\n");
        assertThat(SshClientConfig.plain("/home/ann", "tunnel", "h", options))
                .contains("ssh --hostname %h --cacert '/home/ann'");
    }

    private static String stdout(JsonArray runs, int index) {
        return runs.get(index).getAsJsonObject().get("stdout").getAsString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssh-gen", "ssh-gen-refused", "own-names-only"})
    void ecdsaKey_recordedKeys_sameFiles(String scenario) throws Exception {
        JsonObject files =
                AccessVectors.object("transcripts/" + scenario + ".json").getAsJsonObject("files_in_dot_cloudflared");
        String pem =
                files.getAsJsonObject("app.example.test-cf_key").get("content").getAsString();
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[^-]+-----", ""));
        AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
        curve.init(new ECGenParameterSpec("secp256r1"));
        ECParameterSpec parameters = curve.getParameterSpec(ECParameterSpec.class);
        KeyFactory factory = KeyFactory.getInstance("EC");
        BigInteger secret = new BigInteger(1, Arrays.copyOfRange(der, 7, 39));
        byte[] point = Arrays.copyOfRange(der, der.length - 64, der.length);
        ECPoint w = new ECPoint(
                new BigInteger(1, Arrays.copyOf(point, 32)), new BigInteger(1, Arrays.copyOfRange(point, 32, 64)));

        EcdsaKey key = EcdsaKey.of(
                (ECPrivateKey) factory.generatePrivate(new ECPrivateKeySpec(secret, parameters)),
                (ECPublicKey) factory.generatePublic(new ECPublicKeySpec(w, parameters)));

        assertThat(key.privateKeyPem()).isEqualTo(pem);
        assertThat(key.authorizedKey())
                .isEqualTo(files.getAsJsonObject("app.example.test-cf_key.pub")
                        .get("content")
                        .getAsString());
    }

    /** What the recorded edge signed, and what servers behind it trust, belong together. */
    @Test
    void certificate_recorded_isSignedByTheRecordedAuthority() {
        String text = AccessVectors.object("transcripts/ssh-gen.json")
                .getAsJsonObject("files_in_dot_cloudflared")
                .getAsJsonObject("app.example.test-cf_key-cert.pub")
                .get("content")
                .getAsString();
        byte[] certificate = Base64.getDecoder().decode(text.split(" ")[1].strip());
        byte[] authority = Base64.getDecoder()
                .decode(AccessVectors.text("keys/ssh-ca.pub").split(" ")[1].strip());

        assertThat(text).startsWith("ecdsa-sha2-nistp256-cert-v01@openssh.com ");
        assertThat(HexFormat.of().formatHex(certificate))
                .contains(HexFormat.of().formatHex(authority));
    }

    @Test
    void sshKeyFiles_twice_keyMadeOnceAndOwnerOnly() throws Exception {
        Path directory = home.resolve(".cloudflared");
        SshKeyFiles files = SshKeyFiles.of(directory, URI.create("https://ssh.example.test/a/b"));

        String first = files.publicKey();
        String second = SshKeyFiles.of(directory, URI.create("https://ssh.example.test/a/b"))
                .publicKey();
        ShortLivedCertificate certificate = files.withCertificate("cert\n", Instant.EPOCH);

        assertThat(second)
                .isEqualTo(first)
                .startsWith("ecdsa-sha2-nistp256 AAAA")
                .endsWith("\n");
        assertThat(certificate.keyFile()).isEqualTo(directory.resolve("ssh.example.test-a-b-cf_key"));
        assertThat(certificate.certificateFile())
                .isEqualTo(directory.resolve("ssh.example.test-a-b-cf_key-cert.pub"))
                .hasContent("cert\n");
        assertThat(certificate.expiresAt()).isEqualTo(Instant.EPOCH);
        try (var all = Files.list(directory)) {
            assertThat(all.toList())
                    .hasSize(3)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    void sshKeyFiles_publicKeyThere_reusedWithoutLookingAtThePrivateKey() throws Exception {
        Files.writeString(home.resolve("ssh.example.test-cf_key.pub"), "their key\n");

        assertThat(SshKeyFiles.of(home, URI.create("https://ssh.example.test")).publicKey())
                .isEqualTo("their key\n");
        assertThat(home.resolve("ssh.example.test-cf_key")).doesNotExist();
    }
}
