package org.interposer.core.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.interposer.api.boot.BootException;
import org.interposer.api.boot.BootSource;
import org.interposer.api.boot.E820;
import org.interposer.api.engine.CpuState;

/**
 * ELF kernels with a PVH entry: XEN_ELFNOTE_PHYS32_ENTRY and hvm_start_info version 1 (Xen's x86
 * HVM direct boot ABI).
 */
final class PvhLoader {
    private static final int START_INFO_MAGIC = 0x336E_C578;
    private static final int START_INFO_SIZE = 56;
    private static final int MODULE_SIZE = 32;
    private static final int MAP_ENTRY_SIZE = 24;

    private PvhLoader() {}

    static CpuState load(
            ElfImage elf, long entry, BootSource source, Placement placement, long rsdp)
            throws BootException {
        elf.load(placement);
        long info = placement.low("the start info", START_INFO_SIZE, 16);
        List<BootFiles.Loaded> modules = BootFiles.load(source, placement);
        List<E820> map = E820.of(placement.memory());
        ByteBuffer start = little(START_INFO_SIZE);
        start.putInt(START_INFO_MAGIC).putInt(1).putInt(0).putInt(modules.size());
        start.putLong(modules.isEmpty() ? 0 : placement.put("the modules", list(modules), 16));
        start.putLong(placement.put("the command line", source.commandLine()));
        start.putLong(rsdp);
        start.putLong(placement.put("the memory map", map(map), 16));
        start.putInt(map.size());
        placement.write(info, start.array());
        return EntryState.protectedMode(placement, entry, 0, info);
    }

    private static byte[] list(List<BootFiles.Loaded> modules) {
        ByteBuffer list = little(modules.size() * MODULE_SIZE);
        for (BootFiles.Loaded module : modules) {
            list.putLong(module.address()).putLong(module.size());
            list.putLong(module.arguments()).putLong(0);
        }
        return list.array();
    }

    private static byte[] map(List<E820> map) {
        ByteBuffer entries = little(map.size() * MAP_ENTRY_SIZE);
        for (E820 entry : map) {
            entries.putLong(entry.base()).putLong(entry.length());
            entries.putInt(entry.type()).putInt(0);
        }
        return entries.array();
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
