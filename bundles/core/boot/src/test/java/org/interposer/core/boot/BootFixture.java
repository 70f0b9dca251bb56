package org.interposer.core.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.interposer.api.boot.BootException;
import org.interposer.api.boot.BootSource;
import org.interposer.api.engine.CpuState;
import org.junit.jupiter.api.io.TempDir;

/** What every loader test needs: files, guest memory, the loader. */
abstract class BootFixture {
    static final int MIB = 1 << 20;

    @TempDir Path folder;
    FakeMemory memory = new FakeMemory(16 * MIB);

    static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    Path file(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    CpuState boot(byte[] kernel, String commandLine) throws Exception {
        return boot(kernel, Optional.empty(), commandLine, List.of());
    }

    CpuState boot(
            byte[] kernel,
            Optional<Path> initrd,
            String commandLine,
            List<BootSource.Module> modules)
            throws IOException, BootException {
        BootSource source = new BootSource(file("kernel", kernel), initrd, commandLine, modules);
        return new KernelBootLoader().load(source, memory, 0xE_0000L);
    }

    /** The message of the BootException that this kernel ends in. */
    String refusal(byte[] kernel) throws IOException {
        try {
            boot(kernel, Optional.empty(), "", List.of());
        } catch (BootException e) {
            return e.getMessage();
        }
        throw new AssertionError("the kernel was loaded");
    }
}
