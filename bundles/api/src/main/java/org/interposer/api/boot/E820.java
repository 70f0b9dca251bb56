package org.interposer.api.boot;

import java.util.ArrayList;
import java.util.List;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.MemoryRegion;

/**
 * An entry of the memory map that a kernel is given (ACPI 6.5 table 15.2).
 *
 * @param base first address
 * @param length bytes
 * @param type {@link #RAM} or {@link #RESERVED}
 */
public record E820(long base, long length, int type) {
    /** Usable RAM. */
    public static final int RAM = 1;

    /** Not usable. */
    public static final int RESERVED = 2;

    /**
     * Start of the range below 1 MiB that is kept for tables of the platform: ACPI tables,
     * 0xE0000–0xFFFFF.
     */
    public static final long TABLES_START = 0xE_0000L;

    /** End of conventional memory; the EBDA is behind it. */
    public static final long CONVENTIONAL_END = 0x9_FC00L;

    /** The map of a machine: RAM without the legacy hole between conventional memory and 1 MiB. */
    public static List<E820> of(GuestMemory memory) {
        List<E820> map = new ArrayList<>();
        long megabyte = 1 << 20;
        for (MemoryRegion region : memory.regions()) {
            if (region.kind() != MemoryRegion.Kind.RAM) {
                continue;
            }
            if (region.base() == 0) {
                map.add(new E820(0, CONVENTIONAL_END, RAM));
                map.add(new E820(CONVENTIONAL_END, megabyte - CONVENTIONAL_END, RESERVED));
                map.add(new E820(megabyte, region.length() - megabyte, RAM));
            } else {
                map.add(new E820(region.base(), region.length(), RAM));
            }
        }
        return List.copyOf(map);
    }
}
