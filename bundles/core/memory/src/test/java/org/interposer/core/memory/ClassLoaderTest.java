package org.interposer.core.memory;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.Callable;
import org.interposer.api.memory.GuestMemory;
import org.junit.jupiter.api.Test;

/** What a bundle update needs: nothing of the old classes stays reachable. */
class ClassLoaderTest {
    @Test
    void leavesNothingBehindThatKeepsItsClassLoaderAlive() throws Exception {
        WeakReference<ClassLoader> loader = useInALoaderOfItsOwn();
        for (int i = 0; i < 100 && loader.get() != null; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertNull(loader.get(), "the class loader is still reachable");
    }

    private static WeakReference<ClassLoader> useInALoaderOfItsOwn() throws Exception {
        URL classes =
                MappedGuestMemoryFactory.class.getProtectionDomain().getCodeSource().getLocation();
        URL tests = Use.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader loader = new OwnClasses(new URL[] {classes, tests})) {
            Class<?> use = loader.loadClass(Use.class.getName());
            assertNotSame(Use.class, use);
            ((Callable<?>) use.getConstructor().newInstance()).call();
            return new WeakReference<>(loader);
        }
    }

    /** Runs in the loader of its own. */
    public static final class Use implements Callable<Void> {
        @Override
        public Void call() throws Exception {
            GuestMemory memory = new MappedGuestMemoryFactory().create("own", 1 << 20);
            memory.addRom("rom", 0xf_0000_0000L, new byte[] {1});
            assertTrue(memory.write(0, new byte[] {1}, 0, 1));
            assertTrue(memory.discard(0, 4096));
            memory.close();
            return null;
        }
    }

    /** Defines this bundle's classes itself instead of asking its parent. */
    private static final class OwnClasses extends URLClassLoader {
        OwnClasses(URL[] urls) {
            super(urls, Use.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("org.interposer.core.memory.")) {
                Class<?> found = findLoadedClass(name);
                return found == null ? findClass(name) : found;
            }
            return super.loadClass(name, resolve);
        }
    }
}
