package org.interposer.core.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.interposer.api.boot.BootException;
import org.interposer.api.boot.BootSource;
import org.interposer.api.boot.E820;
import org.interposer.api.engine.CpuState;

/**
 * Multiboot 1 kernels (Multiboot Specification 0.6.96): ELF, or any format whose header has the
 * address fields. A wish for a video mode (flag 2) is not granted; the information structure says
 * so.
 */
final class MultibootLoader {
    private static final int HEADER_MAGIC = 0x1BAD_B002;
    private static final int LOADER_MAGIC = 0x2BAD_B002;
    private static final int SEARCH = 8192;
    private static final int ADDRESS_FIELDS = 1 << 16;

    /** Flags 0–15 a loader must understand or refuse: here page alignment, memory, video. */
    private static final int UNDERSTOOD = 7;

    private static final int INFO_SIZE = 116;
    private static final int MODULE_SIZE = 16;
    private static final int MAP_ENTRY_SIZE = 24;
    private static final int INFO_FLAGS = 1 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9;
    private static final long MIB = 1 << 20;

    private final ImageFile image;
    private final ByteBuffer head;
    private final int at;

    private MultibootLoader(ImageFile image, ByteBuffer head, int at) {
        this.image = image;
        this.head = head;
        this.at = at;
    }

    /** Looks for the header, 4-byte aligned in the first 8 KiB and with a true checksum. */
    static Optional<MultibootLoader> find(ImageFile image) throws BootException {
        ByteBuffer head =
                image.bytes(0, (int) Math.min(SEARCH, image.size()), "the multiboot header");
        for (int at = 0; at + 12 <= head.limit(); at += 4) {
            if (head.getInt(at) == HEADER_MAGIC
                    && HEADER_MAGIC + head.getInt(at + 4) + head.getInt(at + 8) == 0) {
                return Optional.of(new MultibootLoader(image, head, at));
            }
        }
        return Optional.empty();
    }

    CpuState load(Optional<ElfImage> elf, BootSource source, Placement placement)
            throws BootException {
        int unknown = head.getInt(at + 4) & 0xFFFF & ~UNDERSTOOD;
        if (unknown != 0) {
            throw image.error(
                    "demands multiboot features that are not supported: flags "
                            + ImageFile.hex(unknown));
        }
        long entry;
        if ((head.getInt(at + 4) & ADDRESS_FIELDS) != 0) {
            entry = loadByAddresses(placement);
        } else if (elf.isPresent()) {
            entry = elf.get().entry();
            elf.get().load(placement);
        } else {
            throw image.error("has a multiboot header without load addresses and is no ELF file");
        }
        if (entry < 0 || entry >= 1L << 32) {
            throw image.error("has its entry above 4 GiB, at " + ImageFile.hex(entry));
        }
        long info = information(source, placement);
        return EntryState.protectedMode(placement, entry, LOADER_MAGIC, info);
    }

    /** The address fields say which part of the file goes where (§3.1.3). */
    private long loadByAddresses(Placement placement) throws BootException {
        if (at + 32 > head.limit()) {
            throw image.error("is truncated: its multiboot header has no address fields");
        }
        long headerAddress = u32(12);
        long loadAddress = u32(16);
        long loadEnd = u32(20);
        long bssEnd = u32(24);
        long entry = u32(28);
        long offset = at - (headerAddress - loadAddress);
        long length = loadEnd == 0 ? image.size() - offset : loadEnd - loadAddress;
        long memory = bssEnd == 0 ? length : bssEnd - loadAddress;
        if (loadAddress > headerAddress || offset < 0 || length <= 0 || memory < length) {
            throw image.error("is corrupt: the addresses in its multiboot header contradict");
        }
        if (entry < loadAddress || entry >= loadAddress + length) {
            throw image.error("has its entry " + ImageFile.hex(entry) + " outside what is loaded");
        }
        image.require(offset, length, "the kernel");
        placement.claim(image, "kernel", loadAddress, memory);
        image.copyTo(offset, length, placement.memory(), loadAddress, "the kernel");
        placement.clear(loadAddress + length, memory - length);
        return entry;
    }

    /** The information structure (§3.3) and what it points to. */
    private long information(BootSource source, Placement placement) throws BootException {
        long address = placement.low("the multiboot information", INFO_SIZE, 16);
        List<BootFiles.Loaded> modules = BootFiles.load(source, placement);
        byte[] map = map(E820.of(placement.memory()));
        ByteBuffer info = little(INFO_SIZE);
        info.putInt(0, INFO_FLAGS);
        info.putInt(4, (int) (E820.CONVENTIONAL_END / 1024));
        info.putInt(8, (int) ((placement.lowRamEnd() - MIB) / 1024));
        info.putInt(16, (int) placement.put("the command line", source.commandLine()));
        info.putInt(20, modules.size());
        info.putInt(24, (int) placement.put("the modules", list(modules), 16));
        info.putInt(44, map.length);
        info.putInt(48, (int) placement.put("the memory map", map, 16));
        info.putInt(64, (int) placement.put("the loader's name", "interposer"));
        placement.write(address, info.array());
        return address;
    }

    private static byte[] list(List<BootFiles.Loaded> modules) {
        ByteBuffer list = little(modules.size() * MODULE_SIZE);
        for (BootFiles.Loaded module : modules) {
            list.putInt((int) module.address());
            list.putInt((int) (module.address() + module.size()));
            list.putInt((int) module.arguments()).putInt(0);
        }
        return list.array();
    }

    /** An entry's size field does not count itself. */
    private static byte[] map(List<E820> map) {
        ByteBuffer entries = little(map.size() * MAP_ENTRY_SIZE);
        for (E820 entry : map) {
            entries.putInt(MAP_ENTRY_SIZE - 4).putLong(entry.base());
            entries.putLong(entry.length()).putInt(entry.type());
        }
        return entries.array();
    }

    private long u32(int offset) {
        return Integer.toUnsignedLong(head.getInt(at + offset));
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
