package io.tunnel4j;

import static io.tunnel4j.TunnelAdminTest.failure;
import static io.tunnel4j.TunnelAdminTest.value;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import okhttp3.mockwebserver.MockResponse;
import okhttp3.mockwebserver.MockWebServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The browser login against a scripted transfer store, on a clock that the test drives. */
class TunnelLoginTest {
    private static final OriginCertificate CERTIFICATE = OriginCertificate.of("z", "a", "t", null);

    private final List<URI> shown = Collections.synchronizedList(new ArrayList<>());
    private final Queue<Runnable> later = new ConcurrentLinkedQueue<>(new ArrayDeque<>());
    private final AtomicLong now = new AtomicLong();
    private MockWebServer store;
    private TunnelLogin login;

    @BeforeEach
    void start() throws IOException {
        store = new MockWebServer();
        store.start(InetAddress.getLoopbackAddress(), 0);
        login = TunnelLogin.builder(shown::add)
                .dashboard(URI.create("https://dash.example.com/argotunnel"))
                .transferStore(store.url("/transfer").uri())
                .limit(Duration.ofMinutes(10))
                .delay((wait, task) -> {
                    now.addAndGet(wait.toNanos());
                    later.add(task);
                })
                .ticker(now::get)
                .build();
    }

    @AfterEach
    void stop() throws IOException {
        store.shutdown();
    }

    @Test
    void login_finishedAfterAWhile_yieldsTheCertificate() throws Exception {
        store.enqueue(new MockResponse().setResponseCode(404));
        store.enqueue(new MockResponse().setResponseCode(200));
        store.enqueue(new MockResponse().setStatus("no status line"));
        store.enqueue(new MockResponse().setBody(CERTIFICATE.toPem()));

        CompletableFuture<OriginCertificate> certificate = login.start();
        for (int poll = 0; poll < 3; poll++) {
            continuePolling();
        }

        assertThat(value(certificate).apiToken()).isEqualTo("t");
        String address = shown.get(0).toString();
        assertThat(address).startsWith("https://dash.example.com/argotunnel?aud=&callback=");
        String callback = URLDecoder.decode(address.substring(address.indexOf("callback=") + 9), UTF_8);
        String path = store.takeRequest(5, TimeUnit.SECONDS).getPath();
        assertThat(callback).isEqualTo(store.url(path).toString());
        String key = path.substring("/transfer/".length());
        assertThat(Base64.getUrlDecoder().decode(key)).hasSize(32);
        assertThat(key).endsWith("=");
        assertThat(Duration.ofNanos(now.get())).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void login_twice_usesAnotherKey() {
        store.enqueue(new MockResponse().setBody(CERTIFICATE.toPem()));
        store.enqueue(new MockResponse().setBody(CERTIFICATE.toPem()));

        login.start().join();
        login.start().join();

        assertThat(shown).doesNotHaveDuplicates().hasSize(2);
    }

    @Test
    void login_nobodyFinishes_timesOut() {
        store.enqueue(new MockResponse().setResponseCode(404));

        CompletableFuture<OriginCertificate> certificate = login.start();
        now.addAndGet(Duration.ofMinutes(10).toNanos());
        continuePolling();

        TunnelException late = failure(certificate);
        assertThat(late.code()).isEqualTo(TunnelErrorCode.LOGIN_TIMED_OUT);
        assertThat(late).hasMessage("login: nobody finished it within 600 s");
        assertThat(store.getRequestCount()).isEqualTo(1);
    }

    @Test
    void login_storeIsBroken_failsAtOnce() {
        store.enqueue(new MockResponse().setResponseCode(503));

        assertThat(failure(login.start()).code()).isEqualTo(TunnelErrorCode.API);
    }

    @Test
    void login_leavesSomethingElse_fails() {
        store.enqueue(new MockResponse().setBody("<html>"));

        assertThat(failure(login.start()).code()).isEqualTo(TunnelErrorCode.INVALID_CREDENTIALS);
    }

    @Test
    void login_cancelled_asksNoMore() {
        store.enqueue(new MockResponse().setResponseCode(404));
        CompletableFuture<OriginCertificate> certificate = login.start();
        Awaitility.await().until(() -> !later.isEmpty());

        certificate.cancel(false);
        continuePolling();

        assertThat(store.getRequestCount()).isEqualTo(1);
        assertThat(later).isEmpty();
    }

    private void continuePolling() {
        Awaitility.await().until(() -> !later.isEmpty());
        later.remove().run();
    }
}
