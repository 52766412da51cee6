package io.tunnel4j.access.login;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrgTokenExchangeTest {
    private static final String APP = "https://app.example.test/p?x=1";
    private static final String LOGIN = "https://team.cloudflareaccess.com/cdn-cgi/access/login/app.example.test?kid=a";
    private static final String AUTHORIZED = "https://app.example.test/cdn-cgi/access/authorized?code=1";
    private static final String FUTURE = "; Path=/; Expires=Mon, 23 Nov 2026 02:08:36 GMT; HttpOnly";

    private final FakeTime time = new FakeTime(Instant.parse("2026-11-22T02:08:36Z"));
    private final FakeHttp http = new FakeHttp();
    private final Application application =
            new Application(URI.create(APP), new AuthDomain("team.cloudflareaccess.com", 443), "a", "app.example.test");

    private String exchange() {
        return new OrgTokenExchange(http, time, time).exchange(application, "ORG", time.attempt(Duration.ofMinutes(1)));
    }

    private FakeHttp redirect(String to, String... fields) {
        String[] all = new String[fields.length + 2];
        all[0] = "Location";
        all[1] = to;
        System.arraycopy(fields, 0, all, 2, fields.length);
        return http.answer(302, "", all);
    }

    @Test
    void exchange_usualChain_tokenAndCookiesOnlyWhereTheyBelong() {
        redirect(LOGIN, "Set-Cookie", "CF_AppSession=session; Path=/; HttpOnly");
        redirect(AUTHORIZED);
        redirect(APP, "Set-Cookie", "CF_Authorization=TOKEN" + FUTURE);

        assertThat(exchange()).isEqualTo("TOKEN");

        assertThat(http.calls)
                .extracting(call -> call.method() + " " + call.uri())
                .containsExactly("HEAD " + APP, "HEAD " + LOGIN, "HEAD " + AUTHORIZED);
        assertThat(http.calls.get(0).fields()).isEmpty();
        assertThat(http.calls.get(1).fields())
                .containsEntry("Cookie", "CF_Authorization=ORG")
                .containsEntry("Referer", APP);
        assertThat(http.calls.get(2).fields())
                .containsEntry("Cookie", "CF_AppSession=session")
                .containsEntry("Referer", LOGIN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example/cdn-cgi/access/login/app.example.test",
                "https://team.cloudflareaccess.com.evil.example/cdn-cgi/access/login/x",
                "https://team.cloudflareaccess.com@evil.example/cdn-cgi/access/login/x",
                "https://team.cloudflareaccess.com:8443/cdn-cgi/access/login/x",
                "https://app.example.test/cdn-cgi/access/login/x",
                "https://other.cloudflareaccess.com/cdn-cgi/access/login/x",
                "https://team.cloudflareaccess.com/other/path"
            })
    void exchange_loginPageElsewhere_orgTokenNotSent(String location) {
        redirect(location);
        http.answer(200, "");

        assertThat(exchange()).isNull();
        assertThat(http.calls).hasSize(2).allMatch(call -> !call.fields().containsKey("Cookie"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://team.cloudflareaccess.com/cdn-cgi/access/login/x", "ftp://x/", "//", "::::", "https:///x"
            })
    void exchange_redirectAwayFromHttps_notFollowed(String location) {
        redirect(location);

        assertThat(exchange()).isNull();
        assertThat(http.calls).hasSize(1);
    }

    @Test
    void exchange_redirectsWithoutEnd_boundedByCount() {
        redirect(LOGIN);

        assertThat(exchange()).isNull();
        assertThat(http.calls).hasSize(10);
    }

    @Test
    void exchange_slowEdge_boundedByTimeOfTheWholeChain() {
        http.on(call -> {
            time.pass(Duration.ofSeconds(3));
            return FakeHttp.of(302, "", "Location", LOGIN);
        });

        assertThat(exchange()).isNull();
        assertThat(http.calls)
                .extracting(HttpCall::timeout)
                .containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(4), Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CF_Authorization=TOKEN; Path=/",
                "CF_Authorization=TOKEN; Max-Age=3600",
                "CF_Authorization=TOKEN; Expires=Sun, 22 Nov 2026 02:08:35 GMT",
                "CF_Authorization=TOKEN; Expires=tomorrow",
                "cf_authorization=TOKEN; Expires=Mon, 23 Nov 2026 02:08:36 GMT",
                "Other=TOKEN; Expires=Mon, 23 Nov 2026 02:08:36 GMT"
            })
    void exchange_cookieThatDoesNotCount_noToken(String cookie) {
        redirect(LOGIN);
        redirect(AUTHORIZED);
        http.answer(200, "", "Set-Cookie", cookie);

        assertThat(exchange()).isNull();
    }

    @Test
    void exchange_authorizedPageOfAnotherHost_itsCookieDoesNotCount() {
        redirect("https://evil.example/cdn-cgi/access/authorized", "Set-Cookie", "CF_AppSession=session");
        http.answer(200, "", "Set-Cookie", "CF_Authorization=TOKEN" + FUTURE);

        assertThat(exchange()).isNull();
        assertThat(http.calls.get(1).fields()).doesNotContainKey("Cookie");
    }
}
