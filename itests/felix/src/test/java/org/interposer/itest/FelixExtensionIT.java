package org.interposer.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** The harness itself. */
@InFelix(properties = "interposer.itest.greeting=hello")
class FelixExtensionIT {
    @TempDir Path folder;
    @FromContainer private BundleContext context;
    private String setUp;

    @BeforeEach
    void remembersThatItRan() {
        setUp = "done";
    }

    @Test
    void aTestRunsInTheProbeBundleOnTheObjectThatWasSetUp() {
        assertSame(context.getBundle(), FrameworkUtil.getBundle(getClass()));
        assertEquals("done", setUp);
    }

    @Test
    void aFolderThatJUnitMadeIsHandedOver() {
        assertNotNull(folder);
        assertTrue(Files.isDirectory(folder));
    }

    @Test
    void aPropertyOfTheAnnotationReachesTheFramework() {
        assertEquals("hello", context.getProperty("interposer.itest.greeting"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aParameterIsPassedOn(int number) {
        assertTrue(number >= 1 && number <= 3);
    }
}
