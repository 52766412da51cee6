package io.tunnel4j.access.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.netty.handler.ssl.SslContextBuilder;
import io.tunnel4j.OutboundProxy;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessToken;
import io.tunnel4j.access.AccessVectors;
import io.tunnel4j.access.LoginPrompt;
import io.tunnel4j.access.TokenStore;
import io.tunnel4j.access.store.StoredToken;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.transport.Dialer;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.NameResolution;
import io.tunnel4j.transport.TrustRoots;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our client against the recorded server side of the reference's logins: the same requests in the same order, the same files. */
@ExtendWith(LeakCheck.class)
class LoginReplayTest {
    private static final String AUD = "9d80482810b3b2dc36e717f1f375eca14b928392bcc7ce79e4a99673edc3c34d";
    private static final String APP_TOKEN = "app.example.test-" + AUD + "-token";
    private static final String ORG_TOKEN = "team.cloudflareaccess.com-org-token";
    private static final Pattern JWT = Pattern.compile("eyJ[\\w-]+\\.[\\w-]+\\.[\\w-]+");
    private static final Predicate<String> ALL = request -> true;

    @TempDir
    Path home;

    private final List<LoginPrompt.Request> prompts = Collections.synchronizedList(new ArrayList<>());
    private final List<AutoCloseable> closeables = new ArrayList<>();
    private JsonObject transcript;
    private ReplayingEdge edge;
    private TokenStore store;
    private SingleSignOn logins;
    private boolean giveUp;
    private boolean autoClose;
    private String transferStore = "https://login.cloudflareaccess.org";

    @AfterEach
    void close() throws Exception {
        Collections.reverse(closeables);
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
    }

    private void replay(String scenario, Predicate<String> kept) throws Exception {
        transcript = AccessVectors.object("transcripts/" + scenario + ".json");
        edge = new ReplayingEdge(transcript, kept, sealed());
        closeables.add(edge);
        store = TokenStore.directory(home.resolve(".cloudflared"));
        files().keySet().stream()
                .filter(name ->
                        files().getAsJsonObject(name).get("mode").getAsString().equals("0o644"))
                .forEach(name -> store.write(name, content(name)));
        EventLoops loops = EventLoops.start("replay", 1);
        ExecutorService workers = Executors.newCachedThreadPool();
        ExecutorService lookups = Executors.newCachedThreadPool();
        Dialer dialer = Dialer.builder(loops, new NameResolution(lookups))
                .proxy(OutboundProxy.http("127.0.0.1", edge.port()))
                .build();
        TrustRoots trust =
                TrustRoots.builder().certificates(edge.authority()).onlyPool().build();
        AtomicLong ticks = new AtomicLong();
        LoginConfig config = new LoginConfig(
                store,
                this::prompt,
                AuthDomains.CLOUDFLARE,
                URI.create(transferStore),
                autoClose,
                Duration.ofMinutes(10),
                new LoginConfig.Time(
                        Clock.fixed(recordedAt(), ZoneOffset.UTC),
                        // Each look at this clock takes time, so that the pause between polls is soon over.
                        () -> ticks.addAndGet(200_000_000L)));
        logins = SingleSignOn.of(
                config,
                new SingleSignOn.Network(
                        loops,
                        dialer,
                        SslContextBuilder.forClient()
                                .trustManager(trust.trustManager())
                                .build(),
                        edge.userAgent(),
                        authority -> null),
                workers);
        closeables.add(loops);
        closeables.add(workers::shutdownNow);
        closeables.add(lookups::shutdownNow);
        closeables.add(logins::close);
    }

    private void prompt(LoginPrompt.Request request) {
        prompts.add(request);
        if (giveUp) {
            new Thread(() -> {
                        org.awaitility.Awaitility.await()
                                .until(() -> edge.missing().isEmpty());
                        request.cancel();
                    })
                    .start();
        }
    }

    private JsonObject files() {
        return transcript.getAsJsonObject("files_in_dot_cloudflared");
    }

    private String content(String name) {
        return files().getAsJsonObject(name).get("content").getAsString();
    }

