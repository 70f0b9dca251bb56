package org.interposer.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/**
 * Starts the framework with the bundles of a distribution and waits for its end.
 *
 * <p>System properties are its input, {@code bin/interposer} sets them: {@code interposer.home},
 * the distribution; {@code interposer.state}, the folder that outlives a run. The exit status is
 * that of the property {@value #EXIT_STATUS} when the framework has stopped.
 */
public final class Launcher {
    /**
     * System property a bundle sets, before it stops the framework, to the exit status it wants.
     */
    public static final String EXIT_STATUS = "interposer.exit.status";

    private static final int FAILED_TO_START = 70;

    private Launcher() {}

    /**
     * Runs until the framework stops, then ends the JVM.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        Path home =
                Path.of(System.getProperty("interposer.home", ".")).toAbsolutePath().normalize();
        Path state = Path.of(System.getProperty("interposer.state", "state")).toAbsolutePath();
        int status;
        try (StateDirectory owned = StateDirectory.open(state)) {
            status = run(new Distribution(home), owned);
        } catch (IOException | BundleException e) {
            System.err.println("interposer: " + reason(e));
            status = FAILED_TO_START;
        } catch (InterruptedException e) {
            status = FAILED_TO_START;
        }
        exit(status);
    }

    private static int run(Distribution distribution, StateDirectory state)
            throws IOException, BundleException, InterruptedException {
        Map<String, String> configuration = distribution.frameworkConfiguration(state.path());
        // Some bundles look at system properties only.
        System.getProperties().putAll(configuration);
        configuration.put(Constants.FRAMEWORK_STORAGE, state.resolve("cache").toString());
        // What must last is in etc, deploy and the state folder; a cache kept from another build
        // would only ever be wrong.
        configuration.put(
                Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        Framework framework = new FrameworkFactory().newFramework(configuration);
        framework.init();
        Thread stopper = new Thread(() -> stop(framework), "interposer-shutdown");
        Runtime.getRuntime().addShutdownHook(stopper);
        distribution.install(framework.getBundleContext());
        framework.start();
        framework.waitForStop(0);
        return Integer.getInteger(EXIT_STATUS, 0);
    }

    /** Ends the JVM; threads a bundle forgot do not keep it alive. */
    private static void exit(int status) {
        System.out.flush();
        System.err.flush();
        // When a signal ends the JVM this waits for ever in exit, and the signal's status stays.
        System.exit(status);
    }

    /** Stops the framework when the process is told to end, so that every bundle is deactivated. */
    private static void stop(Framework framework) {
        try {
            framework.stop();
            framework.waitForStop(0);
        } catch (BundleException e) {
            System.err.println("interposer: stop failed: " + reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String reason(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
