package org.interposer.core.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.interposer.api.boot.BootException;
import org.interposer.api.boot.BootSource;
import org.interposer.api.boot.E820;
import org.interposer.api.engine.CpuState;

/**
 * bzImage kernels by the 64-bit boot protocol (Linux, Documentation/arch/x86/boot.rst): the
 * compressed kernel at its preferred address, zero page in RSI, entry 0x200 bytes into it.
 */
final class LinuxLoader {
    /* Fields of the setup header and of the zero page, at the same offsets in both. */
    private static final int ACPI_RSDP = 0x070;
    private static final int EXT_RAMDISK_IMAGE = 0x0C0;
    private static final int EXT_RAMDISK_SIZE = 0x0C4;
    private static final int E820_ENTRIES = 0x1E8;
    private static final int SETUP_SECTS = 0x1F1;
    private static final int SYSSIZE = 0x1F4;
    private static final int BOOT_FLAG = 0x1FE;
    private static final int JUMP_LENGTH = 0x201;
    private static final int HEADER = 0x202;
    private static final int VERSION = 0x206;
    private static final int TYPE_OF_LOADER = 0x210;
    private static final int LOADFLAGS = 0x211;
    private static final int CODE32_START = 0x214;
    private static final int RAMDISK_IMAGE = 0x218;
    private static final int RAMDISK_SIZE = 0x21C;
    private static final int CMD_LINE_PTR = 0x228;
    private static final int INITRD_ADDR_MAX = 0x22C;
    private static final int KERNEL_ALIGNMENT = 0x230;
    private static final int RELOCATABLE = 0x234;
    private static final int XLOADFLAGS = 0x236;
    private static final int CMDLINE_SIZE = 0x238;
    private static final int PREF_ADDRESS = 0x258;
    private static final int INIT_SIZE = 0x260;
    private static final int E820_TABLE = 0x2D0;

    private static final int HEADER_MAGIC = 0x5372_6448;
    private static final int HEADER_END = 0x268;
    private static final int ZERO_PAGE = 4096;
    private static final int E820_MAX = 128;
    private static final int VERSION_64 = 0x20C;
    private static final int VERSION_RSDP = 0x20E;
    private static final int KERNEL_64 = 1;
    private static final int LOADED_HIGH = 1;
    private static final int UNKNOWN_LOADER = 0xFF;
    private static final int SECTOR = 512;
    private static final int PARAGRAPH = 16;
    private static final int ENTRY_64 = 0x200;
    private static final long MIB = 1 << 20;

    private final ImageFile image;
    private final ByteBuffer header;
    private final int version;

    /** Reads the header of an image for which {@link #recognizes} is true. */
    LinuxLoader(ImageFile image) throws BootException {
        this.image = image;
        header = image.bytes(0, HEADER_END, "the Linux setup header");
        version = header.getShort(VERSION) & 0xFFFF;
        boolean wide = version >= VERSION_64 && (header.getShort(XLOADFLAGS) & KERNEL_64) != 0;
        if (!wide || (header.get(LOADFLAGS) & LOADED_HIGH) == 0) {
            throw image.error(
                    String.format(
                            "is a Linux kernel without a 64-bit entry (boot protocol %d.%02d): use"
                                    + " an x86-64 bzImage of Linux 3.8 or later",
                            version >> 8, version & 0xFF));
        }
    }

    /** Whether this is an x86 Linux kernel with a setup header. */
    static boolean recognizes(ImageFile image) throws BootException {
        if (!image.has(0, HEADER + 4)) {
            return false;
        }
        ByteBuffer head = image.bytes(0, HEADER + 4, "the header");
        return head.getShort(BOOT_FLAG) == (short) 0xAA55 && head.getInt(HEADER) == HEADER_MAGIC;
    }

    CpuState load(BootSource source, Placement placement, long rsdp) throws BootException {
        if (!source.modules().isEmpty()) {
            throw image.error(
                    "is a Linux kernel, which takes an initrd but no modules: remove the modules");
        }
        long kernel = loadKernel(placement);
        ByteBuffer zeroPage = zeroPage(rsdp);
        commandLine(source, placement, zeroPage);
        if (source.initrd().isPresent()) {
            initrd(source, placement, zeroPage);
        }
        zeroPage.putInt(CODE32_START, (int) kernel);
        e820(placement, zeroPage);
        long address = placement.put("the zero page", zeroPage.array(), ZERO_PAGE);
        return EntryState.longMode(placement, kernel + ENTRY_64, address);
    }