    private String sealed() {
        JsonObject tokens = new JsonObject();
        for (String name : files().keySet()) {
            if (name.endsWith("-org-token")) {
                tokens.addProperty("org_token", content(name));
            } else if (name.endsWith("-token") && !tokens.has("app_token")) {
                tokens.addProperty("app_token", content(name));
            }
        }
        if (!tokens.has("app_token")) {
            // The recorded client gave up; any good login of the same minute will do.
            JsonObject other = AccessVectors.object("transcripts/login-long-poll.json")
                    .getAsJsonObject("files_in_dot_cloudflared");
            tokens.add("app_token", other.getAsJsonObject(APP_TOKEN).get("content"));
            tokens.add("org_token", other.getAsJsonObject(ORG_TOKEN).get("content"));
        }
        return tokens.toString();
    }

    private Instant recordedAt() {
        Matcher jwt = JWT.matcher(transcript.getAsJsonArray("exchanges").toString());
        long latest = 1795313300;
        while (jwt.find()) {
            StoredTokenTimes times = StoredTokenTimes.of(jwt.group());
            latest = Math.max(latest, times.issuedAt());
        }
        return Instant.ofEpochSecond(latest);
    }

    /** When a token of the transcript was issued. */
    private record StoredTokenTimes(long issuedAt) {
        static StoredTokenTimes of(String compact) {
            Instant issued = AccessToken.of(compact).issuedAt();
            return new StoredTokenTimes(issued == null ? 0 : issued.getEpochSecond());
        }
    }

    private <T> T get(CompletableFuture<T> future) throws Exception {
        try {
            return future.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            assertThat(edge.differences).isEmpty();
            throw e;
        }
    }

    private AccessToken login(String url) throws Exception {
        AccessToken token = get(logins.obtain(URI.create(url), null));
        assertThat(get(logins.accepts(URI.create(url), token))).isTrue();
        return token;
    }

    private void assertReplayed() {
        assertThat(edge.differences).isEmpty();
        assertThat(edge.missing()).isEmpty();
    }

    /** Same content as the reference's files; no lock, no address, no temporary file left; nothing that others can read. */
    private void assertFilesAsRecorded(String... names) throws Exception {
        for (String name : names) {
            assertThat(store.read(name).value()).as(name).isEqualTo(content(name));
        }
        try (var all = Files.list(home.resolve(".cloudflared"))) {
            for (Path file : all.toList()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .isEqualTo("rw-------");
                assertThat(file.getFileName().toString())
                        .doesNotEndWith(".lock")
                        .doesNotEndWith(".url")
                        .doesNotEndWith(".tmp");
            }
        }
    }

    private void assertPromptAsRecorded() {
        String recorded = transcript.getAsJsonArray("browser_urls").get(0).getAsString();
        assertThat(prompts).hasSize(1);
        assertThat(withoutKey(prompts.get(0).address().toString())).isEqualTo(withoutKey(recorded));
    }

    private static String withoutKey(String address) {
        return address.replaceAll("token%3D[A-Za-z0-9_-]{43}%", "token%3DKEY%")
                .replaceAll("&token=[A-Za-z0-9_-]{43}%", "&token=KEY%");
    }

    @ParameterizedTest
    @ValueSource(strings = {"login-long-poll", "login-auto-close", "login-fedramp"})
    void login_firstUse_asRecorded(String scenario) throws Exception {
        autoClose = scenario.equals("login-auto-close");
        transferStore = scenario.equals("login-fedramp") ? "https://login.fed.cloudflareaccess.org" : transferStore;
        replay(scenario, ALL);

        AccessToken token = login("https://app.example.test");

        assertThat(token.compact()).isEqualTo(content(APP_TOKEN));
        assertReplayed();
        assertPromptAsRecorded();
        assertFilesAsRecorded(APP_TOKEN, ORG_TOKEN, "team.cloudflareaccess.com-jwks");
    }

    @Test
    void login_pathAndQuery_asRecorded() throws Exception {
        replay("login-with-path-and-query", ALL);

        login("https://app.example.test/some/path?x=1");

        assertReplayed();
        assertPromptAsRecorded();
        assertFilesAsRecorded(APP_TOKEN, ORG_TOKEN);
    }

    @Test
    void obtain_forwarderFirstUse_asRecordedButOneDiscoveryLess() throws Exception {
        replay("tcp-forwarder-first-use", ALL);
        URI app = URI.create("https://app.example.test");

        AccessToken token = get(logins.obtain(app, null));

        assertThat(token.compact()).isEqualTo(content(APP_TOKEN));
        assertThat(get(logins.cached(app)))
                .as("the second connection asks nobody")
                .isEqualTo(token);
        assertThat(edge.differences).isEmpty();
        assertThat(edge.missing()).containsExactly("HEAD / HTTP/1.1");
        assertFilesAsRecorded(APP_TOKEN, ORG_TOKEN);
    }

