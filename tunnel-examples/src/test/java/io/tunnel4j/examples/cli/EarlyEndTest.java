package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.access.AccessConnector;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.AccessTcpForwarder;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Who sends and ends at once, before anybody has asked for a byte, loses nothing. With the transport that the program chooses where it runs: a native one reads a
 * socket at its end even when it was told not to.
 */
@Timeout(120)
class EarlyEndTest extends WithExampleEdge {
    private static final String HOST = "early.localhost";
    private static final int TIMES = 200;

    @Test
    void serviceThatGreetsAndEnds_isHeard() throws Exception {
        try (ExampleEdge.Greeter greeter = new ExampleEdge.Greeter();
                TunnelConnector connector = edge.serve(HOST, Origin.tcp("localhost", greeter.port()));
                AccessConnector access = AccessConnector.builder()
                        .caPool(edge.authority.certificate())
                        .build()) {
            for (int i = 0; i < TIMES; i++) {
                try (Socket socket = access.connect(AccessTarget.of(HOST + ":" + edge.port))) {
                    assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
                            .as("connection %d", i)
                            .isEqualTo(ExampleEdge.Greeter.LINE);
                }
            }
            assertThat(connector.isReady()).isTrue();
        }
    }

    @Test
    void clientThatAsksAndEnds_isAnswered() throws Exception {
        // Answers, when all has been said, with all that was said.
        try (ExampleEdge.TcpService mirror = new ExampleEdge.TcpService(socket ->
                        socket.getOutputStream().write(socket.getInputStream().readAllBytes()));
                TunnelConnector connector = edge.serve(HOST, Origin.tcp("localhost", mirror.port()));
                AccessTcpForwarder forwarder = AccessTcpForwarder.builder(HOST + ":" + edge.port)
                        .caPool(edge.authority.certificate())
                        .build()
                        .start()) {
            Random random = new Random(1);
            for (int i = 0; i < TIMES; i++) {
                byte[] question = new byte[1 + random.nextInt(30_000)];
                random.nextBytes(question);
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), forwarder.port())) {
                    socket.getOutputStream().write(question);
                    socket.shutdownOutput();

                    byte[] answer = socket.getInputStream().readAllBytes();

                    assertThat(Arrays.equals(answer, question))
                            .as("connection %d: %d of %d bytes", i, answer.length, question.length)
                            .isTrue();
                }
            }
            assertThat(connector.isReady()).isTrue();
        }
    }
}
