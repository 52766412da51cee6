package io.tunnel4j.access.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenPlanTest {
    private static final long NOW = 1_000_000;

    /** Life and rest of the app token, rest of the org token, in seconds; empty: there is none. */
    @ParameterizedTest
    @CsvSource({
        ",,,LOGIN",
        ",,-1,LOGIN",
        ",,0,EXCHANGE",
        ",,3600,EXCHANGE",
        "86400,-1,,LOGIN",
        "86400,-1,3600,EXCHANGE",
        "86400,0,,USE",
        "86400,1,,USE",
        "86400,1,-1,USE",
        "86400,1,1,USE_AND_RENEW",
        "86400,300,3600,USE_AND_RENEW",
        "86400,301,3600,USE",
        "86400,86400,3600,USE",
        "900,90,3600,USE_AND_RENEW",
        "900,91,3600,USE",
        "60,6,3600,USE_AND_RENEW",
        "60,7,3600,USE",
    })
    void decide_tokensAtHand_asTheTableSays(Long life, Long appLeft, Long orgLeft, TokenPlan expected) {
        StoredToken app = appLeft == null ? null : token(NOW + appLeft - life, NOW + appLeft);
        StoredToken org = orgLeft == null ? null : token(NOW - 10, NOW + orgLeft);

        assertThat(TokenPlan.decide(app, org, Instant.ofEpochSecond(NOW, 999_999_999)))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0", "-5"})
    void decide_appTokenWithoutIssueTime_usedToItsEnd(long issued) {
        assertThat(TokenPlan.decide(token(issued, NOW + 1), token(NOW, NOW + 99), Instant.ofEpochSecond(NOW)))
                .isEqualTo(TokenPlan.USE);
    }

    private static StoredToken token(long issued, long end) {
        return new StoredToken("", issued, end, List.of());
    }
}
