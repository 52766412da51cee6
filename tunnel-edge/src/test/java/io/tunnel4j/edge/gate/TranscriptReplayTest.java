package io.tunnel4j.edge.gate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.tunnel4j.edge.AccessSettings;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.gate.policy.Identity;
import io.tunnel4j.edge.gate.policy.ServiceTokenRecord;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the reference client sent in each recorded scenario, sent to our gate.
 *
 * <p>The recorded tokens are genuine: the gate has the same signing key and a session of the same name. What the client had learnt from the recorded edge (where
 * to go next, cookies) is replaced by what ours said. What the recorded edge merely declared (a token revoked, a key refused) is brought about here.
 */
class TranscriptReplayTest {
    private static final Pattern JWT = Pattern.compile("eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");
    private static final String APP = "9d80482810b3b2dc36e717f1f375eca14b928392bcc7ce79e4a99673edc3c34d";

    private static final String SESSION = "6ei69kawdKzMIAPF";

    private boolean isRevoked;
    private final Map<String, String> learnt = new HashMap<>();
    private final Map<String, CompletableFuture<EdgeResponse>> transfers = new HashMap<>();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp-forwarder-first-use",
                "stdio-cached-token",
                "login-with-path-and-query",
                "login-auto-close",
                "login-fedramp",
                "login-headless",
                "login-long-poll",
                "org-token-exchange",
                "org-token-expired",
                "wildcard-app",
                "token-expired",
                "token-wrong-audience",
                "token-commands",
                "service-token-flags",
                "service-token-env",
                "service-token-refused-401",
                "curl",
                "ssh-gen",
                "https-proxy",
                "jwks-pinned",
                "own-names-only",
                "older-login",
                "older-login-fixed-keypair",
                "older-denied-403",
                "ws-banner",
                "ws-upload",
                "ws-close",
                "ws-text",
                "ws-ping",
                "ws-frag",
                "ws-empty",
                "ws-drop",
                "ws-half-close",
                "ssh-gen-refused",
                "revoked-app-token",
                "login-poll-exhausted"
            })
    void client_recordedRequests_areAnsweredAsItNeeds(String scenario) throws ParseException {
        JsonObject transcript = JsonParser.parseString(TestKeys.text("transcripts/" + scenario + ".json"))
                .getAsJsonObject();
        int compared = 0;
        try (GateFixture fixture = fixture(transcript)) {
            for (JsonElement element : transcript.getAsJsonArray("exchanges")) {
                JsonObject exchange = element.getAsJsonObject();
                if (exchange.has("request") && !exchange.get("request").isJsonNull()) {
                    replay(fixture, exchange);
                    compared++;
                }
            }
        }
        assertThat(compared).isPositive();
        transfers.forEach((key, answer) ->
                assertThat(answer.join().headers().get("service-public-key")).hasSize(44));
    }

    private void replay(GateFixture fixture, JsonObject exchange) throws ParseException {
        JsonElement answered = exchange.get("response");
        String recorded = answered == null || answered.isJsonNull() ? "" : answered.getAsString();
        String sent = exchange.get("request").getAsString();
        turnClock(fixture, sent + recorded);
        EdgeRequest request = request(fixture, sent);
        if (request.path().startsWith(AccessPaths.TRANSFER)) {
            collect(fixture, request, recorded);
            return;
        }
        if (request.path().equals(AccessPaths.CLI)) {
            confirm(fixture, request);
            return;
        }
        if (request.headers().contains(Credentials.TOKEN) && recorded.startsWith("HTTP/1.1 302")) {
            revoke(fixture);
        } else if (isRevoked && request.headers().contains(Credentials.TOKEN)) {
            request.headers().set(Credentials.TOKEN, appToken(fixture));
        }
        if (request.path().equals(AccessPaths.CERT_SIGN) && recorded.startsWith("HTTP/1.1 400")) {
            fixture.gate.context.sessions.end(SESSION);
            EdgeResponse refusal = fixture.answer(request);
            assertThat(refusal.status()).isEqualTo(401);
            assertThat(JsonParser.parseString(GateFixture.text(refusal))
                            .getAsJsonObject()
                            .keySet())
                    .containsExactly("status", "message");
            return;
        }
        GateDecision decision = fixture.decide(request);
        if (decision instanceof GateDecision.Pass) {
            assertThat(recorded).describedAs("%s passes", request).matches("(?s)HTTP/1.1 (101|200) .*");
            assertThat(recorded.toLowerCase(Locale.ROOT)).doesNotContain("cf-access-metadata:");
            return;
        }
        compare(request, recorded, fixture.answer(decision, request));
    }

    private void compare(EdgeRequest request, String recorded, EdgeResponse ours) {
        String status = recorded.substring("HTTP/1.1 ".length(), "HTTP/1.1 ".length() + 3);
        if (status.equals("401")) { // the client treats both alike
            assertThat(ours.status()).isIn(401, 403);
            return;
        }
        assertThat(ours.status()).describedAs("%s", request).isEqualTo(Integer.parseInt(status));
        for (String name : List.of("CF-Access-Aud", "CF-Access-Domain")) {
            String value = field(recorded, name);
            if (!value.isEmpty()) {
                assertThat(ours.headers().get(name)).isEqualTo(value);
            }
        }
        assertThat(ours.headers().contains("Cf-Access-Metadata"))
                .isEqualTo(!field(recorded, "cf-access-metadata").isEmpty());
        String location = field(recorded, "Location");
        if (!location.isEmpty()) {
            String own = ours.headers().get("Location");
            assertThat(own.replaceAll("\\?.*", "")).isEqualTo(location.replaceAll("\\?.*", ""));
            learnt.put(target(location), target(own));
        }
        for (String cookie : ours.headers().getAll("Set-Cookie")) {
            String name = cookie.substring(0, cookie.indexOf('='));
            if (name.equals("CF_AppSession") && !cookie.startsWith("CF_AppSession=;")) {
                learnt.put("appsession-" + request.host(), value(cookie));
            } else if (name.equals("CF_Authorization") && recorded.contains("CF_Authorization=")) {
                assertThat(cookie).contains("; Expires=", "; Path=/;", "; HttpOnly");
            }
        }
        if (request.path().equals(AccessPaths.AUTHORIZED)) {
            assertThat(ours.headers().getAll("Set-Cookie"))
                    .anyMatch(cookie -> cookie.startsWith("CF_Authorization=ey"));
        }
    }

    private void collect(GateFixture fixture, EdgeRequest request, String recorded) {
        CompletableFuture<EdgeResponse> answer = ((GateDecision.Serve) fixture.decide(request))
                .service()
                .serve(request)
                .toCompletableFuture();
        if (recorded.startsWith("HTTP/1.1 200") && recorded.contains("service-public-key")) {
            transfers.put(request.path(), answer);
        } else if (recorded.startsWith("HTTP/1.1 404")) {
            assertThat(answer)
                    .describedAs("ten quick answers would cost the client its login")
                    .isNotDone();
        }
    }

    private void revoke(GateFixture fixture) {
        isRevoked = true;
        fixture.gate.access().revokeTokens(fixture.gate.context.index().application(APP));
        fixture.time.advance(Duration.ofSeconds(1));
    }

    /** The recorded edge has signed its second token within the same second as the one it declares revoked. */
    private static String appToken(GateFixture fixture) {
        Application app = fixture.gate.context.index().application(APP);
        Identity identity = fixture.gate.context.sessions.find(SESSION, fixture.gate.context.index());
        return fixture.gate
                .context
                .tokens
                .forPerson(app, identity, Duration.ofHours(1), Map.of())
                .text();
    }

    /** The person's part, which the recording leaves out: they are logged in already and click. */
    private void confirm(GateFixture fixture, EdgeRequest request) {
        FakeBrowser browser = new FakeBrowser(fixture);
        browser.cookies.put(
                fixture.gate.context.team.host(), new HashMap<>(Map.of("CF_Authorization", orgToken(fixture))));
        browser.open("https://" + request.host() + request.target()).submit();
        assertThat(browser.text()).contains("You are logged in");
    }

    private EdgeRequest request(GateFixture fixture, String sent) throws ParseException {
        int headEnd = sent.indexOf("\r\n\r\n");
        String[] lines = sent.substring(0, headEnd).split("\r\n");
        String[] first = lines[0].split(" ");
        List<String> fields = new ArrayList<>();
        String host = "";
        for (int i = 1; i < lines.length; i++) {
            String name = lines[i].substring(0, lines[i].indexOf(':'));
            String value = lines[i].substring(lines[i].indexOf(':') + 1).trim();
            if (name.equalsIgnoreCase("Host")) {
                host = value;
            } else {
                fields.add(name);
                fields.add(ofOurs(fixture, value));
            }
        }
        String target = learnt.getOrDefault(first[1], first[1]);
        return GateFixture.request(first[0], "https://" + host + target, fields.toArray(new String[0]))
                .withBody(sent.substring(headEnd + 4).getBytes(StandardCharsets.UTF_8));
    }

    /** Cookies as our edge would have set them: its own app session, and an org token for its own team. */
    private String ofOurs(GateFixture fixture, String value) throws ParseException {
        String replaced = value;
        for (Map.Entry<String, String> known : learnt.entrySet()) {
            if (known.getKey().startsWith("appsession-")) {
                replaced = replaced.replace("CF_AppSession=" + known.getKey(), "CF_AppSession=" + known.getValue());
            }
        }
        Matcher matcher = JWT.matcher(replaced);
        if (replaced.startsWith("CF_Authorization=") && matcher.find()) {
            JWTClaimsSet claims = SignedJWT.parse(matcher.group()).getJWTClaimsSet();
            if ("org".equals(claims.getClaim("type"))
                    && claims.getExpirationTime().toInstant().isAfter(fixture.time.instant())) {
                return replaced.replace(matcher.group(), orgToken(fixture));
            }
        }
        return replaced;
    }

    private static String orgToken(GateFixture fixture) {
        Identity identity = fixture.gate.context.sessions.find(SESSION, fixture.gate.context.index());
        return fixture.gate.context.tokens.forSession(identity).text();
    }

    private static void turnClock(GateFixture fixture, String text) throws ParseException {
        Matcher matcher = JWT.matcher(text);
        while (matcher.find()) {
            JWTClaimsSet claims = SignedJWT.parse(matcher.group()).getJWTClaimsSet();
            if (claims.getIssueTime() != null
                    && claims.getIssueTime().toInstant().isAfter(fixture.time.instant())) {
                fixture.time.advance(Duration.between(
                        fixture.time.instant(), claims.getIssueTime().toInstant()));
            }
        }
    }

    private static GateFixture fixture(JsonObject transcript) {
        String team = "team.cloudflareaccess.com";
        String all = transcript.toString();
        if (all.contains("team.fed.cloudflareaccess.com")) {
            team = "team.fed.cloudflareaccess.com";
        } else if (all.contains("https://auth.example.test")) {
            team = "auth.example.test";
        }
        GateFixture fixture = new GateFixture(AccessGate.builder(AccessSettings.builder(team)
                .transferHost("login.cloudflareaccess.org")
                .transferHost("login.fed.cloudflareaccess.org")
                .build()));
        Instant start = Instant.ofEpochSecond(1_795_312_800);
        fixture.time.advance(Duration.between(fixture.time.instant(), start));
        fixture.gate
                .access()
                .login(IdentityProvider.localUsers("Password").id("local").build());
        fixture.gate.context.sessions.put(new Identity(
                SESSION,
                "user@example.test",
                "7335d417-61da-459d-899c-0a01c76a2f94",
                "user",
                "local",
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                "T1",
                "192.0.2.7",
                start,
                start.plus(Duration.ofDays(2))));
        fixture.state.save(
                AccessKind.SERVICE_TOKEN,
                new ServiceTokenRecord(
                        "svc",
                        "svc",
                        "svc-id.access",
                        ServiceTokenRecord.hash("svc-secret"),
                        Duration.ofDays(1),
                        start,
                        start.plus(Duration.ofDays(1))));
        Policy people = Policy.allow("people").include(Rule.emailDomain("example.test"));
        Policy services = Policy.serviceAuth("services").include(Rule.anyServiceToken());
        protect(fixture, "app.example.test", APP, List.of(services, people));
        protect(
                fixture,
                "svc.example.test",
                "00".repeat(32),
                List.of(Policy.serviceAuth("another").include(Rule.serviceToken("another"))));
        protect(
                fixture,
                "app2.example.test",
                "bf3ae3174f4c858c9790c8e23cbb13d8e9d81abfb9b5041513b9170c894035cf",
                List.of(people));
        protect(
                fixture,
                "*.wild.example.test",
                "25b58e934fe4f97fc7fa5bf591056dbd84d794cd9b05e04ae65d19b4263c24f0",
                List.of(people));
        protect(
                fixture,
                "deny.example.test",
                "25ce4d9c03ad6ee334d4ad2152a4621205074361afddc21880e9d70c503172af",
                List.of(services));
        return fixture;
    }

    private static void protect(GateFixture fixture, String host, String audience, List<Policy> policies) {
        fixture.gate
                .access()
                .protect(Application.builder(host)
                        .audience(audience)
                        .policies(policies)
                        .build());
    }

    private static String field(String response, String name) {
        for (String line : response.split("\r\n")) {
            if (line.regionMatches(true, 0, name + ":", 0, name.length() + 1)) {
                return line.substring(name.length() + 1).trim();
            }
        }
        return "";
    }

    private static String target(String url) {
        return url.substring(url.indexOf('/', "https://".length()));
    }

    private static String value(String cookie) {
        return cookie.substring(cookie.indexOf('=') + 1, cookie.indexOf(';'));
    }
}
