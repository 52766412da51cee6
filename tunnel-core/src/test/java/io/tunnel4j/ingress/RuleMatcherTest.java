package io.tunnel4j.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.AsciiString;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleMatcherTest {
    private final RuleMatcher matcher = new RuleMatcher(Ingress.builder()
            .rule("P.example.com", "^/api/", Origin.status(200))
            .rule("p.example.com", Origin.status(201))
            .rule("*.wild.test", Origin.status(202))
            .rule("bücher.example", Origin.status(203))
            .rule("", "secret", Origin.status(204))
            .otherwise(Origin.status(404))
            .build());

    @ParameterizedTest
    @CsvSource({
        "p.example.com, /api/x, 0",
        "P.EXAMPLE.com:8080, /%61pi/x?q, 0",
        "p.example.com, /x?/api/, 1",
        "a.b.wild.test, /, 2",
        "wild.test, /, 5",
        "xwild.test, /, 5",
        "xn--bcher-kva.example, /, 3",
        "bücher.example, /, 3",
        "other, /a/secret, 4",
        "other, /%zz%, 5",
        "[::1]:80, /, 5",
    })
    void match_hostAndPath_firstRuleThatCoversBoth(String host, String path, int index) {
        assertThat(matcher.match(host, path).index()).isEqualTo(index);
    }

    @Test
    void match_asciiStrings_sameAsStrings() {
        assertThat(matcher.match(AsciiString.of("p.example.com:1"), AsciiString.of("/api/"))
                        .index())
                .isZero();
    }

    @Test
    void match_noRules_answers503() {
        RuleMatcher.Match match = new RuleMatcher(Ingress.empty()).match("a", "/");
        assertThat(match.rule().origin().service()).isEqualTo("http_status:503");
    }
}
