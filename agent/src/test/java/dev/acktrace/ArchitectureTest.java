package dev.acktrace;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Holds the one direction of imports that docs/INTERNALS.md describes. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.acktrace");

    private static final List<String> LAYERS = List.of(
            "linux",
            "syscall",
            "policy",
            "bpf",
            "format",
            "lint",
            "wire",
            "recording",
            "learn",
            "generalize",
            "enforce",
            "report",
            "session",
            "refine");

    @Test
    void packages_import_only_what_stands_to_their_left() {
        LayeredArchitecture packages =
                layeredArchitecture().consideringOnlyDependenciesInLayers().withOptionalLayers(true);
        for (String name : LAYERS) {
            packages = packages.layer(name).definedBy("dev.acktrace." + name);
        }
        packages.whereLayer("linux")
                .mayOnlyBeAccessedByLayers("enforce", "report", "session", "refine")
                .whereLayer("policy")
                .mayOnlyBeAccessedByLayers(
                        "bpf", "format", "lint", "generalize", "enforce", "report", "session", "refine")
                .whereLayer("bpf")
                .mayOnlyBeAccessedByLayers("format", "lint", "generalize", "enforce", "report", "session", "refine")
                .whereLayer("format")
                .mayOnlyBeAccessedByLayers("lint", "generalize", "enforce", "report", "session", "refine")
                .whereLayer("lint")
                .mayOnlyBeAccessedByLayers("report", "session", "refine")
                .whereLayer("wire")
                .mayOnlyBeAccessedByLayers("recording", "learn", "generalize", "enforce", "report", "session", "refine")
                .whereLayer("recording")
                .mayOnlyBeAccessedByLayers("learn", "generalize", "enforce", "report", "session", "refine")
                .whereLayer("learn")
                .mayOnlyBeAccessedByLayers("generalize", "enforce", "report", "session", "refine")
                .whereLayer("generalize")
                .mayOnlyBeAccessedByLayers("enforce", "report", "session", "refine")
                .whereLayer("enforce")
                .mayOnlyBeAccessedByLayers("report", "session", "refine")
                .whereLayer("report")
                .mayOnlyBeAccessedByLayers("session", "refine")
                .whereLayer("session")
                .mayOnlyBeAccessedByLayers("refine")
                .whereLayer("refine")
                .mayNotBeAccessedByAnyLayer()
                .check(CLASSES);
    }

    @Test
    void native_calls_are_made_in_one_package() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.acktrace.linux")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna..")
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void the_library_prints_nothing() {
        noClasses()
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .allowEmptyShould(true)
                .check(CLASSES);
    }
}
