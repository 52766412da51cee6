package io.tunnel4j.testing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;

/** What the architecture tests of all modules share. */
public final class ArchitectureRules {
    private ArchitectureRules() {}

    /**
     * Reads our own production classes, without those of the libraries.
     *
     * @return every class below {@code io.tunnel4j} on the class path that is not a test's
     */
    public static JavaClasses ourClasses() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.tunnel4j");
    }

    /**
     * Packages that say what they hold.
     *
     * @return the rule
     */
    public static ArchRule noCatchAllPackages() {
        return noClasses()
                .should()
                .resideInAnyPackage("..util..", "..utils..", "..common..", "..impl..", "..internal..", "..helper..")
                .because("a package is named for what it holds");
    }

    /**
     * Types that say what they are.
     *
     * @return the rule
     */
    public static ArchRule noCatchAllNames() {
        return noClasses()
                .should()
                .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)")
                .because("a type is named for what it is");
    }

    /**
     * State machines and closed sets stay final.
     *
     * @return the rule
     */
    public static ArchRule publicClassesAreClosed() {
        return classes()
                .that()
                .arePublic()
                .and()
                .areNotInterfaces()
                .and()
                .areNotEnums()
                .should()
                .haveModifier(com.tngtech.archunit.core.domain.JavaModifier.FINAL)
                .orShould()
                .haveModifier(com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT)
                .orShould()
                .beAssignableTo(Throwable.class)
                .because("callers compose, they do not inherit");
    }

    /**
     * The parts stand side by side: a class below {@code from} uses nothing of {@code forbidden}.
     *
     * @param from package identifier as ArchUnit spells it
     * @param forbidden package identifiers that it must not reach
     * @return the rule
     */
    public static ArchRule noDependency(String from, String... forbidden) {
        return noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden)
                .allowEmptyShould(true);
    }
}
