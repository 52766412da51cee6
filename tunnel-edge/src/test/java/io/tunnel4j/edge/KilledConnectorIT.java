package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.edge.EdgeListener.ConnectorEvent;
import java.io.BufferedReader;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two connectors as processes, one of them killed by SIGKILL under load, several times. */
@Timeout(300)
class KilledConnectorIT {
    private static final String HOST = "app.localhost";
    private static final int READERS = 6;
    private static final int WRITERS = 3;
    private static final int KILLS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path directory;

    private final DevelopmentAuthority authority = DevelopmentAuthority.create();
    private final Map<UUID, Process> byConnector = new ConcurrentHashMap<>();
    private final Set<UUID> joined = ConcurrentHashMap.newKeySet();
    private final Set<UUID> killed = ConcurrentHashMap.newKeySet();
    private final Queue<RequestEvent> failed = new ConcurrentLinkedQueue<>();
    private final Queue<String> readFailures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger writes = new AtomicInteger();
    private final AtomicInteger writesFailed = new AtomicInteger();
    private volatile boolean stop;

    private final EdgeListener listener = new EdgeListener() {
        @Override
        public void connectorJoined(ConnectorEvent connector) {
            joined.add(connector.connectorId());
        }

        @Override
        public void requestEnded(RequestEvent request) {
            if (request.result().status() != 200) {
                failed.add(request);
            }
        }
    };

    @Test
    void sigkill_oneOfTwoUnderLoad_onlyItsOwnUnrepeatableRequestsFail() throws Exception {
        ExecutorService clients = Executors.newCachedThreadPool();
        List<Future<?>> running = new ArrayList<>();
        try (TunnelEdge edge = TunnelEdge.builder()
                .https(EdgeFixture.any(), authority.certificates(HOST))
                .connectors(EdgeFixture.any(), authority.certificates())
                .listener(listener)
                .build()) {
            TunnelCredentials credentials = edge.tunnels().create("killed");
            edge.routes().add(HOST, credentials);
            edge.start().toCompletableFuture().get(30, TimeUnit.SECONDS);
            authority.exportTo(directory.resolve("ca.pem"));
            startConnector(edge, credentials);
            UUID next = startConnector(edge, credentials);
            for (int i = 0; i < READERS; i++) {
                running.add(clients.submit(() -> read(edge)));
            }
            for (int i = 0; i < WRITERS; i++) {
                running.add(clients.submit(() -> write(edge)));
            }

            for (int kill = 0; kill < KILLS; kill++) {
                awaitMore(300);
                UUID victim = next;
                killed.add(victim);
                // SIGKILL on Unix.
                byConnector.get(victim).destroyForcibly().waitFor();
                awaitMore(300);
                Awaitility.await().atMost(PATIENCE).until(() -> edge.connectorConnections() == 1);
                next = startConnector(edge, credentials);
                UUID old = next;
                next = byConnector.keySet().stream()
                        .filter(id -> !killed.contains(id) && !id.equals(old))
                        .findFirst()
                        .orElseThrow();
            }
            stop = true;
            for (Future<?> client : running) {
                client.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }

            System.err.println("killed " + KILLS + " connectors under load: " + reads + " GETs, none failed; " + writes
                    + " POSTs, " + writesFailed + " failed");
            assertThat(readFailures).as("what may be repeated never fails").isEmpty();
            assertThat(failed).allSatisfy(event -> {
                assertThat(event.target().method()).isEqualTo("POST");
                assertThat(killed).as("it was on a killed connector: " + event).contains(event.connectorId());
            });
            assertThat(failed).hasSize(writesFailed.get()).hasSizeLessThanOrEqualTo(WRITERS * KILLS);
        } finally {
            stop = true;
            clients.shutdownNow();
            byConnector.values().forEach(Process::destroyForcibly);
        }
    }

    private void awaitMore(int requests) {
        int before = reads.get();
        Awaitility.await().atMost(PATIENCE).until(() -> reads.get() > before + requests);
    }

    private UUID startConnector(TunnelEdge edge, TunnelCredentials credentials) throws Exception {
        Set<UUID> before = Set.copyOf(joined);
        Process process = new ProcessBuilder(
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx96m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        ConnectorProgram.class.getName(),
                        credentials.toToken(),
                        "127.0.0.1:" + edge.connectorsAddress().getPort(),
                        directory.resolve("ca.pem").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out = process.inputReader();
        assertThat(out.readLine()).isEqualTo("UP");
        UUID id = joined.stream()
                .filter(found -> !before.contains(found))
                .findFirst()
                .orElseThrow();
        byConnector.put(id, process);
        return id;
    }

    private void read(TunnelEdge edge) {
        try (RawHttp client = RawHttp.tls(edge.httpsAddress(), authority.certificate(), HOST)) {
            while (!stop) {
                RawHttp.Response response = client.get("/" + reads).response();
                if (response.status() != 200) {
                    readFailures.add(response.status() + " " + response.text());
                }
                reads.incrementAndGet();
            }
        } catch (Exception e) {
            readFailures.add(e.toString());
        }
    }

    /** Requests that must not be sent twice: no idempotent method, and a body that is gone when it is sent. */
    private void write(TunnelEdge edge) {
        try (RawHttp client = RawHttp.tls(edge.httpsAddress(), authority.certificate(), HOST)) {
            while (!stop) {
                RawHttp.Response response = client.send(
                                "POST / HTTP/1.1\r\nHost: " + HOST + "\r\nContent-Length: 4\r\n\r\nbody")
                        .response();
                writesFailed.addAndGet(response.status() == 200 ? 0 : 1);
                writes.incrementAndGet();
            }
        } catch (Exception e) {
            readFailures.add("POST connection: " + e);
        }
    }
}
