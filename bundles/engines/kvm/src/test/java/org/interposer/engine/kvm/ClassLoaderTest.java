package org.interposer.engine.kvm;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.Callable;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.irq.IrqchipMode;
import org.junit.jupiter.api.Test;

/** What a bundle update needs: nothing of the old classes stays reachable. */
class ClassLoaderTest {
    @Test
    void leavesNothingBehindThatKeepsItsClassLoaderAlive() throws Exception {
        TestMachine.needKvm();
        WeakReference<ClassLoader> loader = useInALoaderOfItsOwn();
        for (int i = 0; i < 100 && loader.get() != null; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertNull(loader.get(), "the class loader is still reachable");
    }

    private static WeakReference<ClassLoader> useInALoaderOfItsOwn() throws Exception {
        URL classes = KvmEngine.class.getProtectionDomain().getCodeSource().getLocation();
        URL tests = Use.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader loader = new OwnClasses(new URL[] {classes, tests})) {
            Class<?> use = loader.loadClass(Use.class.getName());
            assertNotSame(Use.class, use);
            ((Callable<?>) use.getConstructor().newInstance()).call();
            return new WeakReference<>(loader);
        }
    }

    /** Runs in the loader of its own: a guest that writes to a port, and an event. */
    public static final class Use implements Callable<Void> {
        @Override
        public Void call() throws Exception {
            try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL);
                    IoEvent event = m.vm.newEvent()) {
                m.code(0x1000, "e6 80 eb fc").start(0, 0x1000); // again: out 0x80, al; jmp again
                m.kickPort(0x80, m.cpu(0));
                m.run();
                event.signal();
                assertTrue(event.await(0));
            }
            TestMachine.ENGINE.stop();
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
            if (name.startsWith("org.interposer.engine.kvm.")) {
                Class<?> found = findLoadedClass(name);
                return found == null ? findClass(name) : found;
            }
            return super.loadClass(name, resolve);
        }
    }
}
