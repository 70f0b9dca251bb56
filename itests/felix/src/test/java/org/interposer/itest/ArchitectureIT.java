package org.interposer.itest;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of the architecture, read from the classes of the distribution's bundles. */
class ArchitectureIT {
    private static final String OURS = "org.interposer..";
    private static final String API = "org.interposer.api..";
    private static final String RINGS = "org.interposer.frontend.virtio";

    /** What several bundles carry inside. */
    private static final String SUPPORT = "org.interposer.support..";

    private static JavaClasses all;

    @BeforeAll
    static void readBundles() throws IOException {
        List<Path> jars = bundles().toList();
        assertTrue(jars.size() > 1, "no bundles in " + Felix.home());
        all = read(jars);
    }

    private static JavaClasses read(List<Path> jars) throws IOException {
        List<JarFile> files = new ArrayList<>();
        for (Path jar : jars) {
            files.add(new JarFile(jar.toFile()));
        }
        JavaClasses classes = new ClassFileImporter().importJars(files);
        for (JarFile file : files) {
            file.close();
        }
        return classes;
    }

    static Stream<Path> bundles() throws IOException {
        try (Stream<Path> files = Files.list(Felix.home().resolve("bundles"))) {
            return files.sorted().toList().stream();
        }
    }

    static Stream<String> bundleNames() throws IOException {
        return bundles().map(jar -> jar.getFileName().toString().replaceFirst("-[0-9].*", ""));
    }

    @ParameterizedTest
    @MethodSource("bundleNames")
    void aBundleUsesOnlyItselfAndTheApi(String bundle) {
        DescribedPredicate<JavaClass> own = resideInAPackage(bundle + "..");
        DescribedPredicate<JavaClass> allowed = own.or(resideInAnyPackage(API, SUPPORT));
        if (bundle.startsWith(RINGS + ".")) {
            allowed = allowed.or(resideInAPackage(RINGS));
        }
        DescribedPredicate<JavaClass> foreign =
                resideInAPackage(OURS).and(DescribedPredicate.not(allowed));
        noClasses()
                .that(bundle.equals(RINGS) ? resideInAPackage(RINGS) : own)
                .should()
                .dependOnClassesThat(foreign)
                .allowEmptyShould(true)
                .check(all);
    }

    @ParameterizedTest
    @MethodSource("bundleNames")
    void everyClassOfABundleIsInThePackageItIsNamedAfter(String bundle) throws IOException {
        Path jar =
                bundles()
                        .filter(j -> j.getFileName().toString().startsWith(bundle + "-"))
                        .findFirst()
                        .orElseThrow();
        JavaClasses classes = read(List.of(jar));
        classes()
                .that(resideInAPackage(OURS))
                .should()
                .resideInAnyPackage(bundle + "..", SUPPORT)
                .allowEmptyShould(true)
                .check(classes);
    }

    @Test
    void onlyWhatTalksToTheKernelUsesJna() {
        noClasses()
                .that(
                        resideInAPackage(OURS)
                                .and(
                                        DescribedPredicate.not(
                                                resideInAnyPackage(
                                                        SUPPORT,
                                                        "org.interposer.core.memory..",
                                                        "org.interposer.engine..",
                                                        "org.interposer.backend.."))))
                .should()
                .dependOnClassesThat(resideInAPackage("com.sun.jna.."))
                .check(all);
    }

    @Test
    void theApiNeedsNoLibrary() {
        classes()
                .that(resideInAPackage(API))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(API, "java..", "org.osgi.annotation.."))
                .check(all);
    }

    @Test
    void packagesOfTheApiFormNoCycle() {
        slices().matching("org.interposer.api.(*)..").should().beFreeOfCycles().check(all);
    }

    @Test
    void nobodyPrintsToTheStandardStreamsButTheTerminal() {
        noClasses()
                .that(
                        resideInAPackage(OURS)
                                .and(
                                        DescribedPredicate.not(
                                                resideInAnyPackage("org.interposer.tool.."))))
                .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS)
                .check(all);
    }

    @Test
    void logsGoThroughSlf4j() {
        GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(all);
    }
}
