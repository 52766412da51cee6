package io.tunnel4j.access.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.tunnel4j.access.AccessVectors;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.pando.crypto.nacl.CryptoBox;

class TransferKeysTest {
    static Stream<JsonObject> boxes() {
        return AccessVectors.cases("box-vectors.json");
    }

    @ParameterizedTest
    @MethodSource("boxes")
    void open_referenceCase_samePlaintextOrError(JsonObject vector) throws Exception {
        TransferKeys keys = TransferKeys.of(hex(vector, "client_private_hex"), hex(vector, "client_public_hex"));
        String header = vector.get("service_public_key_header").getAsString();
        String body = vector.get("http_body_base64std").getAsString();

        assertThat(keys.id())
                .isEqualTo(vector.get("client_public_base64url_padded").getAsString());
        if (vector.get("decrypts").getAsBoolean()) {
            assertThat(keys.open(header, body))
                    .isEqualTo(vector.get("plaintext_utf8").getAsString());
        } else {
            assertThatThrownBy(() -> keys.open(header, body))
                    .isInstanceOf(ParseException.class)
                    .hasMessage(vector.get("error").getAsString());
        }
    }

    @Test
    void open_recordedLoginWithKnownKeys_tokens() throws Exception {
        JsonObject transcript = AccessVectors.object("transcripts/older-login-fixed-keypair.json");
        JsonObject pem = transcript.getAsJsonObject("pem_files");
        JsonObject box = transcript.getAsJsonObject("box");
        TransferKeys keys = TransferKeys.of(
                pem(pem.get("cloudflared_priv.pem").getAsString()),
                pem(pem.get("cloudflared_pub.pem").getAsString()));
        String answer = exchange(transcript, "GET /transfer/").get("response").getAsString();
        String header = answer.split("service-public-key: ")[1].split("\r\n")[0];

        TransferStore.Tokens tokens = TransferStore.parse(keys.open(header, answer.split("\r\n\r\n")[1]));

        assertThat(exchange(transcript, "GET /transfer/" + keys.id() + " ")).isNotNull();
        assertThat(tokens.app()).startsWith("eyJ");
        assertThat(tokens.org()).startsWith("eyJ");
        assertThat(box.toString()).contains(tokens.app()).contains(tokens.org());
    }

    private static JsonObject exchange(JsonObject transcript, String requestStart) {
        return transcript.getAsJsonArray("exchanges").asList().stream()
                .map(exchange -> exchange.getAsJsonObject())
                .filter(exchange -> exchange.get("request").getAsString().startsWith(requestStart))
                .findFirst()
                .orElseThrow();
    }

    private static byte[] pem(String text) {
        return Base64.getMimeDecoder().decode(text.replaceAll("-----[^-]+-----", ""));
    }

    @Test
    void generate_twice_differentIdsThatAreKeys() throws Exception {
        TransferKeys first = TransferKeys.generate();

        assertThat(first.id())
                .hasSize(44)
                .endsWith("=")
                .isNotEqualTo(TransferKeys.generate().id());
        assertThat(first).hasToString("TransferKeys[]");
        var service = CryptoBox.keyPair();
        byte[] id = Base64.getUrlDecoder().decode(first.id());
        CryptoBox box = CryptoBox.encrypt(
                service.getPrivate(), CryptoBox.publicKey(id), "hello".getBytes(StandardCharsets.UTF_8));
        byte[] sealed = box.getCiphertextWithTag();
        byte[] envelope = java.nio.ByteBuffer.allocate(24 + sealed.length)
                .put(box.getNonce())
                .put(sealed)
                .array();
        String header = Base64.getUrlEncoder()
                .encodeToString(littleEndian(((java.security.interfaces.XECPublicKey) service.getPublic()).getU()));
        assertThat(first.open(header, Base64.getEncoder().encodeToString(envelope)))
                .isEqualTo("hello");
    }

    private static byte[] littleEndian(java.math.BigInteger u) {
        byte[] out = new byte[32];
        byte[] in = u.toByteArray();
        for (int i = 0; i < in.length && i < 32; i++) {
            out[i] = in[in.length - 1 - i];
        }
        return out;
    }

    private static byte[] hex(JsonObject vector, String name) {
        return HexFormat.of().parseHex(vector.get(name).getAsString());
    }
}
