package io.tunnel4j.edge.gate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.edge.gate.policy.AccessIndex;
import io.tunnel4j.edge.gate.policy.Identity;
import io.tunnel4j.edge.gate.policy.InMemoryAccessState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the gate remembers of those who log in, at most. */
class SessionBoundsTest {
    private Instant now = Instant.parse("2026-01-02T03:04:05Z");

    @Test
    void table_full_endedEntriesGoFirstThenTheOldest() {
        ExpiringTable<String, String> table = new ExpiringTable<>(3, () -> now);
        table.put("long", "1", Duration.ofMinutes(10));
        table.put("short", "2", Duration.ofMinutes(1));
        table.put("later", "3", Duration.ofMinutes(10));
        now = now.plus(Duration.ofMinutes(2));

        table.put("fourth", "4", Duration.ofMinutes(10));
        assertThat(table.get("long")).as("an ended one made room").isEqualTo("1");
        table.put("fifth", "5", Duration.ofMinutes(10));

        assertThat(table.size()).isEqualTo(3);
        assertThat(table.get("long")).isNull();
        assertThat(table.get("fifth")).isEqualTo("5");
    }

    /** As when somebody begins logins and finishes none: looking at each entry for each further one would take hours. */
    @Test
    @Timeout(30)
    void table_full_takesMoreWithoutLookingAtEachEntry() {
        ExpiringTable<Integer, Integer> table = new ExpiringTable<>(200_000, () -> now);
        for (int i = 0; i < 400_000; i++) {
            table.put(i, i, Duration.ofMinutes(10 - i % 3));
        }

        assertThat(table.size()).isEqualTo(200_000);
        assertThat(table.get(199_999)).isNull();
        assertThat(table.get(200_000)).isEqualTo(200_000);
    }

    /** Against a plain list of what was put, of which ended entries go first and then the oldest. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void table_whatIsPutTakenAndEnds_isThatOfAPlainList(long seed) {
        record Put(int key, int value, Instant endsAt) {}
        Random random = new Random(seed);
        ExpiringTable<Integer, Integer> table = new ExpiringTable<>(20, () -> now);
        List<Put> model = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            int key = random.nextInt(40);
            now = now.plusSeconds(random.nextInt(3));
            model.removeIf(put -> !now.isBefore(put.endsAt()));
            Integer expected = model.stream()
                    .filter(put -> put.key() == key)
                    .map(Put::value)
                    .findFirst()
                    .orElse(null);
            switch (random.nextInt(4)) {
                case 0 -> assertThat(table.get(key)).isEqualTo(expected);
                case 1 -> {
                    assertThat(table.take(key)).isEqualTo(expected);
                    model.removeIf(put -> put.key() == key);
                }
                default -> {
                    int seconds = 1 + random.nextInt(60);
                    table.put(key, i, Duration.ofSeconds(seconds));
                    model.removeIf(put -> put.key() == key);
                    if (model.size() == 20) {
                        model.remove(0);
                    }
                    model.add(new Put(key, i, now.plusSeconds(seconds)));
                    assertThat(table.size()).isEqualTo(model.size());
                }
            }
        }
    }

    @Test
    void grants_moreThan50000_theOldestCountsNoMore() {
        Grants grants = new Grants(() -> now, new RandomText());
        Grants.Grant grant = new Grants.Grant("n", "aud", "", "https://a.example.test", "/", "app");
        String first = grants.issue(grant);
        String second = grants.issue(grant);
        for (int i = 2; i < 50_000; i++) {
            grants.issue(grant);
        }

        String last = grants.issue(grant);

        assertThat(grants.redeem(first)).isNull();
        assertThat(grants.redeem(second)).isEqualTo(grant);
        assertThat(grants.redeem(last)).isEqualTo(grant);
    }

    @Test
    void sessions_moreThan200000_theOldestHasToLogInAgain() {
        Sessions sessions = new Sessions(() -> now);
        for (int i = 0; i < 200_001; i++) {
            sessions.put(identity("n" + i));
        }
        AccessIndex index = new AccessIndex(new InMemoryAccessState());

        assertThat(sessions.find("n0", index)).isNull();
        assertThat(sessions.find("n1", index)).isNotNull();
        assertThat(sessions.find("n200000", index)).isNotNull();
    }

    private Identity identity(String nonce) {
        return new Identity(
                nonce,
                "ann@example.test",
                "id",
                "Ann",
                "pin",
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                "",
                "192.0.2.1",
                now,
                now.plus(Duration.ofHours(1)));
    }
}
