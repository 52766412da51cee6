package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SmtpMailSenderTest {
    private ScriptedMailServer server;

    @BeforeEach
    void start() throws Exception {
        server = new ScriptedMailServer("localhost");
        server.password = "hush";
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private SmtpMailSender.Builder sender() {
        return SmtpMailSender.builder("localhost", server.port(), "edge@example.test");
    }

    @Test
    void mail_startTlsAndPassword_arrivesWithoutAWordInTheClear() {
        try (SmtpMailSender sender =
                sender().caPool(server.root()).credentials("edge", "hush").build()) {
            join(sender.send("ann@example.test", "Your PIN for Wiki é", "Your PIN is 123456\n"));
        }

        assertThat(server.commands)
                .filteredOn(command -> command.startsWith("plain "))
                .allMatch(command -> command.matches("plain (EHLO|STARTTLS).*"));
        assertThat(server.commands)
                .contains("tls AUTH", "tls MAIL FROM:<edge@example.test>", "tls RCPT TO:<ann@example.test>");
        assertThat(server.mails)
                .singleElement()
                .asString()
                .contains("Your PIN is 123456", "To: ann@example.test", "=?UTF-8?");
    }

    @Test
    void mail_serverWithoutStartTls_isNotSent() {
        server.offersTls = false;
        try (SmtpMailSender sender = sender().caPool(server.root()).build()) {
            assertFails(sender.send("ann@example.test", "s", "secret"), TunnelErrorCode.ORIGIN_UNREACHABLE, "STARTTLS");
        }
        assertThat(server.mails).isEmpty();
        assertThat(server.commands).noneMatch(command -> command.contains("MAIL"));
    }

    @Test
    void mail_certificateOfNobodyTrusted_isNotSent() {
        try (SmtpMailSender sender = sender().build()) {
            assertFails(sender.send("ann@example.test", "s", "t"), TunnelErrorCode.ORIGIN_UNTRUSTED, "");
        }
        assertThat(server.mails).isEmpty();
    }

    @Test
    void mail_certificateOfAnotherHost_isNotSent() throws Exception {
        try (ScriptedMailServer other = new ScriptedMailServer("elsewhere.test");
                SmtpMailSender sender = SmtpMailSender.builder("localhost", other.port(), "edge@example.test")
                        .caPool(other.root())
                        .build()) {
            assertThatThrownBy(() -> join(sender.send("ann@example.test", "s", "t")))
                    .hasCauseInstanceOf(TunnelException.class);
            assertThat(other.mails).isEmpty();
        }
    }

    @Test
    void mail_wrongPassword_invalidCredentialsWithoutThePassword() {
        try (SmtpMailSender sender =
                sender().caPool(server.root()).credentials("edge", "wrong-one").build()) {
            assertFails(sender.send("ann@example.test", "s", "t"), TunnelErrorCode.INVALID_CREDENTIALS, "535");
        }
    }

    @Test
    void mail_recipientRefused_saysWhatTheServerSaid() {
        server.refusesRecipient = true;
        try (SmtpMailSender sender =
                sender().security(SmtpMailSender.Security.NONE).build()) {
            assertFails(
                    sender.send("gone@example.test", "s", "t"),
                    TunnelErrorCode.ORIGIN_UNREACHABLE,
                    "550 no such mailbox");
        }
    }

    @Test
    void mail_serverFallsSilent_timesOut() {
        for (ScriptedMailServer.Silence where :
                new ScriptedMailServer.Silence[] {ScriptedMailServer.Silence.GREETING, ScriptedMailServer.Silence.DATA
                }) {
            server.silence = where;
            try (SmtpMailSender sender = sender().security(SmtpMailSender.Security.NONE)
                    .timeout(Duration.ofMillis(300))
                    .build()) {
                assertFails(sender.send("ann@example.test", "s", "t"), TunnelErrorCode.TIMEOUT, "");
            }
        }
    }

    @Test
    void mail_nobodyListens_unreachable() throws Exception {
        server.close();
        try (SmtpMailSender sender = sender().build()) {
            assertFails(sender.send("ann@example.test", "s", "t"), TunnelErrorCode.ORIGIN_UNREACHABLE, "");
        }
    }

    @Test
    void mail_lineBreaksInSubjectOrRecipient_addNoFieldAndNoRecipient() {
        try (SmtpMailSender sender =
                sender().security(SmtpMailSender.Security.NONE).build()) {
            join(sender.send("ann@example.test", "Hello\r\nBcc: mallory@evil.test\r\n\r\nBody", "text"));
            assertThatThrownBy(() -> join(sender.send("ann@example.test\r\nRCPT TO:<mallory@evil.test>", "s", "t")))
                    .hasCauseInstanceOf(TunnelException.class);
            assertThatThrownBy(() -> join(sender.send("ann@example.test, mallory@evil.test", "s", "t")))
                    .hasCauseInstanceOf(TunnelException.class);
        }

        assertThat(server.commands).noneMatch(command -> command.contains("RCPT") && command.contains("mallory"));
        assertThat(server.mails)
                .singleElement()
                .asString()
                .doesNotContain("\nBcc:")
                .contains("Subject: Hello Bcc");
    }

    @Test
    void mail_afterClose_isTerminated() {
        SmtpMailSender sender = sender().build();
        sender.close();

        assertFails(sender.send("ann@example.test", "s", "t"), TunnelErrorCode.TERMINATED, "closed");
    }

    private static void join(CompletionStage<Void> sent) {
        sent.toCompletableFuture().join();
    }

    private static void assertFails(CompletionStage<Void> sent, TunnelErrorCode code, String message) {
        assertThatThrownBy(() -> join(sent))
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        TunnelException.class,
                        failure -> assertThat(failure.code()).isEqualTo(code))
                .hasMessageContaining(message)
                .message()
                .doesNotContain("wrong-one");
    }
}
