package io.tunnel4j.edge.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tunnel4j.edge.api.ApiClient;
import io.tunnel4j.edge.api.Scope;
import io.tunnel4j.edge.exchange.EdgeResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperatorSiteTest extends ConsoleFixture {
    private static final String KEY = Base64.getUrlEncoder().encodeToString(new byte[32]);
    private static final String LOGIN = "/argotunnel?aud=&callback="
            + URLEncoder.encode("https://login.cloudflareaccess.org/" + KEY, StandardCharsets.UTF_8);

    @Test
    void console_notSignedIn_showsOnlyTheForm() {
        tunnel("secret-name");
        EdgeResponse response = get("/console", "");
        assertThat(text(response)).contains("API token").doesNotContain("secret-name");
        assertThat(get("/console/events", "").status()).isEqualTo(401);
    }

    @Test
    void console_fromLoopback_isOpenOnlyUnderALoopbackName() {
        tunnel("web");
        assertThat(text(serve("GET", "/console", "", "", "localhost", "127.0.0.1")))
                .contains("web");
        assertThat(text(serve("GET", "/console", "", "", "rebound.attacker.test", "127.0.0.1")))
                .doesNotContain(">web<");
        assertThat(text(serve("GET", "/console", "", "", "localhost", "192.0.2.7")))
                .doesNotContain(">web<");
    }

    @Test
    void signIn_rightToken_opensTheView_untilSignedOut() {
        UUID id = tunnel("web");
        connections.connect(id, UUID.randomUUID(), 0);
        route(id, "app.example.com");
        errors.record(NOW, "app.example.com", "origin does not answer");
        EdgeResponse response = form("/signin", "", "next=%2Fconsole&token=root-token");
        assertThat(response.status()).isEqualTo(303);
        assertThat(response.headers().get("Set-Cookie")).contains("HttpOnly", "SameSite=Lax", "Secure");
        String cookie = signIn("root-token");

        String page = text(get("/console", cookie));
        assertThat(page)
                .contains("web", "1 connection", "198.51.100.9", "2026.8.2", "5 h 54 min", "app.example.com", "served")
                .contains("origin does not answer", "No hostname is protected");

        form("/signout", cookie, "form=wrong");
        assertThat(text(get("/console", cookie))).contains("198.51.100.9");
        form("/signout", cookie, "form=" + formToken(page));
        assertThat(text(get("/console", cookie))).doesNotContain("198.51.100.9");
    }

    @Test
    void signIn_wrongToken_isRefused_andManyAttemptsAreSlowed() {
        assertThat(form("/signin", "", "token=wrong").status()).isEqualTo(403);
        for (int i = 0; i < 12; i++) {
            form("/signin", "", "token=wrong");
        }
        assertThat(signIn("root-token")).isEmpty();
    }

    @Test
    void signIn_tokenOfOneAccountOrDeleted_doesNotSeeTheEdge() {
        tunnel("web");
        String text = tokens.create("one", ACCOUNT, Set.of(Scope.TUNNELS_READ), null)
                .toCompletableFuture()
                .join();
        assertThat(text(get("/console", signIn(text)))).contains("cannot see").doesNotContain(">web<");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://evil.test/", "//evil.test", "/\\evil.test", "/console\nX: y", "javascript:alert(1)"})
    void signIn_nextLeadsElsewhere_goesToTheConsole(String next) {
        EdgeResponse response =
                form("/signin", "", "token=root-token&next=" + URLEncoder.encode(next, StandardCharsets.UTF_8));
        assertThat(response.headers().get("Location")).isEqualTo("/console");
    }

    @Test
    void console_hostileNames_areEscapedEverywhere() {
        String name = "<img src=x onerror=alert(1)>\\\"'&\\u202e";
        UUID id = tunnel(name);
        connections.connect(id, UUID.randomUUID(), 0);
        errors.record(NOW, "<script>1</script>", "</td><script>alert(1)</script>");
        root.post(
                "/accounts/" + ACCOUNT + "/access/apps",
                "{\"name\":\"<svg onload=alert(1)>\",\"domain\":\"a.example.com\"}");

        EdgeResponse response = get("/console", signIn("root-token"));
        String page = text(response);

        assertThat(page).contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\ufffd");
        assertThat(page).contains("&lt;svg onload=alert(1)&gt;");
        assertThat(page).doesNotContain("<img", "<script>1", "<script>alert", "<svg onload");
        assertThat(page.split("<script", -1)).hasSize(2);
        assertThat(response.headers().get("Content-Security-Policy"))
                .contains("default-src 'none'", "script-src 'sha256-", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(page).doesNotContainPattern("(src|href)=\"(https?:)?//");
    }

    @Test
    void console_page_isWellFormedAndLabelled() {
        tunnel("web");
        String page = text(get("/console", signIn("root-token")));
        assertThat(page).startsWith("<!doctype html><html lang=\"en\">").contains("viewport", "<noscript>", "<h1>");
        for (String tag : List.of("div", "section", "table", "main", "header", "form", "h2", "span", "code")) {
            assertThat(page.split("<" + tag + "[ >]", -1).length)
                    .as(tag)
                    .isEqualTo(page.split("</" + tag + ">", -1).length);
        }
    }

    @Test
    void events_stateChanges_areSentAndEndWithTheSession() {
        String text = tokens.create("watcher", "", Set.of(Scope.TUNNELS_READ), null)
                .toCompletableFuture()
                .join();
        String cookie = signIn(text);
        EdgeResponse response = get("/console/events", cookie);
        assertThat(response.headers().get("Content-Type")).isEqualTo("text/event-stream");
        RecordingSubscriber events = new RecordingSubscriber();
        response.events().subscribe(events);
        await().until(() -> events.received.size() == 1);
        assertThat(events.received.get(0))
                .startsWith("data: \"")
                .endsWith("\n\n")
                .doesNotContain("Applications");

        tunnel("fresh");
        await().atMost(Duration.ofSeconds(10))
                .until(() -> events.received.stream().anyMatch(e -> e.contains("fresh")));

        JsonObject token = root.get("/accounts/" + ACCOUNT + "/tokens").body();
        assertThat(token.get("success").getAsBoolean()).isTrue();
        state.change("test", "drop", draft -> {
                    draft.state().documents("api_token").keySet().forEach(id -> draft.delete("api_token", id));
                    return 0;
                })
                .toCompletableFuture()
                .join();
        await().atMost(Duration.ofSeconds(10)).until(() -> events.completed);
    }

    private static final class RecordingSubscriber implements Flow.Subscriber<byte[]> {
        private final List<String> received = new CopyOnWriteArrayList<>();
        private volatile boolean completed;

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(100);
        }

        @Override
        public void onNext(byte[] event) {
            received.add(new String(event, StandardCharsets.UTF_8));
        }

        @Override
        public void onError(Throwable failure) {
            completed = true;
        }

        @Override
        public void onComplete() {
            completed = true;
        }
    }

    @Test
    void login_approvedInTheBrowser_deliversACertificateThatWorks() {
        CompletableFuture<EdgeResponse> poll = future("GET", "/" + KEY, "", "", "edge.test", "192.0.2.7");
        assertThat(poll).isNotDone();
        assertThat(text(get(LOGIN, ""))).contains("API token");
        String cookie = signIn("root-token");
        String page = text(get(LOGIN, cookie));
        assertThat(page).contains("example.com", "Authorise");

        EdgeResponse done = form(
                "/argotunnel",
                cookie,
                "form=" + formToken(page) + "&key=" + URLEncoder.encode(KEY, StandardCharsets.UTF_8) + "&zone="
                        + value(page, "zone"));

        assertThat(done.status()).isEqualTo(200);
        EdgeResponse delivered = poll.join();
        assertThat(delivered.status()).isEqualTo(200);
        JsonObject cert = certificate(text(delivered));
        assertThat(cert.get("accountID").getAsString()).isEqualTo(ACCOUNT);
        assertThat(cert.get("zoneID").getAsString()).isEqualTo(value(page, "zone"));
        ApiClient cli = new ApiClient(api, cert.get("apiToken").getAsString());
        assertThat(cli.post("/accounts/" + ACCOUNT + "/cfd_tunnel", "{\"name\":\"by-cli\"}")
                        .status())
                .isEqualTo(200);
        assertThat(cli.get("/accounts/" + ACCOUNT + "/access/apps").status()).isEqualTo(403);
    }

    private static JsonObject certificate(String pem) {
        assertThat(pem).startsWith("-----BEGIN ARGO TUNNEL TOKEN-----\n").endsWith("-----END ARGO TUNNEL TOKEN-----\n");
        assertThat(pem.lines().mapToInt(String::length).max().orElse(0)).isLessThanOrEqualTo(64);
        String base64 = pem.lines().filter(line -> !line.startsWith("-")).reduce("", String::concat);
        return JsonParser.parseString(new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8))
                .getAsJsonObject();
    }

    @Test
    void login_approvedBeforeThePoll_isDeliveredOnce() {
        String cookie = signIn("root-token");
        String page = text(get(LOGIN, cookie));
        form(
                "/argotunnel",
                cookie,
                "form=" + formToken(page) + "&key=" + URLEncoder.encode(KEY, StandardCharsets.UTF_8) + "&zone="
                        + value(page, "zone"));

        assertThat(get("/" + KEY, "").status()).isEqualTo(200);
        assertThat(future("GET", "/" + KEY, "", "", "edge.test", "192.0.2.7")).isNotDone();
    }

    @Test
    void login_nobodyApproves_pollEndsBeforeTheListenerGivesUp() {
        try (OperatorSite impatient = OperatorSite.builder(state, tokens, api)
                .longestWait(Duration.ofMillis(400))
                .build()) {
            EdgeResponse nothing = future(impatient, "GET", "/" + KEY, "", "", "edge.test", "192.0.2.7")
                    .orTimeout(30, TimeUnit.SECONDS)
                    .join();

            // Anything from 500 on would end the stock command line's waiting.
            assertThat(nothing.status()).isEqualTo(404);
        }
    }

    @Test
    void login_withoutFormTokenOrRights_deliversNothing() {
        CompletableFuture<EdgeResponse> poll = future("GET", "/" + KEY, "", "", "edge.test", "192.0.2.7");
        String cookie = signIn("root-token");
        String zone = value(text(get(LOGIN, cookie)), "zone");
        String body = "key=" + URLEncoder.encode(KEY, StandardCharsets.UTF_8) + "&zone=" + zone;
        assertThat(form("/argotunnel", cookie, body + "&form=wrong").status()).isEqualTo(403);
        assertThat(form("/argotunnel", "", body + "&form=").status()).isEqualTo(403);
        String reader = tokens.create("reader", "", Set.of(Scope.TUNNELS_READ), null)
                .toCompletableFuture()
                .join();
        assertThat(get(LOGIN, signIn(reader)).status()).isEqualTo(403);
        assertThat(get("/argotunnel?callback=https://x/short", cookie).status()).isEqualTo(400);
        assertThat(poll).isNotDone();
    }

    @Test
    void quickTunnel_post_givesCredentialsAndRoute_boundedByAddressAndNumber() {
        EdgeResponse made = form("/tunnel", "", "");
        assertThat(made.status()).isEqualTo(200);
        JsonObject result = JsonParser.parseString(text(made)).getAsJsonObject().getAsJsonObject("result");
        assertThat(result.keySet()).containsExactlyInAnyOrder("id", "name", "hostname", "account_tag", "secret");
        String hostname = result.get("hostname").getAsString();
        assertThat(hostname).matches("[a-z]+-[a-z]+-[a-z]+-[a-z]+\\.try\\.example\\.com");
        UUID id = UUID.fromString(result.get("id").getAsString());
        assertThat(state.current().route(hostname).orElseThrow().leadsTo(id)).isTrue();

        form("/tunnel", "", "");
        form("/tunnel", "", "");
        assertThat(form("/tunnel", "", "").status()).isEqualTo(503);
        form("/tunnel", "", "");
        EdgeResponse limited = form("/tunnel", "", "");
        assertThat(limited.status()).isEqualTo(429);
        assertThat(limited.headers().get("Retry-After")).isNotNull();
        assertThat(get("/tunnel", "").status()).isEqualTo(405);
    }

    private static String formToken(String page) {
        return value(page, "form");
    }

    private static String value(String page, String field) {
        Matcher matcher = Pattern.compile("name=\"" + field + "\"(?: required)? value=\"([^\"]*)\"")
                .matcher(page);
        assertThat(matcher.find()).as("field " + field).isTrue();
        return matcher.group(1);
    }
}
