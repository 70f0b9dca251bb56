package org.interposer.itest;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.cleanCaches;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.frameworkStartLevel;
import static org.ops4j.pax.exam.CoreOptions.systemPackage;
import static org.ops4j.pax.exam.CoreOptions.workingDirectory;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.stream.Stream;
import org.interposer.runtime.Distribution;
import org.ops4j.pax.exam.ExamSystem;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.TestContainer;
import org.ops4j.pax.exam.TestProbeBuilder;
import org.ops4j.pax.exam.nat.internal.NativeTestContainer;
import org.ops4j.pax.exam.options.UrlProvisionOption;
import org.ops4j.pax.exam.spi.DefaultExamSystem;
import org.ops4j.pax.exam.spi.PaxExamRuntime;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;

/**
 * A Felix with the bundles of the distribution and one probe bundle that holds the test classes.
 */
final class FelixContainer implements AutoCloseable {
    private static final int START_LEVEL = 40;

    /** What probes share with JUnit, so that an assertion that fails there is one here. */
    private static final List<String> SHARED_PACKAGES =
            List.of(
                    "org.interposer.itest",
                    "org.junit.jupiter.api",
                    "org.junit.jupiter.api.condition",
                    "org.junit.jupiter.api.extension",
                    "org.junit.jupiter.api.function",
                    "org.junit.jupiter.api.io",
                    "org.junit.jupiter.params",
                    "org.junit.jupiter.params.provider",
                    "org.junit.platform.commons.annotation",
                    "org.opentest4j");

    private final TestContainer container;
    private final Bundle probe;
    private final Map<Object, Object> twins = new WeakHashMap<>();

    private FelixContainer(TestContainer container, Bundle probe) {
        this.container = container;
        this.probe = probe;
    }

    /**
     * Starts Felix and installs the test classes.
     *
     * @throws IOException when the distribution or the test classes cannot be read
     */
    static FelixContainer start(Class<?> testClass, String... properties) throws IOException {
        Path home = Felix.home();
        Path work = Path.of("target", "felix", testClass.getSimpleName()).toAbsolutePath();
        // Configurations of an earlier run would meet those of this one.
        deleteTree(work);
        Files.createDirectories(work.resolve("deploy"));
        Files.createDirectories(work.resolve("log"));
        ExamSystem system = DefaultExamSystem.create(options(home, work, properties));
        TestContainer container = PaxExamRuntime.createContainer(system);
        container.start();
        TestProbeBuilder builder = system.createProbe();
        // A probe needs one test by name; it is called through its class, not through this.
        builder.addTest(testClass, "unused");
        long id = container.install(builder.build().getStream());
        BundleContext context =
                ((NativeTestContainer) container).getSystemBundle().getBundleContext();
        Bundle probe = context.getBundle(id);
        if (probe == null) {
            container.stop();
            throw new IOException("the bundle with the test classes could not be installed");
        }
        return new FelixContainer(container, probe);
    }

    private static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static Option[] options(Path home, Path work, String... properties) throws IOException {
        Distribution distribution = new Distribution(home);
        List<Option> options = new ArrayList<>();
        options.add(workingDirectory(work.resolve("cache").toString()));
        options.add(cleanCaches());
        options.add(frameworkStartLevel(START_LEVEL));
        SHARED_PACKAGES.forEach(name -> options.add(systemPackage(name)));
        // Set below for the container before this one; here it would win over the file.
        System.clearProperty("interposer.log");
        Map<String, String> framework = distribution.frameworkConfiguration(work);
        String extra = framework.remove(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA);
        options.add(systemPackage(extra));
        framework.put("interposer.front", "none");
        framework.put("interposer.home", home.toString());
        framework.put("interposer.state", work.toString());
        framework.put("felix.fileinstall.dir", work.resolve("deploy").toString());
        for (String property : properties) {
            int equals = property.indexOf('=');
            framework.put(property.substring(0, equals), property.substring(equals + 1));
        }
        // The logging back-end substitutes system properties only.
        System.setProperty("interposer.log", framework.get("interposer.log"));
        framework.forEach((key, value) -> options.add(frameworkProperty(key).value(value)));
        for (Distribution.Part part : distribution.parts()) {
            UrlProvisionOption option = bundle(part.jar().toUri().toString());
            option.startLevel(part.level());
            options.add(part.started() ? option : option.noStart());
        }
        return options.toArray(new Option[0]);
    }

    /**
     * Calls a method on the twin of a test instance.
     *
     * @throws Throwable what the method throws
     */
    void invoke(Method method, Optional<Object> testInstance, Object[] arguments) throws Throwable {
        Class<?> twinClass = probe.loadClass(method.getDeclaringClass().getName());
        Method twinMethod =
                twinClass.getDeclaredMethod(method.getName(), method.getParameterTypes());
        twinMethod.setAccessible(true);
        Object twin = testInstance.isPresent() ? twin(testInstance.get()) : null;
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(twinClass.getClassLoader());
        try {
            twinMethod.invoke(twin, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private Object twin(Object testInstance) throws ReflectiveOperationException {
        Object twin = twins.get(testInstance);
        if (twin == null) {
            twin = Twin.of(testInstance, probe);
            twins.put(testInstance, twin);
        }
        return twin;
    }

    @Override
    public void close() {
        container.stop();
    }
}
