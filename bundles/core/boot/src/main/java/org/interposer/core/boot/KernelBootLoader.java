package org.interposer.core.boot;

import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.interposer.api.boot.BootException;
import org.interposer.api.boot.BootLoader;
import org.interposer.api.boot.BootSource;
import org.interposer.api.engine.CpuState;
import org.interposer.api.memory.GuestMemory;
import org.osgi.service.component.annotations.Component;

/** Tells kernel formats apart and loads them. Stateless, any thread. */
@Component
public final class KernelBootLoader implements BootLoader {

    @Override
    public CpuState load(BootSource source, GuestMemory memory, long rsdp) throws BootException {
        try (ImageFile kernel = ImageFile.open("kernel", source.kernel())) {
            Placement placement = new Placement(memory);
            if (isElf(kernel)) {
                ElfImage elf = new ElfImage(kernel);
                OptionalLong pvh = elf.pvhEntry();
                if (pvh.isPresent()) {
                    return PvhLoader.load(elf, pvh.getAsLong(), source, placement, rsdp);
                }
            }
            throw kernel.error("is not a bootable image");
        }
    }

    private static boolean isElf(ImageFile kernel) throws BootException {
        ByteBuffer head = kernel.bytes(0, 4, "the magic number");
        return head.getInt(0) == ElfImage.MAGIC;
    }
}
