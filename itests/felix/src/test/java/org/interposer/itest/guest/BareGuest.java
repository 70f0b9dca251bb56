package org.interposer.itest.guest;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.character.Console;
import org.interposer.api.machine.Machine;
import org.interposer.itest.Felix;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** A machine with one of the bare-metal guests of itests/guests. */
final class BareGuest implements AutoCloseable {
    /** Exit status of a guest that found everything right. */
    static final int OK = 33;

    private final BundleContext context;
    private final Shell shell;
    private final String name;

    /**
     * Makes and starts one on /dev/kvm; skips the test where there is none.
     *
     * @param image {@code blkload}, {@code irq} …
     * @param parameters of the guest
     * @param options more options of vm:create
     */
    static BareGuest onKvm(
            BundleContext context,
            Shell shell,
            String name,
            String image,
            String parameters,
            String options)
            throws Exception {
        Felix.assumeKvm();
        return new BareGuest(context, shell, name, image, parameters, "--engine kvm " + options);
    }

    /** The same on the software CPU, on any host. */
    static BareGuest onSoftcpu(
            BundleContext context,
            Shell shell,
            String name,
            String image,
            String parameters,
            String options)
            throws Exception {
        return new BareGuest(
                context, shell, name, image, parameters, "--engine softcpu " + options);
    }

    private BareGuest(
            BundleContext context,
            Shell shell,
            String name,
            String image,
            String parameters,
            String options)
            throws Exception {
        this.context = context;
        this.shell = shell;
        this.name = name;
        shell.run(
                "vm:create %s --memory 256M --kernel %s --cmdline '%s' --debug-exit %s --start",
                name, image(image), parameters, options);
    }

    private static Path image(String name) {
        return Felix.home().resolve("../../../itests/guests/images/" + name + ".elf").normalize();
    }

    /** An empty disk image. */
    static Path disk(Path folder, String name, int mebibytes) throws IOException {
        Path file = folder.resolve(name);
        try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
            image.setLength((long) mebibytes << 20);
        }
        return file;
    }

    /** Waits until the guest has ended; fails unless it says that everything was right. */
    void awaitOk(int seconds) throws Exception {
        try {
            shell.run("vm:wait %s --expect %d --timeout %d", name, OK, seconds);
        } catch (Exception e) {
            throw new AssertionError(e.getMessage() + "; the guest printed:\n" + output(), e);
        }
        if (!output().contains("result=ok")) {
            throw new AssertionError("the guest did not say ok:\n" + output());
        }
    }

    Machine machine() throws Exception {
        return service(Machine.class, "(machine=" + name + ")");
    }

    BlockPortControl port() throws Exception {
        return service(BlockPortControl.class, "(machine=" + name + ")");
    }

    /** All that the guest has printed. */
    String output() throws Exception {
        return new String(
                service(Console.class, "(id=" + name + ".console)").history(),
                StandardCharsets.UTF_8);
    }

    /** The last value the guest printed for a key; −1 before the first. */
    long last(String key) throws Exception {
        return Arrays.stream(output().split("\\s+"))
                .filter(word -> word.startsWith(key + "="))
                .mapToLong(word -> Long.decode(word.substring(key.length() + 1)))
                .reduce(-1, (before, value) -> value);
    }

    private <T> T service(Class<T> type, String filter) throws InvalidSyntaxException {
        for (ServiceReference<T> reference : context.getServiceReferences(type, filter)) {
            T service = context.getService(reference);
            if (service != null) {
                return service;
            }
        }
        throw new AssertionError("no " + type.getSimpleName() + " with " + filter);
    }

    @Override
    public void close() {
        try {
            shell.run("vm:delete %s --force", name);
        } catch (Exception e) {
            throw new AssertionError("machine " + name + " cannot be deleted", e);
        }
    }
}
