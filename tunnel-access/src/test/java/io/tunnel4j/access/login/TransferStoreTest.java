package io.tunnel4j.access.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessVectors;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransferStoreTest {
    private static final JsonObject BOX =
            AccessVectors.cases("box-vectors.json").findFirst().orElseThrow();

    private final FakeTime time = new FakeTime(Instant.EPOCH);
    private final FakeHttp http = new FakeHttp();
    private final TransferStore store = new TransferStore(URI.create("https://login.example"), http, time);
    private final TransferKeys keys = TransferKeys.of(
            HexFormat.of().parseHex(BOX.get("client_private_hex").getAsString()),
            HexFormat.of().parseHex(BOX.get("client_public_hex").getAsString()));
    private final LoginAttempt attempt = time.attempt(Duration.ofMinutes(10));

    private TransferStore.Tokens await() {
        return store.await(keys, "app.example.test", attempt);
    }

    private FakeHttp sealed() {
        return http.answer(
                200,
                BOX.get("http_body_base64std").getAsString(),
                "service-public-key",
                BOX.get("service_public_key_header").getAsString());
    }

    @Test
    void await_sealedAnswer_tokens() {
        sealed();

        TransferStore.Tokens tokens = await();

        assertThat(tokens.app()).isEqualTo("eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOlsiYSJdfQ.c2ln");
        assertThat(tokens.org()).isEqualTo("eyJhbGciOiJSUzI1NiJ9.eyJ0eXBlIjoib3JnIn0.c2ln");
        assertThat(tokens).hasToString("Tokens[]");
        assertThat(http.calls).hasSize(1);
        assertThat(http.calls.get(0).uri()).hasToString("https://login.example/transfer/" + keys.id());
        assertThat(http.calls.get(0).timeout()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void await_storeThatAnswersAtOnce_pacedAndNotGivenUpAfterTen() {
        for (int i = 0; i < 50; i++) {
            http.answer(i % 2 == 0 ? 404 : 200, i % 2 == 0 ? "not yet" : "");
        }
        sealed();

        assertThat(await().app()).startsWith("eyJ");

        assertThat(time.pauses).hasSize(50).allMatch(pause -> pause.equals(Duration.ofSeconds(1)));
    }

    @Test
    void await_storeThatHolds_askedAgainAtOnce() {
        http.on(call -> {
            time.pass(Duration.ofSeconds(50));
            return FakeHttp.of(404, "");
        });
        sealed();

        await();

        assertThat(time.pauses).isEmpty();
    }

    @Test
    void await_nobodyLogsIn_timedOutAtTheDeadline() {
        http.answer(404, "");

        assertFails(
                this::await,
                TunnelErrorCode.LOGIN_TIMED_OUT,
                "login to app.example.test: nobody finished the login in time");
        assertThat(time.instant()).isEqualTo(Instant.EPOCH.plusSeconds(600));
    }

    @Test
    void await_givenUpMeanwhile_reasonAtOnce() {
        http.on(call -> {
            attempt.end(new TunnelException(TunnelErrorCode.LOGIN_DECLINED, "given up"));
            return FakeHttp.of(404, "");
        });

        assertFails(this::await, TunnelErrorCode.LOGIN_DECLINED, "given up");
        assertThat(http.calls).hasSize(1);
    }

    @Test
    void await_storeFailsTwice_goesOn() {
        http.answer(500, "oops").fail(TunnelErrorCode.TIMEOUT);
        sealed();

        assertThat(await().app()).startsWith("eyJ");
    }

    @Test
    void await_storeKeepsFailing_itsWords() {
        http.answer(502, "bad\r\ngateway");

        assertFails(
                this::await,
                TunnelErrorCode.EDGE_UNREACHABLE,
                "failed to run transfer service: error on request 502: bad??gateway");
        assertThat(http.calls).hasSize(3);
    }

    @Test
    void await_untrustedStore_failsAtOnce() {
        http.fail(TunnelErrorCode.EDGE_UNTRUSTED);

        assertFails(this::await, TunnelErrorCode.EDGE_UNTRUSTED, "scripted failure");
        assertThat(http.calls).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 410})
    void await_declined_saysSo(int status) {
        http.answer(status, "");

        assertFails(this::await, TunnelErrorCode.LOGIN_DECLINED, "login to app.example.test: declined");
    }

    @Test
    void await_redirect_followedWithinABound() {
        http.answer(307, "", "Location", "https://other.example/x");
        sealed();

        assertThat(await().app()).startsWith("eyJ");
        assertThat(http.calls.get(1).uri()).hasToString("https://other.example/x");
    }

    @Test
    void await_answerForSomebodyElse_refused() {
        http.answer(200, BOX.get("http_body_base64std").getAsString(), "service-public-key", keys.id());

        assertFails(this::await, TunnelErrorCode.EDGE_UNTRUSTED, "failed to decrypt message");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"app_token\":1}",
                "{\"app_token\":\"\"}",
                "{\"org_token\":\"x\"}",
                "{\"app_token\":\"x\"} x"
            })
    void parse_noAppToken_refused(String json) {
        assertThatThrownBy(() -> TransferStore.parse(json)).isInstanceOf(java.text.ParseException.class);
    }

    private static void assertFails(ThrowingCallable call, TunnelErrorCode code, String message) {
        assertThatThrownBy(call)
                .hasMessageContaining(message)
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