    private long loadKernel(Placement placement) throws BootException {
        int sectors = header.get(SETUP_SECTS) & 0xFF;
        long offset = (sectors == 0 ? 5L : sectors + 1L) * SECTOR;
        long declared = u32(SYSSIZE) * PARAGRAPH;
        if (declared == 0) {
            throw image.error("is corrupt: its setup header says that the kernel is empty");
        }
        // The last paragraph may be short; what follows it (a signature) is not loaded.
        image.require(offset, declared - PARAGRAPH + 1, "the compressed kernel");
        long length = Math.min(declared, image.size() - offset);
        long room = Math.max(length, u32(INIT_SIZE));
        long address = place(placement, room);
        image.copyTo(offset, length, placement.memory(), address, "the compressed kernel");
        return address;
    }

    private long place(Placement placement, long room) throws BootException {
        long preferred = header.getLong(PREF_ADDRESS);
        long alignment = u32(KERNEL_ALIGNMENT);
        boolean movable = header.get(RELOCATABLE) != 0 && Long.bitCount(alignment) == 1;
        if (preferred < MIB || preferred > (1L << 32) - room) {
            throw image.error("is corrupt: it wants to be at " + ImageFile.hex(preferred));
        }
        if (movable && !placement.isFree(preferred, room)) {
            long lowest = Placement.align(MIB, alignment);
            if (placement.isFree(lowest, room)) {
                preferred = lowest;
            }
        }
        placement.claim(image, "kernel", preferred, room);
        return preferred;
    }

    /** A zero page with the kernel's own setup header and what does not depend on placement. */
    private ByteBuffer zeroPage(long rsdp) throws BootException {
        ByteBuffer page = ByteBuffer.allocate(ZERO_PAGE).order(ByteOrder.LITTLE_ENDIAN);
        int end = Math.min(E820_TABLE, HEADER + (header.get(JUMP_LENGTH) & 0xFF));
        ByteBuffer setup = image.bytes(SETUP_SECTS, end - SETUP_SECTS, "the Linux setup header");
        page.put(SETUP_SECTS, setup.array(), 0, setup.limit());
        page.put(TYPE_OF_LOADER, (byte) UNKNOWN_LOADER);
        if (version >= VERSION_RSDP) {
            page.putLong(ACPI_RSDP, rsdp);
        }
        return page;
    }

    private void commandLine(BootSource source, Placement placement, ByteBuffer zeroPage)
            throws BootException {
        String line = source.commandLine();
        long limit = u32(CMDLINE_SIZE);
        if (line.length() > limit) {
            throw image.error(
                    "takes a command line of at most "
                            + limit
                            + " bytes, but this one has "
                            + line.length());
        }
        zeroPage.putInt(CMD_LINE_PTR, (int) placement.put("the command line", line));
    }

    private void initrd(BootSource source, Placement placement, ByteBuffer zeroPage)
            throws BootException {
        try (ImageFile initrd = ImageFile.open("initrd", source.initrd().orElseThrow())) {
            long limit = u32(INITRD_ADDR_MAX) + 1;
            long address = BootFiles.place(initrd, "initrd", placement, limit);
            long size = initrd.size();
            zeroPage.putInt(RAMDISK_IMAGE, (int) address).putInt(RAMDISK_SIZE, (int) size);
            zeroPage.putInt(EXT_RAMDISK_IMAGE, (int) (address >>> 32));
            zeroPage.putInt(EXT_RAMDISK_SIZE, (int) (size >>> 32));
        }
    }

    private void e820(Placement placement, ByteBuffer zeroPage) throws BootException {
        List<E820> map = E820.of(placement.memory());
        if (map.size() > E820_MAX) {
            throw image.error("cannot take a memory map of " + map.size() + " entries");
        }
        zeroPage.put(E820_ENTRIES, (byte) map.size()).position(E820_TABLE);
        for (E820 entry : map) {
            zeroPage.putLong(entry.base()).putLong(entry.length()).putInt(entry.type());
        }
    }

    private long u32(int offset) {
        return Integer.toUnsignedLong(header.getInt(offset));
    }
}
