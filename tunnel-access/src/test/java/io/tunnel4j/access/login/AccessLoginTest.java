package io.tunnel4j.access.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.OutboundProxy;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessLogin;
import io.tunnel4j.access.AccessToken;
import io.tunnel4j.access.LoginPrompt;
import io.tunnel4j.access.ShortLivedCertificate;
import io.tunnel4j.access.TokenStore;
import io.tunnel4j.testing.LeakCheck;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The public face over real TLS: one login, typed failures, nothing left behind. */
@ExtendWith(LeakCheck.class)
class AccessLoginTest {
    private static final URI APP = URI.create("https://app.example.test");
    private static final String APP_TOKEN = "app.example.test-aud0-token";
    private static final String ORG_TOKEN = "team.cloudflareaccess.com-org-token";

    @TempDir
    Path directory;

    private final List<LoginPrompt.Request> prompts = new CopyOnWriteArrayList<>();
    private final TokenStore store = TokenStore.inMemory();
    private FakeTeam team;
    private AccessLogin login;

    @BeforeEach
    void start() throws Exception {
        team = new FakeTeam();
        login = builder().build();
    }

    @AfterEach
    void stop() throws Exception {
        login.close();
        team.close();
    }

    private AccessLogin.Builder builder() throws Exception {
        return AccessLogin.builder()
                .tokenStore(store)
                .prompt(prompts::add)
                .caPool(team.writeAuthority(directory))
                .onlyCaPool()
                .outboundProxy(OutboundProxy.http("127.0.0.1", team.port()));
    }

    private void rebuild(AccessLogin.Builder builder) {
        login.close();
        login = builder.build();
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static void assertFails(CompletionStage<?> stage, TunnelErrorCode code, String message) {
        assertThatThrownBy(() -> get(stage))
                .cause()
                .hasMessageContaining(message)
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private LoginPrompt.Request prompt() {
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !prompts.isEmpty());
        return prompts.get(0);
    }

    @Test
    void obtain_fiftyCallers_onePromptOneToken() throws Exception {
        List<CompletionStage<AccessToken>> waiting = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            waiting.add(login.obtain(APP, null));
        }
        assertThat(prompt().application()).isEqualTo(APP);
        team.logIn();

        AccessToken first = get(waiting.get(0));
        for (CompletionStage<AccessToken> one : waiting) {
            assertThat(get(one)).isEqualTo(first);
        }
        assertThat(prompts).hasSize(1);
        assertThat(store.names()).containsExactlyInAnyOrder(APP_TOKEN, ORG_TOKEN, "team.cloudflareaccess.com-jwks");
        assertThat(get(login.cached(APP))).isEqualTo(first);
        assertThat(get(login.stored(APP))).isEqualTo(first);
    }

    @Test
    void obtain_forMoreApplicationsThanMayWait_failsWithATypedError() throws Exception {
        ServerSocket silent = new ServerSocket(0, 2000, InetAddress.getLoopbackAddress());
        rebuild(builder().outboundProxy(OutboundProxy.http("127.0.0.1", silent.getLocalPort())));
        List<CompletionStage<AccessToken>> waiting = new ArrayList<>();
        for (int i = 0; i < 32 + 1024; i++) {
            waiting.add(login.obtain(URI.create("https://app" + i + ".example.test"), null));
        }

        assertFails(login.obtain(URI.create("https://over.example.test"), null), TunnelErrorCode.TIMEOUT, "too many");

        assertThat(waiting).noneMatch(stage -> stage.toCompletableFuture().isDone());
        silent.close();
    }

    @Test
    void obtain_secondApplicationOfTheTeam_nobodyIsAsked() throws Exception {
        team.logIn();
        get(login.obtain(APP, null));

        AccessToken second = get(login.obtain(URI.create("https://app2.example.test"), null));

        assertThat(second.audience()).containsExactly("aud1");
        assertThat(prompts).hasSize(1);
        assertThat(team.exchanges).hasValue(1);
    }

    @Test
    void obtain_givenUpInThePrompt_declined() throws Exception {
        CompletionStage<AccessToken> waiting = login.obtain(APP, null);

        prompt().cancel();

        assertFails(waiting, TunnelErrorCode.LOGIN_DECLINED, "login to app.example.test: given up");
        assertThat(get(login.cached(APP))).isNull();
    }

    @Test
    void obtain_promptFails_declinedWithItsReason() throws Exception {
        rebuild(builder().prompt(request -> {
            throw new IllegalStateException("no display");
        }));

        assertFails(
                login.obtain(APP, null),
                TunnelErrorCode.LOGIN_DECLINED,
                "the prompt failed: java.lang.IllegalStateException: no display");
    }

    @Test
    void obtain_nobodyToAsk_failsAtOnceAndSaysWhy() throws Exception {
        rebuild(builder().prompt(LoginPrompt.nobody()));
        long now = Instant.now().getEpochSecond();
        store.write(APP_TOKEN, token("app", "aud0", now - 10, now + 3600));
        AccessToken stored = get(login.obtain(APP, null));

        assertFails(
                login.obtain(APP, stored),
                TunnelErrorCode.TOKEN_REVOKED,
                "app.example.test: the edge no longer takes the stored token, and there is nobody to ask");
        assertFails(
                login.obtain(APP, null),
                TunnelErrorCode.LOGIN_DECLINED,
                "app.example.test: needs a login, and there is nobody to ask");
        assertThat(team.transfers).isEmpty();
    }

