package io.tunnel4j.edge;

import io.netty.util.internal.PlatformDependent;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** An edge in a process of its own, which says how much memory it uses when it is asked. */
final class IdleEdgeProgram {
    private IdleEdgeProgram() {}

    public static void main(String[] arguments) throws Exception {
        DevelopmentAuthority authority = DevelopmentAuthority.in(Path.of(arguments[0]));
        Duration hour = Duration.ofHours(1);
        try (TunnelEdge edge = TunnelEdge.builder()
                .https(EdgeFixture.any(), authority.certificates(EdgeFixture.HOST))
                .connectors(EdgeFixture.any(), authority.certificates())
                .account(ScriptedConnector.ACCOUNT)
                .limits(EdgeLimits.builder()
                        .keepAliveTimeout(hour)
                        .maxConnections(100_000, 100_000)
                        .build())
                .build()) {
            edge.start().toCompletableFuture().join();
            say(edge.httpsAddress().getPort() + " " + edge.connectorsAddress().getPort());
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.equals("tunnel")) {
                    say(edge.tunnels()
                            .create("t" + edge.tunnels().list().size())
                            .toToken());
                } else {
                    say(usedHeap() + " " + PlatformDependent.usedDirectMemory() + " " + edge.connectorConnections());
                }
            }
        }
    }

    private static long usedHeap() throws InterruptedException {
        for (int i = 0; i < 4; i++) {
            System.gc();
            Thread.sleep(200);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
