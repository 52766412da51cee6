package io.tunnel4j.access;

import static io.tunnel4j.testing.ArchitectureRules.noDependency;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import io.tunnel4j.testing.ArchitectureRules;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The dependency directions of this module. */
class ArchitectureTest {
    private static JavaClasses classes;

    @BeforeAll
    static void readClasses() {
        classes = ArchitectureRules.ourClasses();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void access_anyClass_keepsTheRule(ArchRule rule) {
        assertThatCode(() -> rule.check(classes)).doesNotThrowAnyException();
    }

    static Stream<ArchRule> rules() {
        return Stream.of(
                noDependency(
                        "io.tunnel4j.access..",
                        "io.tunnel4j.edge..",
                        "io.tunnel4j.supervisor..",
                        "io.tunnel4j.ingress.."),
                noDependency("io.tunnel4j.access.store..", "io.tunnel4j.access.login..", "io.tunnel4j.access.relay.."),
                noDependency("io.tunnel4j.access.relay..", "io.tunnel4j.access.login..", "io.tunnel4j.access.store.."),
                ArchitectureRules.noCatchAllPackages(),
                ArchitectureRules.noCatchAllNames(),
                ArchitectureRules.publicClassesAreClosed());
    }
}