    @Test
    void obtain_failure_notWrapped() throws Exception {
        rebuild(builder().prompt(LoginPrompt.nobody()));
        List<Throwable> seen = new CopyOnWriteArrayList<>();

        login.obtain(APP, null).whenComplete((token, failure) -> seen.add(failure));
        login.obtain(APP, null).whenComplete((token, failure) -> seen.add(failure));

        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> seen.size() == 2);
        assertThat(seen).allMatch(TunnelException.class::isInstance);
    }

    @Test
    void obtain_nobodyLogsIn_timedOutAndTheNextOneAsksAgain() throws Exception {
        rebuild(builder().timeout(Duration.ofSeconds(4)));

        assertFails(
                login.obtain(APP, null), TunnelErrorCode.LOGIN_TIMED_OUT, "login to app.example.test: nobody finished");
        assertFails(
                login.obtain(APP, null), TunnelErrorCode.LOGIN_TIMED_OUT, "login to app.example.test: nobody finished");
        assertThat(prompts).hasSize(2);
    }

    @Test
    void close_loginUnderWay_endedAndLocksFree() throws Exception {
        CompletionStage<AccessToken> waiting = login.obtain(APP, null);
        prompt();
        assertThat(store.tryLock(APP_TOKEN)).isNull();

        login.close();

        assertFails(waiting, TunnelErrorCode.TERMINATED, "the client has been closed");
        assertFails(login.obtain(APP, null), TunnelErrorCode.TERMINATED, "the client has been closed");
        for (String name : List.of(APP_TOKEN, ORG_TOKEN)) {
            TokenStore.Lock lock = store.tryLock(name);
            assertThat(lock).isNotNull();
            lock.close();
        }
        assertThat(store.names()).containsExactly("team.cloudflareaccess.com-jwks");
    }

    @Test
    void login_edgeTakesNoToken_notAuthorized() throws Exception {
        team.logIn();

        assertFails(
                login.login(APP),
                TunnelErrorCode.NOT_AUTHORIZED,
                "app.example.test: failed to verify token: the edge does not take it");
    }

    @Test
    void obtain_certificateOfAnUnknownAuthority_untrusted() throws Exception {
        AccessLogin.Builder trusting = AccessLogin.builder()
                .tokenStore(store)
                .prompt(prompts::add)
                .outboundProxy(OutboundProxy.http("127.0.0.1", team.port()));
        rebuild(trusting);

        assertFails(login.obtain(APP, null), TunnelErrorCode.EDGE_UNTRUSTED, "app.example.test: TLS failed");
    }

    @Test
    void obtain_nobodyListens_unreachable() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        rebuild(builder().outboundProxy(OutboundProxy.http("127.0.0.1", port)));

        assertFails(login.obtain(APP, null), TunnelErrorCode.EDGE_UNREACHABLE, "app.example.test: cannot be reached");
    }

    @Test
    void cached_tokenNearItsEnd_usedAndRenewedSilently() throws Exception {
        long now = Instant.now().getEpochSecond();
        store.write(APP_TOKEN, token("app", "aud0", now - 3500, now + 100));
        store.write(ORG_TOKEN, token("org", "team", now - 3500, now + 3600));

        AccessToken old = get(login.cached(APP));

        assertThat(old.expiresAt()).isEqualTo(Instant.ofEpochSecond(now + 100));
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> !get(login.cached(APP)).equals(old));
        assertThat(get(login.cached(APP)).compact())
                .isEqualTo(store.read(APP_TOKEN).value());
        assertThat(prompts).isEmpty();
        assertThat(team.exchanges).hasValue(1);
    }

    @Test
    void obtain_corruptFiles_overwrittenByTheNextLogin() throws Exception {
        store.write(APP_TOKEN, "corrupt");
        store.write(ORG_TOKEN, "{");
        store.write("team.cloudflareaccess.com-jwks", "\0");
        team.logIn();

        AccessToken token = get(login.obtain(APP, null));

        assertThat(store.read(APP_TOKEN).value()).isEqualTo(token.compact());
        assertThat(store.read(ORG_TOKEN).value()).startsWith("eyJ");
    }

    @Test
    void obtain_storeThatFails_tokenAllTheSame() throws Exception {
        TokenStore broken = TokenStore.directory(directory.resolve("no/such/place"));
        rebuild(builder().tokenStore(broken));
        team.logIn();

        AccessToken token = get(login.obtain(APP, null));

        assertThat(token.audience()).containsExactly("aud0");
        assertThat(get(login.cached(APP))).isEqualTo(token);
    }

    @Test
    void sshCertificate_edgeThatSignsNone_saysSo() throws Exception {
        team.logIn();
        CompletionStage<ShortLivedCertificate> certificate = login.sshCertificate(APP, directory.resolve("ssh"));

        assertFails(certificate, TunnelErrorCode.NOT_AUTHORIZED, "app.example.test: no SSH certificate: 302");
        assertThat(directory.resolve("ssh/app.example.test-cf_key.pub")).exists();
    }

    @Test
    void obtain_plainHttp_refusedAtOnce() {
        assertThatThrownBy(() -> login.obtain(URI.create("http://app.example.test"), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("application: http://app.example.test (expected: https://host)");
    }

    private static String token(String type, String audience, long issued, long end) {
        return TestTokens.sign(Map.of(
                "type", type, "aud", List.of(audience), "iss", "https://" + FakeTeam.AUTH, "iat", issued, "exp", end));
    }
}
