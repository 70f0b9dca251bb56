package org.interposer.backend.block.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.TestMemory;
import org.interposer.api.block.TestRequest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileBackendTest {
    @TempDir private Path folder;

    private Path image(long bytes) throws IOException {
        Path path = folder.resolve("disk.img");
        try (FileChannel c =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            c.truncate(0);
            if (bytes > 0) {
                c.write(java.nio.ByteBuffer.allocate(1), bytes - 1);
            }
        }
        return path;
    }

    private static String refusal(Settings settings) {
        return assertThrows(IOException.class, () -> settings.provider().open()).getMessage();
    }

    @Test
    void refusesAFileThatAnotherBackendOfThisProcessHasOpenAndNamesBoth() throws IOException {
        Settings settings = Settings.of(image(1 << 20));
        try (BlockBackend first = settings.named("first").provider().open()) {
            String message = refusal(settings.named("second"));
            assertTrue(message.contains("disk.img is in use by back-end 'first'"), message);
            assertEquals(2048, first.geometry().sectors());
            settings.named("third").unlocked().provider().open().close();
        }
        settings.named("second").provider().open().close();
    }

    @Test
    void sharesAFileBetweenReaders() throws IOException {
        Settings settings = Settings.of(image(1 << 20)).asReadOnly();
        try (BlockBackend first = settings.provider().open();
                BlockBackend second = settings.named("second").provider().open()) {
            assertEquals(first.geometry(), second.geometry());
        }
    }

    @Test
    void refusesAFileThatAnotherProcessHasLockedAndNamesThatProcess() throws Exception {
        Path path = image(1 << 20);
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/flock")), "needs flock(1)");
        Process other =
                new ProcessBuilder("/usr/bin/flock", "-x", path.toString(), "cat")
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            String message = "";
            for (int i = 0; i < 200 && message.isEmpty(); i++) {
                try {
                    Settings.of(path).provider().open().close();
                    Thread.sleep(20);
                } catch (IOException e) {
                    message = e.getMessage();
                }
            }
            assertTrue(message.contains("in use by process " + other.pid()), message);
        } finally {
            other.getOutputStream().close();
            other.waitFor();
        }
    }

    @Test
    void explainsWhatIsWrongWithAFile() throws IOException {
        String missing = refusal(Settings.of(folder.resolve("none.img")));
        assertTrue(missing.contains("none.img does not exist; create it"), missing);
        String directory = refusal(Settings.of(folder));
        assertTrue(directory.contains("is a directory"), directory);
        String odd = refusal(Settings.of(image(1000)));
        assertTrue(odd.contains("1000 bytes, is not a multiple of 512"), odd);
        String empty = refusal(Settings.of(image(0)));
        assertTrue(empty.contains("is empty"), empty);
        String device = refusal(Settings.of(Path.of("/dev/null")));
        assertTrue(device.contains("/dev/null is no disk"), device);
        String nowhere = refusal(Settings.of(folder.resolve("a/b.img")).created("1M"));
        assertTrue(nowhere.contains("its directory does not exist"), nowhere);
    }

    @Test
    void refusesConfigurationsThatMakeNoSense() {
        Settings good = Settings.of(folder.resolve("disk.img"));
        assertThrows(IllegalArgumentException.class, () -> good.named("").provider());
        assertThrows(IllegalArgumentException.class, () -> good.with(-1).provider());
        assertThrows(IllegalArgumentException.class, () -> good.with(65).provider());
        assertThrows(IllegalArgumentException.class, () -> good.created("").provider());
        assertThrows(IllegalArgumentException.class, () -> good.created("1000").provider());
    }

    @Test
    void createsAFileOnceAndKeepsItsSizeAfterwards() throws IOException {
        Path path = folder.resolve("new.img");
        Settings.of(path).created("1M").provider().open().close();
        Settings.of(path).created("2M").provider().open().close();
        assertEquals(1 << 20, Files.size(path));
    }

    @Test
    void turnsAFileThatWasTruncatedIntoAnErrorOfTheRequest() throws IOException {
        Path path = image(1 << 20);
        try (BlockBackend disk = Settings.of(path).provider().open()) {
            try (FileChannel c = FileChannel.open(path, StandardOpenOption.WRITE)) {
                c.truncate(4096);
            }
            TestMemory memory = new TestMemory(8192);
            TestRequest r = new TestRequest(2);
            r.start(BlockOperation.READ, 0, 16);
            memory.slice(r.request().data(), 0, 8192);
            assertEquals(BlockStatus.IO_ERROR, r.run(disk));
            r.start(BlockOperation.READ, 0, 16);
            memory.slice(r.request().data(), 0, 100);
            memory.slice(r.request().data(), 100, 8092);
            assertEquals(BlockStatus.IO_ERROR, r.run(disk));
            assertEquals("2", disk.metrics().get("errors"));
        }
    }

    @Test
    void servesAThreadThatIsInterrupted() throws IOException {
        try (BlockBackend disk = Settings.of(image(1 << 20)).provider().open()) {
            TestMemory memory = new TestMemory(4096);
            TestRequest r = new TestRequest(1);
            Thread.currentThread().interrupt();
            for (int i = 0; i < 3; i++) {
                r.start(BlockOperation.READ, 0, 8);
                memory.slice(r.request().data(), 0, 4096);
                disk.submit(r.request());
                assertEquals(BlockStatus.OK, r.await());
            }
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void describesItself() throws IOException {
        Path path = image(1 << 20);
        assertEquals(
                "file " + path + ", 1 MiB, direct",
                Settings.of(path).asDirect().provider().describe());
    }

    /** What a bundle update needs: nothing of the old classes stays reachable. */
    @Test
    void leavesNothingBehindThatKeepsItsClassLoaderAlive() throws Exception {
        Path path = image(1 << 20);
        WeakReference<ClassLoader> loader = useInALoaderOfItsOwn(path);
        for (int i = 0; i < 100 && loader.get() != null; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertTrue(loader.get() == null, "the class loader is still reachable");
    }

    private static WeakReference<ClassLoader> useInALoaderOfItsOwn(Path path) throws Exception {
        URL classes = FileBackend.class.getProtectionDomain().getCodeSource().getLocation();
        URL tests = Settings.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader loader = new OwnClasses(new URL[] {classes, tests})) {
            Class<?> type = loader.loadClass(Settings.class.getName());
            Object settings = type.getDeclaredMethod("of", Path.class);
            java.lang.reflect.Method of = (java.lang.reflect.Method) settings;
            of.setAccessible(true);
            java.lang.reflect.Method with = type.getDeclaredMethod("with", int.class);
            with.setAccessible(true);
            java.lang.reflect.Method provider = type.getDeclaredMethod("provider");
            provider.setAccessible(true);
            Object made = provider.invoke(with.invoke(of.invoke(null, path), 1));
            assertTrue(made.getClass() != FileBackendProvider.class);
            BlockBackend disk = ((org.interposer.api.block.BlockBackendProvider) made).open();
            TestMemory memory = new TestMemory(4096);
            TestRequest r = new TestRequest(2);
            r.start(BlockOperation.READ, 0, 8);
            memory.slice(r.request().data(), 0, 100);
            memory.slice(r.request().data(), 100, 3996);
            assertEquals(BlockStatus.OK, r.run(disk));
            disk.close();
            return new WeakReference<>(loader);
        }
    }

    /** Defines this bundle's classes itself instead of asking its parent. */
    private static final class OwnClasses extends URLClassLoader {
        OwnClasses(URL[] urls) {
            super(urls, FileBackendTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("org.interposer.backend.")) {
                Class<?> found = findLoadedClass(name);
                return found == null ? findClass(name) : found;
            }
            return super.loadClass(name, resolve);
        }
    }
}
