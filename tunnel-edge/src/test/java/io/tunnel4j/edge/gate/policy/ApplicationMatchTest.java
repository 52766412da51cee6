package io.tunnel4j.edge.gate.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.gate.policy.ApplicationMatch.Kind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which application stands in front of a host and path, however the path is spelled. */
class ApplicationMatchTest {
    private final InMemoryAccessState state = new InMemoryAccessState();

    @BeforeEach
    void protect() {
        for (String destination : new String[] {
            "wiki.example.test",
            "*.example.test",
            "files.example.test/admin",
            "files.example.test/open/*/x",
            "a*b.example.org"
        }) {
            state.save(
                    AccessKind.APPLICATION,
                    Application.builder(destination).name(destination).build());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "wiki.example.test,/,wiki.example.test",
        "WIKI.Example.Test.,/,wiki.example.test",
        "other.example.test,/,*.example.test",
        "files.example.test,/,*.example.test",
        "files.example.test,/admin,files.example.test/admin",
        "files.example.test,/admin/users,files.example.test/admin",
        "files.example.test,/administrator,*.example.test",
        "files.example.test,/open/any/x,files.example.test/open/*/x",
        "files.example.test,/open/any/x/y,files.example.test/open/*/x",
        "axxb.example.org,/,a*b.example.org",
        "example.test,/,''",
        "a.b.example.test,/,''",
        "a.b.example.org,/,''",
    })
    void match_plainPath_findsTheMostSpecific(String host, String path, String expected) {
        ApplicationMatch match = new AccessIndex(state).match(host, path);

        assertThat(match.destination()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/%61dmin",
                "/x/%2e%2e/admin",
                "/x/../admin",
                "//admin",
                "/./admin",
                "/admin;jsessionid=1",
                "/x/..;/admin",
                "/x/..%2fadmin",
                "/x%2f..%2fadmin",
                "/%2561dmin",
                "/x\\..\\admin",
                "/ADMIN/users",
                "/admin%2fusers",
                "/admin/.",
                "/admin/%2e%2e/",
                "/%252561dmin",
            })
    void match_trick_neverTakesAProtectedPathForALessProtectedOne(String path) {
        ApplicationMatch match = new AccessIndex(state).match("files.example.test", path);

        boolean isAdmin = match.destination().equals("files.example.test/admin");
        assertThat(isAdmin || match.kind() == Kind.AMBIGUOUS)
                .describedAs("%s is %s", path, match)
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%61dmin", "/x/%2e%2e/admin", "//admin", "/x/..;/admin", "/Admin", "/admin%2f"})
    void match_trickOnOtherwisePublicHost_isProtected(String path) {
        state.save(
                AccessKind.APPLICATION,
                Application.builder("shop.example.net/admin").build());

        assertThat(new AccessIndex(state).match("shop.example.net", path).kind())
                .isEqualTo(Kind.PROTECTED);
    }

    @Test
    void match_ordinaryEscapes_areNotAmbiguous() {
        assertThat(new AccessIndex(state)
                        .match("files.example.test", "/caf%C3%A9/a%20b")
                        .kind())
                .isEqualTo(Kind.PROTECTED);
    }

    @Test
    void match_encodedTooOften_isRefused() {
        assertThat(new AccessIndex(state)
                        .match("files.example.test", "/%2525252561dmin")
                        .kind())
                .isEqualTo(Kind.AMBIGUOUS);
    }
}
