package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.testing.LeakCheck;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The edge with our own connector behind it: everything real but the network. */
@ExtendWith(LeakCheck.class)
@Timeout(120)
class LoopbackTest {
    private static final int BLOCKS = 256;

    private static ConnectedEdge system;
    private static ExecutorService threads;

    @BeforeAll
    static void start() throws Exception {
        system = new ConnectedEdge(builder -> builder);
        threads = Executors.newFixedThreadPool(4);
    }

    @AfterAll
    static void stop() throws Exception {
        system.close();
        threads.shutdownNow();
        threads.awaitTermination(5, TimeUnit.SECONDS);
    }

    private static HttpClient client(HttpClient.Version version) throws Exception {
        return HttpClient.newBuilder()
                .sslContext(RawHttp.context(system.authority.certificate()))
                .version(version)
                .executor(threads)
                .build();
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("https://localhost:" + system.edge.httpsAddress().getPort() + path));
    }

    @ParameterizedTest
    @EnumSource
    void get_eitherVersion_answered(HttpClient.Version version) throws Exception {
        HttpResponse<String> response =
                client(version).send(request("/hello").build(), HttpResponse.BodyHandlers.ofString());

        assertThat(response.version()).isEqualTo(version);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("hello from a service without a port\n");
        assertThat(response.headers().firstValue("cf-ray")).isPresent();
    }

    @ParameterizedTest
    @EnumSource
    void download_16MiB_equal(HttpClient.Version version) throws Exception {
        HttpResponse<InputStream> response = client(version)
                .send(
                        request("/down/" + BLOCKS * ConnectedEdge.pattern().length)
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());

        assertThat(ConnectedEdge.digest(response.body())).isEqualTo(expectedDigest());
    }

    @ParameterizedTest
    @EnumSource
    void upload_16MiB_equal(HttpClient.Version version) throws Exception {
        HttpResponse<String> response = client(version)
                .send(
                        request("/digest")
                                .POST(HttpRequest.BodyPublishers.ofInputStream(LoopbackTest::blocks))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

        assertThat(response.body()).isEqualTo(expectedDigest());
    }

    @Test
    void requests_manyAtOnce_eachItsAnswer() throws Exception {
        HttpClient client = client(HttpClient.Version.HTTP_2);
        List<CompletableFuture<HttpResponse<String>>> running = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            running.add(client.sendAsync(request("/" + i).build(), HttpResponse.BodyHandlers.ofString()));
        }

        for (CompletableFuture<HttpResponse<String>> response : running) {
            assertThat(response.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
    }

    private static InputStream blocks() {
        return new SequenceInputStream(
                Collections.enumeration(Collections.nCopies(BLOCKS, ConnectedEdge.pattern()).stream()
                        .map(ByteArrayInputStream::new)
                        .toList()));
    }

    private static String expectedDigest() throws Exception {
        return ConnectedEdge.digest(blocks());
    }
}
