package io.tunnel4j.edge;

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
    void edge_anyClass_keepsTheRule(ArchRule rule) {
        assertThatCode(() -> rule.check(classes)).doesNotThrowAnyException();
    }

    static Stream<ArchRule> rules() {
        return Stream.of(
                noDependency(
                        "io.tunnel4j.edge..",
                        "io.tunnel4j.access..",
                        "io.tunnel4j.supervisor..",
                        "io.tunnel4j.origin.."),
                noDependency("io.tunnel4j.edge.registry..", "io.tunnel4j.edge.frontend..", "io.tunnel4j.edge.gate.."),
                noDependency("io.tunnel4j.edge.gate..", "io.tunnel4j.edge.frontend..", "io.tunnel4j.edge.registry.."),
                noDependency(
                        "io.tunnel4j.edge.store..",
                        "io.tunnel4j.edge.frontend..",
                        "io.tunnel4j.edge.gate..",
                        "io.tunnel4j.edge.registry.."),
                noDependency(
                        "io.tunnel4j.edge.state..",
                        "io.tunnel4j.edge.api..",
                        "io.tunnel4j.edge.console..",
                        "io.tunnel4j.edge.frontend..",
                        "io.tunnel4j.edge.gate..",
                        "io.tunnel4j.edge.registry.."),
                noDependency("io.tunnel4j.edge.store..", "io.tunnel4j.edge.state..", "io.tunnel4j.edge.api.."),
                ArchitectureRules.noCatchAllPackages(),
                ArchitectureRules.noCatchAllNames(),
                ArchitectureRules.publicClassesAreClosed());
    }
}
