package io.tunnel4j.examples;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
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
    void examples_anyClass_keepsTheRule(ArchRule rule) {
        assertThatCode(() -> rule.check(classes)).doesNotThrowAnyException();
    }

    static Stream<ArchRule> rules() {
        return Stream.of(
                noClasses()
                        .that()
                        .resideOutsideOfPackage("io.tunnel4j.examples..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("io.tunnel4j.examples..")
                        .because("nothing depends on the examples"),
                noDependency("io.tunnel4j.access..", "io.tunnel4j.edge.."),
                noDependency("io.tunnel4j.edge..", "io.tunnel4j.access.."),
                ArchitectureRules.noCatchAllPackages(),
                ArchitectureRules.noCatchAllNames(),
                ArchitectureRules.publicClassesAreClosed());
    }
}
