package io.tunnel4j;

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

/** The dependency directions of the core: supervisor → registration, discovery, ingress → origin → mux, wire; mux → transport. */
class ArchitectureTest {
    private static final String SUPERVISOR = "io.tunnel4j.supervisor..";
    private static final String DISCOVERY = "io.tunnel4j.discovery..";
    private static final String REGISTRATION = "io.tunnel4j.registration..";
    private static final String INGRESS = "io.tunnel4j.ingress..";
    private static final String ORIGIN = "io.tunnel4j.origin..";
    private static final String MUX = "io.tunnel4j.mux..";
    private static final String TRANSPORT = "io.tunnel4j.transport..";
    private static final String WIRE = "io.tunnel4j.wire..";
    private static final String ADMIN = "io.tunnel4j.admin..";

    private static JavaClasses classes;

    @BeforeAll
    static void readClasses() {
        classes = ArchitectureRules.ourClasses();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void core_anyClass_keepsTheRule(ArchRule rule) {
        assertThatCode(() -> rule.check(classes)).doesNotThrowAnyException();
    }

    static Stream<ArchRule> rules() {
        return Stream.of(
                noDependency(
                        WIRE,
                        SUPERVISOR,
                        DISCOVERY,
                        REGISTRATION,
                        INGRESS,
                        ORIGIN,
                        MUX,
                        TRANSPORT,
                        "io.netty.channel..",
                        "java.time.."),
                noDependency(TRANSPORT, SUPERVISOR, DISCOVERY, REGISTRATION, INGRESS, ORIGIN, MUX, WIRE),
                noDependency(MUX, SUPERVISOR, DISCOVERY, REGISTRATION, INGRESS, ORIGIN),
                noDependency(ORIGIN, SUPERVISOR, DISCOVERY, REGISTRATION),
                noDependency(INGRESS, SUPERVISOR, DISCOVERY, REGISTRATION),
                noDependency(REGISTRATION, SUPERVISOR, DISCOVERY, INGRESS, ORIGIN),
                noDependency(ADMIN, SUPERVISOR, DISCOVERY, REGISTRATION, INGRESS, ORIGIN, MUX, WIRE),
                noClasses()
                        .that()
                        .resideOutsideOfPackages("io.tunnel4j", ADMIN)
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(ADMIN)
                        .because("the management API stands beside the connector"),
                noClasses()
                        .that()
                        .resideOutsideOfPackage("io.tunnel4j")
                        .should()
                        .dependOnClassesThat()
                        .haveFullyQualifiedName("io.tunnel4j.TunnelConnector")
                        .because("only the facade points inward"),
                ArchitectureRules.noCatchAllPackages(),
                ArchitectureRules.noCatchAllNames(),
                ArchitectureRules.publicClassesAreClosed());
    }
}
