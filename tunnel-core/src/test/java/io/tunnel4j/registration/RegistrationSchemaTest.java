package io.tunnel4j.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.wire.RpcEncoder;
import io.tunnel4j.wire.RpcMessage;
import io.tunnel4j.wire.TestMessages;
import io.tunnel4j.wire.WireException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RegistrationSchemaTest {
    private static final ClientInfo CLIENT = new ClientInfo(UUID.randomUUID(), List.of("a", "b"), "1", "linux_amd64");

    static List<String> scenarios() {
        return Captured.scenarios();
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void registerParams_captured_readsAndWritesTheSameBytes(String scenario) throws Exception {
        Captured captured = Captured.of(scenario);
        RpcMessage.Call call =
                (RpcMessage.Call) captured.message("call-registerConnection").decoded();

        ConnectionRequest request = captured.request();

        byte[] secret = new byte[32];
        for (int i = 0; i < secret.length; i++) {
            secret[i] = (byte) i;
        }
        assertThat(request.accountTag()).isEqualTo("0123456789abcdef0123456789abcdef");
        assertThat(request.tunnelSecret()).isEqualTo(secret);
        assertThat(request.tunnelId()).hasToString("11111111-2222-4333-8444-555555555555");
        assertThat(request.originLocalIp()).isEqualTo(InetAddress.getByName("127.0.0.1"));
        assertThat(request.client().version()).isEqualTo("2026.8.2");
        assertThat(request.client().arch()).isEqualTo("linux_amd64");
        assertThat(request.client().features()).contains("allow_remote_config", "serialized_headers");
        assertThat(request.previousAttempts()).isEqualTo(scenario.equals("success-after-4-attempts") ? 4 : 0);
        assertThat(request.connectionIndex()).isEqualTo(scenario.equals("success-index-1") ? 1 : 0);
        byte[] encoded = TestMessages.bytes(RpcEncoder.call(
                call.questionId(),
                call.target(),
                RegistrationSchema.INTERFACE_ID,
                RegistrationSchema.REGISTER_CONNECTION,
                RegistrationSchema.registerParams(request)));
        assertThat(encoded)
                .isEqualTo(captured.message("call-registerConnection").bytes());
    }

    @Test
    void registerParams_everyFieldSet_survivesTheRoundTrip() throws Exception {
        InetAddress address = InetAddress.getByName("2001:db8::7");
        ConnectionRequest request = ConnectionRequest.builder("tag", new byte[] {1}, UUID.randomUUID(), CLIENT)
                .connectionIndex(255)
                .compressionQuality(3)
                .previousAttempts(5)
                .replaceExisting(true)
                .originLocalIp(address)
                .build();

        ConnectionRequest read = roundTrip(request);

        assertThat(read).usingRecursiveComparison().isEqualTo(request);
    }

    @Test
    void registerParams_nothingButTheNecessary_survivesTheRoundTrip() throws Exception {
        ClientInfo client = new ClientInfo(UUID.randomUUID(), List.of(), "", "");
        ConnectionRequest request = ConnectionRequest.builder("", new byte[0], UUID.randomUUID(), client)
                .build();

        assertThat(roundTrip(request)).usingRecursiveComparison().isEqualTo(request);
    }

    @Test
    void registerResults_longestRetryAfter_isNotNegative() throws Exception {
        ConnectionAnswer answer = new ConnectionAnswer.Refused("later", true, Duration.ofSeconds(Long.MAX_VALUE));

        ConnectionAnswer read =
                RegistrationSchema.readRegisterResults(results(answer).content());

        assertThat(read).isEqualTo(new ConnectionAnswer.Refused("later", true, Duration.ofNanos(Long.MAX_VALUE)));
    }

    @Test
    void registerResults_uuidOfFifteenBytes_isRefused() throws Exception {
        byte[] message = TestMessages.bytes(RpcEncoder.results(
                1,
                new RpcEncoder.Content(
                        0,
                        1,
                        results -> results.struct(0, 1, 1)
                                .u16(0, 1)
                                .struct(0, 1, 2)
                                .data(0, new byte[15]))));
        RpcMessage.Return read = (RpcMessage.Return) RpcMessage.decode(TestMessages.root(message));
        RpcMessage.Payload payload = ((RpcMessage.Outcome.Results) read.outcome()).payload();

        WireException refused = catchThrowableOfType(
                WireException.class, () -> RegistrationSchema.readRegisterResults(payload.content()));

        assertThat(refused.kind()).isEqualTo(WireException.Kind.VALUE);
        assertThat(refused).hasMessage("connection uuid of 15 bytes (expected: 16)");
    }

    @ParameterizedTest
    @CsvSource({
        "EDUPCONN, true, DUPLICATE_CONNECTION",
        "EDUPCONN, false, DUPLICATE_CONNECTION",
        "edupconn, true, REGISTRATION_REFUSED_RETRYABLE",
        "EDUPCONN: again, false, REGISTRATION_REFUSED",
        "Unauthorized: Tunnel not found, true, UNAUTHORIZED",
        "'so Unauthorized', false, UNAUTHORIZED",
        "unauthorized, false, REGISTRATION_REFUSED"
    })
    void refused_causeAndFlag_giveTheCode(String cause, boolean shouldRetry, TunnelErrorCode code) {
        assertThat(new ConnectionAnswer.Refused(cause, shouldRetry, Duration.ZERO).code())
                .isEqualTo(code);
    }

    @Test
    void request_toString_holdsNoSecret() {
        ConnectionRequest request = ConnectionRequest.builder(
                        "tag", "hunter2".getBytes(java.nio.charset.StandardCharsets.UTF_8), UUID.randomUUID(), CLIENT)
                .build();

        assertThat(request.toString()).contains("tag").doesNotContain("hunter2").doesNotContain("104, 117");
    }

    private static ConnectionRequest roundTrip(ConnectionRequest request) throws WireException {
        byte[] message = TestMessages.bytes(RpcEncoder.call(
                1,
                new RpcMessage.Target.ImportedCapability(0),
                RegistrationSchema.INTERFACE_ID,
                RegistrationSchema.REGISTER_CONNECTION,
                RegistrationSchema.registerParams(request)));
        RpcMessage.Call call = (RpcMessage.Call) RpcMessage.decode(TestMessages.root(message));
        return RegistrationSchema.readRegisterParams(call.params().content());
    }

    private static RpcMessage.Payload results(ConnectionAnswer answer) throws WireException {
        byte[] message = TestMessages.bytes(RpcEncoder.results(1, RegistrationSchema.registerResults(answer)));
        RpcMessage.Return read = (RpcMessage.Return) RpcMessage.decode(TestMessages.root(message));
        return ((RpcMessage.Outcome.Results) read.outcome()).payload();
    }
}
