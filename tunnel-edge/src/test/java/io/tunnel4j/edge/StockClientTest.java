package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import io.tunnel4j.testing.LeakCheck;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.interfaces.XECPublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import software.pando.crypto.nacl.CryptoBox;

/**
 * The reference's access client of both generations, step by step over TLS against a real edge: with the names that it insists on, as DNS entries would
 * bring it here, and a person who logs in with a password.
 */
@ExtendWith(LeakCheck.class)
@Timeout(120)
class StockClientTest {
    private static final String APP = EdgeFixture.HOST;
    private static final String TEAM = "team.localhost";
    private static final String ANNOUNCED = "team.cloudflareaccess.com";
    private static final String STORE = "login.cloudflareaccess.org";
    private static final String PASSWORD = "correct horse battery staple";
    private static final Pattern HIDDEN =
            Pattern.compile("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">");

    private final Map<String, Map<String, String>> cookies = new LinkedHashMap<>();
    private EdgeFixture fixture;
    private ScriptedConnector connector;
    private Application app;

    @BeforeEach
    void start() throws Exception {
        AccessSettings settings = AccessSettings.builder(TEAM)
                .teamDomainAlias(ANNOUNCED)
                .transferHost(STORE)
                .build();
        fixture = new EdgeFixture(builder -> builder.access(settings));
        connector = fixture.connector();
        connector.responding(seen -> {
            if (seen.header("cf-cloudflared-proxy-connection-upgrade") == null) {
                seen.respond(200, "from the origin");
            } else {
                seen.head(200, -1, "Sec-Websocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            }
        });
        Access access = fixture.edge.access();
        app = Application.builder(APP)
                .policy(Policy.allow("staff").include(Rule.emailDomain("example.com")))
                .build();
        access.addUser("ann@example.com", PASSWORD, List.of())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        access.login(IdentityProvider.localUsers("Password").id("local").build())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        access.protect(app).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        connector.close();
        fixture.close();
    }

    @Test
    void since2026_8_0_signedDiscoveryThenTransferThenUpgrade() throws Exception {
        Answer refused = upgrade("");
        assertThat(refused.status).isEqualTo(302);
        assertThat(URI.create(refused.field("Location")).getPath()).startsWith("/cdn-cgi/access/login");

        Answer described = ask("HEAD", APP, "/", "Cf-Access-Metadata-Request: true");
        assertThat(described.status).isEqualTo(200);
        SignedJWT metadata = SignedJWT.parse(described.field("Cf-Access-Metadata"));
        assertThat(metadata.getJWTClaimsSet().getClaims())
                .containsEntry("type", "match")
                .containsEntry("hostname", APP)
                .containsEntry("auth_domain", ANNOUNCED)
                .containsEntry("app_hostname", APP);
        String audience = (String) metadata.getPayload().toJSONObject().get("aud");
        assertThat(audience).isEqualTo(app.audience());
        JWKSet keys = JWKSet.parse(ask("GET", ANNOUNCED, "/cdn-cgi/access/certs").body);
        assertThat(metadata.verify(new RSASSAVerifier(
                        keys.getKeyByKeyId(metadata.getHeader().getKeyID()).toRSAKey())))
                .isTrue();

        JsonObject tokens = logIn(audience);

        String token = tokens.get("app_token").getAsString();
        assertThat(SignedJWT.parse(token).getJWTClaimsSet().getAudience()).containsExactly(audience);
        assertThat(upgrade("Cf-Access-Token: " + token).status).isEqualTo(101);
        assertThat(ask("GET", APP, "/?cloudflared_token_check=true", "Cf-Access-Token: " + token)
                        .field("Location"))
                .isEmpty();
        assertThat(upgrade("Cf-Access-Token: " + token.replaceAll(".{8}$", "AAAAAAAA")).status)
                .describedAs("so that the client drops its token")
                .isEqualTo(302);
    }

    @Test
    void before2026_8_0_redirectDiscoveryThenSilentExchange() throws Exception {
        String orgToken = logIn(app.audience()).get("org_token").getAsString();

        Answer first = ask("HEAD", APP, "/");
        assertThat(first.status).isEqualTo(302);
        URI login = URI.create(first.field("Location"));
        Answer page = ask("HEAD", login.getHost(), target(login));
        assertThat(page.field("CF-Access-Domain")).isEqualTo(APP);
        assertThat(login.getQuery()).contains("kid=" + app.audience());

        String session = first.cookie("CF_AppSession");
        Answer known = ask("HEAD", login.getHost(), target(login), "Cookie: CF_Authorization=" + orgToken);
        assertThat(known.status).isEqualTo(302);
        URI authorized = URI.create(known.field("Location"));
        assertThat(authorized.getPath()).isEqualTo("/cdn-cgi/access/authorized");
        Answer done = ask("HEAD", authorized.getHost(), target(authorized), "Cookie: CF_AppSession=" + session);
        assertThat(done.setCookie("CF_Authorization")).contains("; Expires=");

        assertThat(upgrade("Cf-Access-Token: " + done.cookie("CF_Authorization")).status)
                .isEqualTo(101);
    }

    @Test
    void expiredOrgToken_sentAsAnEmptyCookie_countsAsNone() throws Exception {
        URI login = URI.create(ask("HEAD", APP, "/").field("Location"));

        assertThat(ask("HEAD", login.getHost(), target(login), "Cookie: CF_Authorization=").status)
                .isEqualTo(200);
    }

    /** The program polls while the person logs in and says yes; returns what the program unseals. */
    private JsonObject logIn(String audience) throws Exception {
        KeyPair program = CryptoBox.keyPair();
        String key = Base64.getUrlEncoder().encodeToString(raw(program));
        CompletableFuture<Answer> poll = CompletableFuture.supplyAsync(() -> ask("GET", STORE, "/transfer/" + key));

        Answer choice = browse(
                "GET",
                "https://" + APP + "/cdn-cgi/access/cli?aud=" + audience
                        + "&edge_token_transfer=true&redirect_url=https%3A%2F%2F" + APP + "&send_org_token=true&token="
                        + key.replace("=", "%3D"),
                "");
        Matcher link = Pattern.compile("<a class=\"go plain\" href=\"([^\"]*)\">Password</a>")
                .matcher(choice.body);
        assertThat(link.find()).describedAs(choice.body).isTrue();
        Answer form = browse("GET", link.group(1).replace("&amp;", "&"), "");
        Answer consent = browse(
                "POST",
                "https://" + TEAM + "/cdn-cgi/access/password",
                fields(form.body) + "&email=ann%40example.com&password=" + encoded(PASSWORD));
        assertThat(consent.body).contains("Let a command-line program in?");
        browse("POST", "https://" + TEAM + "/cdn-cgi/access/consent", fields(consent.body) + "&answer=yes");

        Answer answer = poll.get(30, TimeUnit.SECONDS);
        assertThat(answer.status).isEqualTo(200);
        byte[] envelope = Base64.getDecoder().decode(answer.body);
        byte[] service = Base64.getUrlDecoder().decode(answer.field("service-public-key"));
        byte[] opened = CryptoBox.fromCombined(
                        Arrays.copyOf(envelope, 24), Arrays.copyOfRange(envelope, 24, envelope.length))
                .decrypt(program.getPrivate(), CryptoBox.publicKey(service));
        return JsonParser.parseString(new String(opened, StandardCharsets.UTF_8))
                .getAsJsonObject();
    }

    private Answer upgrade(String field) {
        return ask(
                "GET",
                APP,
                "/",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                field);
    }

    /** A browser's request; follows where it leads. */
    private Answer browse(String method, String url, String form) {
        URI uri = URI.create(url);
        Map<String, String> jar = cookies.computeIfAbsent(uri.getHost(), host -> new LinkedHashMap<>());
        StringBuilder cookie = new StringBuilder("Cookie: x=y");
        jar.forEach(
                (name, value) -> cookie.append("; ").append(name).append('=').append(value));
        Answer answer = method.equals("GET")
                ? ask("GET", uri.getHost(), target(uri), cookie.toString())
                : send(
                        "POST " + target(uri) + " HTTP/1.1\r\nHost: " + uri.getHost() + "\r\n" + cookie
                                + "\r\nOrigin: https://" + uri.getHost()
                                + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
                                + form.length() + "\r\n\r\n" + form,
                        uri.getHost(),
                        true);
        for (String line : answer.fields("Set-Cookie")) {
            jar.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1, line.indexOf(';')));
        }
        String location = answer.field("Location");
        return location.isEmpty() ? answer : browse("GET", location, "");
    }

    private Answer ask(String method, String host, String target, String... fields) {
        StringBuilder head = new StringBuilder(
                method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: cloudflared/2026.8.2\r\n");
        for (String field : fields) {
            head.append(field).append(field.isEmpty() ? "" : "\r\n");
        }
        return send(head + "\r\n", host, !method.equals("HEAD"));
    }

    private Answer send(String request, String host, boolean hasBody) {
        try (RawHttp client =
                RawHttp.over(RawHttp.tlsSocket(fixture.edge.httpsAddress(), fixture.authority.certificate(), host))) {
            RawHttp.Head head = client.send(request).head();
            String body = hasBody && head.status() != 101 ? new String(client.body(head), StandardCharsets.UTF_8) : "";
            return new Answer(head.status(), List.copyOf(head.lines()), body);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static String target(URI uri) {
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    }

    private static String fields(String page) {
        StringBuilder form = new StringBuilder();
        Matcher matcher = HIDDEN.matcher(page);
        while (matcher.find()) {
            form.append(form.isEmpty() ? "" : "&")
                    .append(matcher.group(1))
                    .append('=')
                    .append(encoded(matcher.group(2).replace("&amp;", "&")));
        }
        return form.toString();
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private static byte[] raw(KeyPair pair) {
        byte[] bigEndian = ((XECPublicKey) pair.getPublic()).getU().toByteArray();
        byte[] raw = new byte[32];
        for (int i = 0; i < Math.min(32, bigEndian.length); i++) {
            raw[i] = bigEndian[bigEndian.length - 1 - i];
        }
        return raw;
    }

    private record Answer(int status, List<String> lines, String body) {
        String field(String name) {
            List<String> all = fields(name);
            return all.isEmpty() ? "" : all.get(0);
        }

        List<String> fields(String name) {
            return lines.stream()
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .toList();
        }

        String setCookie(String name) {
            return fields("Set-Cookie").stream()
                    .filter(line -> line.startsWith(name + "="))
                    .findFirst()
                    .orElse("");
        }

        String cookie(String name) {
            String line = setCookie(name);
            return line.isEmpty() ? "" : line.substring(name.length() + 1, line.indexOf(';'));
        }
    }
}
