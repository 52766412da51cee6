package io.tunnel4j.access.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessConnector;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.ScriptedEdge;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each driver makes its factory and sends its first bytes through the edge. */
@Timeout(60)
class AccessConfigurationsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        jdbc:postgresql://db.not-in-dns.invalid/app?sslmode=disable&socketFactory=io.tunnel4j.access.jdbc.AccessSocketFactory&socketFactoryArg=NAME | 00030000
        jdbc:sqlserver://localhost;encrypt=false;socketFactoryClass=io.tunnel4j.access.jdbc.AccessSocketFactory;socketFactoryConstructorArg=NAME | 12
        """)
    void driver_thatSpeaksFirst_reachesTheApplication(String url, String firstBytes) throws Exception {
        CompletableFuture<String> first = new CompletableFuture<>();
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    first.complete(HexFormat.of().formatHex(peer.read().payload()));
                });
                AccessConnector connector = connector(edge);
                AccessConfigurations.Registration name = register("first-" + firstBytes, connector, edge)) {
            assertThatThrownBy(() -> DriverManager.getConnection(url.replace("NAME", "first-" + firstBytes), "u", "p"))
                    .isInstanceOf(SQLException.class);
            assertThat(first.get(10, TimeUnit.SECONDS)).contains(firstBytes);
        }
    }

    /** No SQL Server runs here: what one answers to the driver's first two messages is written by hand. */
    @Test
    void sqlServer_scriptedPreLogin_driverLogsInAndReadsTheRefusal() throws Exception {
        CompletableFuture<byte[]> login = new CompletableFuture<>();
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    assertThat(peer.read().payload()[0]).isEqualTo((byte) 0x12);
                    // Version 16 and "no encryption", behind a list of where each is.
                    peer.message(tabular(
                            HexFormat.of().parseHex("00000b0006" + "0100110001" + "ff" + "100000000000" + "02")));
                    login.complete(peer.read().payload());
                    peer.message(tabular(loginRefused("Not today, says the far end")));
                    peer.read();
                });
                AccessConnector connector = connector(edge);
                AccessConfigurations.Registration name = register("prelogin", connector, edge)) {
            assertThatThrownBy(() -> DriverManager.getConnection(
                            "jdbc:sqlserver://localhost;encrypt=false;connectRetryCount=0"
                                    + ";socketFactoryClass=io.tunnel4j.access.jdbc.AccessSocketFactory;socketFactoryConstructorArg=prelogin",
                            "app",
                            "secret"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Not today, says the far end");
            assertThat(login.get(30, TimeUnit.SECONDS)[0]).isEqualTo((byte) 0x10);
        }
    }

    /** One packet of type 4, the last of its message. */
    private static byte[] tabular(byte[] content) {
        return ByteBuffer.allocate(8 + content.length)
                .put(new byte[] {4, 1})
                .putShort((short) (8 + content.length))
                .put(new byte[] {0, 0, 1, 0})
                .put(content)
                .array();
    }

    /** Tokens ERROR (18456, class 14) and DONE. */
    private static byte[] loginRefused(String message) {
        byte[] text = message.getBytes(StandardCharsets.UTF_16LE);
        return ByteBuffer.allocate(3 + 4 + 2 + 2 + text.length + 1 + 1 + 4 + 13)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0xaa)
                .putShort((short) (4 + 2 + 2 + text.length + 1 + 1 + 4))
                .putInt(18_456)
                .put(new byte[] {1, 14})
                .putShort((short) message.length())
                .put(text)
                .put(new byte[] {0, 0})
                .putInt(1)
                .put((byte) 0xfd)
                .putShort((short) 2)
                .putShort((short) 0)
                .putLong(0)
                .array();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:mariadb://db.not-in-dns.invalid/app?socketFactory=io.tunnel4j.access.jdbc.MariaDbAccessSocketFactory&accessConfiguration=NAME",
                "jdbc:mysql://db.not-in-dns.invalid/app?socketFactory=io.tunnel4j.access.jdbc.MySqlAccessSocketFactory&accessConfiguration=NAME"
            })
    void driver_thatListensFirst_readsTheServersRefusal(String url) throws Exception {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        byte[] refusal =
                "\u00ff\u0010\u0004Too many connections through the edge".getBytes(StandardCharsets.ISO_8859_1);
        packet.writeBytes(new byte[] {(byte) refusal.length, 0, 0, 0});
        packet.writeBytes(refusal);
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.message(packet.toByteArray());
                    peer.read();
                });
                AccessConnector connector = connector(edge);
                AccessConfigurations.Registration name = register("listens", connector, edge)) {
            assertThatThrownBy(() -> DriverManager.getConnection(url.replace("NAME", "listens"), "u", "p"))
                    .isInstanceOf(SQLException.class)
                    .hasStackTraceContaining("Too many connections");
        }
    }

    @Test
    void name_registeredTwice_isRefusedUntilClosed() {
        try (AccessConnector connector = AccessConnector.builder().build()) {
            try (AccessConfigurations.Registration first = AccessConfigurations.register("twice", connector)) {
                assertThatThrownBy(() -> AccessConfigurations.register("twice", connector))
                        .isInstanceOf(IllegalStateException.class);
            }
            AccessConfigurations.register("twice", connector).close();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"unknown-name", "sslmode=disable", "serviceTokenId=only-half", "connectTo=nowhere", "login=maybe"
            })
    void text_thatMakesNoSense_isRefusedWithWhatIsExpected(String text) {
        assertThatThrownBy(() -> new AccessSocketFactory(text).createSocket("db.example.test", 5432))
                .isInstanceOfSatisfying(
                        TunnelException.class,
                        e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.INVALID_CONFIGURATION))
                .hasMessageContaining("expected");
    }

    @Test
    void text_ofTheUrl_isAll() {
        ConnectionText text = ConnectionText.parse(
                "application=db.example.com/x; destination=10.0.0.5:5432; serviceTokenId=id; serviceTokenSecret=s3cret;"
                        + "connectTo=127.0.0.1:8443");

        AccessTarget target = text.target("ignored");

        assertThat(target).hasToString("https://db.example.com/x to 10.0.0.5:5432");
        assertThat(target.connectTo()).hasToString("127.0.0.1/<unresolved>:8443");
        assertThat(text.toString()).doesNotContain("s3cret");
        assertThat(ConnectionText.parse("").target("db.example.com").host()).isEqualTo("db.example.com");
    }

    private static AccessConnector connector(ScriptedEdge edge) {
        return AccessConnector.builder().caPool(edge.root()).onlyCaPool().build();
    }

    private static AccessConfigurations.Registration register(
            String name, AccessConnector connector, ScriptedEdge edge) {
        return AccessConfigurations.register(
                name,
                connector,
                AccessTarget.builder("db.example.test")
                        .connectTo(edge.address())
                        .build());
    }
}