    @Test
    void cached_filesOfTheReference_usedWithoutAnyRequest() throws Exception {
        replay("stdio-cached-token", ALL);
        store.write(APP_TOKEN, content(APP_TOKEN));

        assertThat(get(logins.cached(URI.create("https://app.example.test"))).compact())
                .isEqualTo(content(APP_TOKEN));
        assertThat(get(logins.cached(URI.create("https://app.example.test/p?q"))))
                .isNotNull();
        assertThat(get(logins.cached(URI.create("https://other.example.test")))).isNull();
        assertThat(edge.requests).isEmpty();
    }

    @Test
    void login_pollsAnsweredAtOnce_goesOnWhereTheReferenceGivesUp() throws Exception {
        replay("login-poll-exhausted", ALL);

        AccessToken token = get(logins.obtain(URI.create("https://app.example.test"), null));

        assertThat(token.audience()).containsExactly(AUD);
        assertReplayed();
        assertThat(edge.requests.stream().filter(line -> line.startsWith("GET /transfer/")))
                .hasSize(11);
    }

    @ParameterizedTest
    @ValueSource(strings = {"login-headless", "older-denied-403"})
    void obtain_givenUpWhileThePollIsHeld_endsAtOnce(String scenario) throws Exception {
        giveUp = true;
        replay(scenario, ALL);
        URI app = URI.create(scenario.startsWith("older") ? "https://deny.example.test" : "https://app.example.test");

        assertThatThrownBy(() ->
                        logins.obtain(app, null).orTimeout(30, TimeUnit.SECONDS).join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .hasMessage("login to " + app.getHost() + ": given up")
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.LOGIN_DECLINED));
        assertReplayed();
        assertThat(prompts).hasSize(1);
        assertFilesAsRecorded();
    }

    @ParameterizedTest
    @ValueSource(strings = {"org-token-exchange", "jwks-pinned", "curl", "https-proxy"})
    void obtain_orgToken_silentExchangeAsRecorded(String scenario) throws Exception {
        replay(scenario, ALL);
        String url = "https://app.example.test"
                + switch (scenario) {
                    case "org-token-exchange" -> "/p/q?z=2";
                    case "curl" -> "/q?a=b";
                    default -> "";
                };

        if (scenario.equals("https-proxy")) {
            get(logins.obtain(URI.create(url), null));
        } else {
            login(url);
        }

        assertReplayed();
        assertThat(prompts).isEmpty();
        assertFilesAsRecorded(APP_TOKEN, ORG_TOKEN);
    }

    @Test
    void login_wildcardApplication_oneTokenForAllItsHosts() throws Exception {
        replay("wildcard-app", ALL);
        String name = files().keySet().stream()
                .filter(file -> file.endsWith("f0-token"))
                .findFirst()
                .orElseThrow();

        AccessToken token = login("https://a.wild.example.test");

        assertThat(get(logins.stored(URI.create("https://b.wild.example.test"))))
                .isEqualTo(token);
        assertThat(get(logins.cached(URI.create("https://c.wild.example.test"))))
                .isEqualTo(token);
        assertThat(get(logins.cached(URI.create("https://wild.example.test")))).isNull();
        assertReplayed();
        assertFilesAsRecorded(name);
    }

    @Test
    void login_orgTokenExpired_noExchangeAndTheNewOneIsKept() throws Exception {
        // The reference tries with an empty cookie: an upgrade without metadata header and the login page.
        replay("org-token-expired", request -> request.contains("Metadata-Request") || !request.startsWith("HEAD "));
        store.write(ORG_TOKEN, token("{\"type\":\"org\",\"aud\":\"x\",\"exp\":1795000000}"));

        login("https://app.example.test");

        assertReplayed();
        assertPromptAsRecorded();
        assertFilesAsRecorded(APP_TOKEN);
    }

    @Test
    void obtain_tokenRevoked_droppedAndLoginAsRecorded() throws Exception {
        replay("revoked-app-token", ALL);
        String revoked = token("{\"aud\":[\"" + AUD + "\"],\"exp\":1895000000}");
        store.write(APP_TOKEN, revoked);
        URI app = URI.create("https://app.example.test");
        AccessToken cached = get(logins.cached(app));

        AccessToken token = get(logins.obtain(app, cached));

        assertThat(cached.compact()).isEqualTo(revoked);
        assertThat(token.compact()).isEqualTo(content(APP_TOKEN));
        assertThat(get(logins.cached(app))).isEqualTo(token);
        assertReplayed();
        assertPromptAsRecorded();
        assertFilesAsRecorded(APP_TOKEN, ORG_TOKEN);
    }

    @Test
    void stored_commands_asRecorded() throws Exception {
        replay("token-commands", ALL);

        assertThat(get(logins.stored(URI.create("https://app.example.test"))).compact())
                .isEqualTo(content(APP_TOKEN));
        assertThat(get(logins.stored(URI.create("https://app.example.test/x"))).compact())
                .isEqualTo(content(APP_TOKEN));
        for (int i = 0; i < 3; i++) {
            login("https://app.example.test");
        }

        assertReplayed();
        assertThat(prompts).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"token-expired", "token-wrong-audience"})
    void stored_tokenOfNoUse_removed(String scenario) throws Exception {
        replay(scenario, ALL);
        boolean expired = scenario.equals("token-expired");
        store.write(
                APP_TOKEN,
                token("{\"aud\":[\"" + (expired ? AUD : "other") + "\"],\"exp\":" + (expired ? 1 : 1895000000) + "}"));

        assertThat(get(logins.stored(URI.create("https://app.example.test")))).isNull();
        assertThat(store.read(APP_TOKEN)).isNull();
        if (expired) {
            assertThat(get(logins.stored(URI.create("https://app.example.test"))))
                    .isNull();
        }
        assertReplayed();
        assertFilesAsRecorded("team.cloudflareaccess.com-jwks");
    }

    @Test
    void sign_sshKey_requestAndCertificateAsRecorded() throws Exception {
        replay("ssh-gen", ALL);
        URI app = URI.create("https://app.example.test");
        String publicKey = content("app.example.test-cf_key.pub");
        List<String> certificates = new ArrayList<>();

        for (int run = 0; run < 2; run++) {
            AccessToken token = get(logins.obtain(app, null));
            certificates.add(get(logins.sign(app, token, publicKey, (certificate, expiresAt) -> certificate)));
        }

        assertReplayed();
        assertThat(certificates.get(1)).isEqualTo(content("app.example.test-cf_key-cert.pub"));
    }

    @Test
    void sign_refused_numbersAndWordsOfTheEdge() throws Exception {
        replay("ssh-gen-refused", ALL);
        URI app = URI.create("https://app.example.test");
        AccessToken token = get(logins.obtain(app, null));

        assertThatThrownBy(() -> logins.sign(app, token, content("app.example.test-cf_key.pub"), (c, e) -> c)
                        .orTimeout(30, TimeUnit.SECONDS)
                        .join())
                .cause()
                .hasMessage("app.example.test: no SSH certificate: 400: mock refuses")
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.NOT_AUTHORIZED));
        assertReplayed();
    }

    @ParameterizedTest
    @ValueSource(strings = {"older-login", "older-login-fixed-keypair"})
    void login_edgeWithoutSignedMetadata_asTheOlderClient(String scenario) throws Exception {
        replay(scenario, ALL);
        boolean two = scenario.equals("older-login");

        login(two ? "https://app.example.test/p?x=1" : "https://app.example.test");
        assertPromptAsRecorded();
        if (two) {
            login("https://app2.example.test");
        }

        assertReplayed();
        assertThat(prompts).hasSize(1);
        assertFilesAsRecorded(APP_TOKEN, ORG_TOKEN);
    }

    @Test
    void obtain_loginPageOnAnotherHostThanTheAuthDomain_orgTokenNotSentThere() throws Exception {
        replay("own-names-only", request -> request.startsWith("HEAD / "));

        assertThatThrownBy(() -> logins.obtain(URI.create("https://app.example.test"), null)
                        .orTimeout(30, TimeUnit.SECONDS)
                        .join())
                .cause()
                .isInstanceOf(TunnelException.class);

        assertThat(edge.differences)
                .anyMatch(difference -> difference.contains("host=auth.example.test"))
                .noneMatch(difference -> difference.contains("cookie="));
    }

    private static String token(String claims) {
        String payload =
                Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        String compact = "eyJhbGciOiJSUzI1NiJ9." + payload + ".YQ";
        assertThat(StoredToken.tryParse(compact)).isNotNull();
        return compact;
    }
}
