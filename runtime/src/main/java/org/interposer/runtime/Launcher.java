package org.interposer.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/**
 * Starts the framework with the bundles of a distribution and waits for its end.
 *
 * <p>System properties are its input, {@code bin/interposer} sets them: {@code interposer.home},
 * the distribution; {@code interposer.state}, the folder that outlives a run; {@code
 * interposer.state.temporary}, whether it is deleted in the end instead. The exit status is that of
 * the property {@value #EXIT_STATUS} when the framework has stopped.
 */
public final class Launcher {
    /**
     * System property a bundle sets, before it stops the framework, to the exit status it wants.
     */
    public static final String EXIT_STATUS = "interposer.exit.status";

    private static final int FAILED_TO_START = 70;
    private static final int TIDY_SECONDS = 10;
    private static final CountDownLatch ENDED = new CountDownLatch(1);

    private static volatile Framework framework;
    private static volatile boolean toldToEnd;

    private Launcher() {}

    /**
     * Runs until the framework stops, then ends the JVM.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        Path home =
                Path.of(System.getProperty("interposer.home", ".")).toAbsolutePath().normalize();
        Runtime.getRuntime().addShutdownHook(new Thread(Launcher::stop, "interposer-shutdown"));
        int status;
        try (StateDirectory owned = state()) {
            status = run(new Distribution(home), owned);
        } catch (IOException | BundleException e) {
            System.err.println("interposer: " + reason(e));
            status = FAILED_TO_START;
        } catch (InterruptedException e) {
            status = FAILED_TO_START;
        }
        System.out.flush();
        System.err.flush();
        boolean signalled = toldToEnd;
        ENDED.countDown();
        // Threads a bundle forgot do not keep the JVM alive. Once the hooks have run, System.exit
        // halts at once, with this status in the place of the signal's.
        if (!signalled) {
            System.exit(status);
        }
    }

    private static StateDirectory state() throws IOException {
        String path = System.getProperty("interposer.state");
        return path == null ? StateDirectory.temporary() : StateDirectory.open(Path.of(path));
    }

    private static int run(Distribution distribution, StateDirectory state)
            throws IOException, BundleException, InterruptedException {
        Map<String, String> configuration = distribution.frameworkConfiguration(state.path());
        // Some bundles look at system properties only.
        System.getProperties().putAll(configuration);
        configuration.put("interposer.state", state.path().toString());
        configuration.put(Constants.FRAMEWORK_STORAGE, state.resolve("cache").toString());
        // What must last is in etc, deploy and the state folder; a cache kept from another build
        // would only ever be wrong.
        configuration.put(
                Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        Framework created = new FrameworkFactory().newFramework(configuration);
        created.init();
        framework = created;
        try {
            if (!toldToEnd) {
                distribution.install(created.getBundleContext());
                created.start();
            }
        } catch (BundleException | IllegalStateException e) {
            // Stopped while it was starting: then this is how it notices.
            if (!toldToEnd) {
                throw e;
            }
        }
        if (toldToEnd) {
            created.stop();
        }
        created.waitForStop(0);
        return Integer.getInteger(EXIT_STATUS, 0);
    }

    /** Stops the framework when the process is told to end, so that every bundle is deactivated. */
    private static void stop() {
        toldToEnd = true;
        try {
            Framework running = framework;
            if (running != null) {
                running.stop();
                running.waitForStop(0);
            }
            if (!ENDED.await(TIDY_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("interposer: left without tidying up");
            }
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
