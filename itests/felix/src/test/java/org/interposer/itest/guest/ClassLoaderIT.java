package org.interposer.itest.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.RandomAccessFile;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.interposer.itest.Felix;
import org.interposer.itest.FromContainer;
import org.interposer.itest.InFelix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

/** After an update nothing of the old bundle stays reachable, whatever it has done before. */
@InFelix
class ClassLoaderIT {
    @FromContainer private BundleContext context;
    @TempDir Path folder;

    @Test
    void everyOldClassLoaderIsCollectedAfterAGuestHasRunAndAllBundlesWereUpdated()
            throws Exception {
        Felix.assumeKvm();
        runAGuest();
        Map<String, WeakReference<ClassLoader>> old = new TreeMap<>();
        for (Bundle bundle : Felix.ourBundles(context).toList()) {
            old.put(
                    bundle.getSymbolicName(),
                    new WeakReference<>(bundle.adapt(BundleWiring.class).getClassLoader()));
            Felix.update(bundle);
        }
        refresh();
        replaceTheRecordThatTheJdkRemembers();
        try {
            Felix.await(Duration.ofSeconds(30), "collection", () -> kept(old).isEmpty());
        } catch (AssertionError e) {
            assertEquals(List.of(), kept(old), "old class loaders still reachable");
        }
    }

    /** By the shell alone: a test that used the API itself would keep its old loader. */
    private void runAGuest() throws Exception {
        Path disk = folder.resolve("disk.img");
        try (RandomAccessFile image = new RandomAccessFile(disk.toFile(), "rw")) {
            image.setLength(16 << 20);
        }
        Path image = Felix.home().resolve("../../../itests/guests/images/blkload.elf").normalize();
        try (Shell shell = new Shell(context)) {
            shell.run(
                    "vm:create load --engine kvm --memory 256M --kernel %s --debug-exit --cmdline"
                            + " 'seconds=2 depth=8 region=8m flush=64 hb_ms=500'"
                            + " --disk file:%s,id=disk --start",
                    image, disk);
            shell.run("vm:wait load --expect 33 --timeout 120");
            shell.run("vm:delete load --force");
        }
    }

    /** The old wirings go when nobody is wired to them any more. */
    private void refresh() throws Exception {
        var refreshed = new CountDownLatch(1);
        context.getBundle(0)
                .adapt(FrameworkWiring.class)
                .refreshBundles(null, event -> refreshed.countDown());
        if (!refreshed.await(60, TimeUnit.SECONDS)) {
            throw new AssertionError("the refresh did not end");
        }
    }

    /**
     * JDK 17's ObjectMethods keeps the component type of the record whose equals or hashCode was
     * linked last: one class, not one more with each update. Any other record will do.
     */
    private static void replaceTheRecordThatTheJdkRemembers() {
        record Other(String text) {}

        assertEquals(new Other("a"), new Other("a"));
        assertEquals(new Other("a").hashCode(), new Other("a").hashCode());
    }

    private static List<String> kept(Map<String, WeakReference<ClassLoader>> old) {
        System.gc();
        return old.keySet().stream().filter(name -> old.get(name).get() != null).toList();
    }
}
