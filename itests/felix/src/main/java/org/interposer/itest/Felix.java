package org.interposer.itest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.interposer.runtime.Distribution;
import org.junit.jupiter.api.Assumptions;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;

/** What tests often do with the container. */
public final class Felix {
    private static final String PREFIX = "org.interposer.";
    private static final long POLL_MILLIS = 10;

    private Felix() {}

    /**
     * The distribution under test.
     *
     * @return its folder
     */
    public static Path home() {
        Path home =
                Path.of(System.getProperty("interposer.home", "../../runtime/target/interposer"));
        return home.toAbsolutePath().normalize();
    }

    /** Skips the test where there is no /dev/kvm. */
    public static void assumeKvm() {
        Path kvm = Path.of("/dev/kvm");
        Assumptions.assumeTrue(
                Files.isReadable(kvm) && Files.isWritable(kvm),
                "needs /dev/kvm, which is missing or may not be used here");
    }

    /**
     * Finds an installed bundle.
     *
     * @param context any bundle's context
     * @param symbolicName the bundle's name
     * @return the bundle
     * @throws AssertionError when it is not installed
     */
    public static Bundle bundle(BundleContext context, String symbolicName) {
        return Stream.of(context.getBundles())
                .filter(bundle -> symbolicName.equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(symbolicName + " is not installed"));
    }

    /**
     * Finds our bundles.
     *
     * @param context any bundle's context
     * @return the installed bundles of this project
     */
    public static Stream<Bundle> ourBundles(BundleContext context) {
        return Stream.of(context.getBundles())
                .filter(bundle -> bundle.getSymbolicName().startsWith(PREFIX));
    }

    /**
     * Finds the file of a bundle in the distribution, for an update from it.
     *
     * @param symbolicName the bundle's name
     * @return its jar
     * @throws IOException when the distribution cannot be read
     */
    public static Path jar(String symbolicName) throws IOException {
        return new Distribution(home())
                .parts().stream()
                        .map(Distribution.Part::jar)
                        .filter(jar -> jar.getFileName().toString().startsWith(symbolicName + "-"))
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new AssertionError(
                                                symbolicName + " is not in the distribution"));
    }

    /**
     * Updates a bundle in place from its jar in the distribution.
     *
     * @param bundle one of our bundles
     * @throws IOException when the distribution cannot be read
     * @throws BundleException when the bundle cannot be updated
     */
    public static void update(Bundle bundle) throws IOException, BundleException {
        try (InputStream jar = Files.newInputStream(jar(bundle.getSymbolicName()))) {
            bundle.update(jar);
        }
    }

    /**
     * Waits until something holds.
     *
     * @param limit how long at most
     * @param what what is waited for, for the message
     * @param condition is asked again and again on this thread
     * @throws AssertionError when it does not hold in time
     * @throws Exception what the condition throws
     */
    public static void await(Duration limit, String what, Callable<Boolean> condition)
            throws Exception {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(what + ": not within " + limit.toMillis() + " ms");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }
}
