package org.interposer.core.boot;

import java.nio.ByteBuffer;
import java.util.Optional;
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
    private static final int HEAD = 64;
    private static final int ARM64_MAGIC_AT = 56;
    private static final int ARM64_MAGIC = 0x644D_5241;
    private static final int RISCV_MAGIC = 0x0543_5352;

    @Override
    public CpuState load(BootSource source, GuestMemory memory, long rsdp) throws BootException {
        try (ImageFile kernel = ImageFile.open("kernel", source.kernel())) {
            Placement placement = new Placement(memory);
            if (LinuxLoader.recognizes(kernel)) {
                return new LinuxLoader(kernel).load(source, placement, rsdp);
            }
            Optional<ElfImage> elf = Optional.empty();
            if (isElf(kernel)) {
                elf = Optional.of(new ElfImage(kernel));
                OptionalLong pvh = elf.get().pvhEntry();
                if (pvh.isPresent()) {
                    return PvhLoader.load(elf.get(), pvh.getAsLong(), source, placement, rsdp);
                }
            }
            Optional<MultibootLoader> multiboot = MultibootLoader.find(kernel);
            if (multiboot.isPresent()) {
                return multiboot.get().load(elf, source, placement);
            }
            throw kernel.error(unbootable(kernel, elf.isPresent()));
        }
    }

    private static boolean isElf(ImageFile kernel) throws BootException {
        return kernel.has(0, 4) && kernel.bytes(0, 4, "the magic").getInt(0) == ElfImage.MAGIC;
    }

    /** What a file is that cannot be booted, and the way out. */
    private static String unbootable(ImageFile kernel, boolean elf) throws BootException {
        if (elf) {
            return "is an ELF file with neither a PVH note nor a multiboot header: for Linux, use"
                    + " the bzImage, or a vmlinux built with CONFIG_PVH";
        }
        if (kernel.size() < HEAD) {
            return "has only " + kernel.size() + " bytes, too few for any kernel";
        }
        ByteBuffer head = kernel.bytes(0, HEAD, "the header");
        if (head.getInt(ARM64_MAGIC_AT) == ARM64_MAGIC) {
            return "is an arm64 Image, not a kernel for x86-64";
        }
        if (head.getInt(ARM64_MAGIC_AT) == RISCV_MAGIC) {
            return "is a RISC-V Image, not a kernel for x86-64";
        }
        Optional<String> other = otherFormat(head);
        return other.isPresent()
                ? "is " + other.get()
                : "is not a kernel that can be booted: a bzImage, an ELF file with a PVH note or a"
                        + " multiboot 1 image is needed";
    }

    private static Optional<String> otherFormat(ByteBuffer head) {
        int first = head.getInt(0);
        if ((first & 0xFFFF) == 0x8B1F) {
            return Optional.of("compressed with gzip: unpack it first (gunzip)");
        }
        if (first == 0x587A_37FD) {
            return Optional.of("compressed with xz: unpack it first (unxz)");
        }
        if (first == 0xFD2F_B528) {
            return Optional.of("compressed with zstd: unpack it first (unzstd)");
        }
        if (first == 0x5619_0527) {
            return Optional.of("a U-Boot image, which is for other processors");
        }
        if ((first & 0xFFFF) == 0x5A4D) {
            return Optional.of("an EFI application, not a Linux bzImage; there is no EFI here");
        }
        return Optional.empty();
    }
}
