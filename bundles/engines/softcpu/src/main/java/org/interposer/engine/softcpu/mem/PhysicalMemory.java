package org.interposer.engine.softcpu.mem;

import java.util.Arrays;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.MemoryListener;
import org.interposer.api.memory.MemoryRegion;
import org.interposer.api.memory.MemoryRegion.HostMapping;

/**
 * Where guest-physical memory is in this process. RAM by one look into a table of chunks of 1 MiB;
 * ROM, which is rare, by a list. Follows the map of the guest memory; reads take no lock.
 */
public final class PhysicalMemory implements MemoryListener, AutoCloseable {
    private static final int CHUNK_SHIFT = 20;
    private static final long CHUNK_MASK = (1L << CHUNK_SHIFT) - 1;

    private final GuestMemory memory;
    private volatile long[] chunks = {};
    private volatile HostMapping[] roms = {};

    /** Follows a guest memory until it is closed. */
    public PhysicalMemory(GuestMemory memory) {
        this.memory = memory;
        memory.addListener(this);
    }

    /** Host address of a byte of RAM, 0 where there is none. */
    public long ram(long address) {
        long[] table = chunks;
        long index = address >>> CHUNK_SHIFT;
        if (index >= table.length) {
            return 0;
        }
        long chunk = table[(int) index];
        return chunk == 0 ? 0 : chunk + (address & CHUNK_MASK);
    }

    /** Host address of a byte of ROM, 0 where there is none. Never written to. */
    public long rom(long address) {
        for (HostMapping rom : roms) {
            long at = address - rom.guestAddress();
            if (at >= 0 && at < rom.length()) {
                return rom.hostAddress() + at;
            }
        }
        return 0;
    }

    /** One above the highest address of RAM. */
    public long end() {
        return (long) chunks.length << CHUNK_SHIFT;
    }

    @Override
    public synchronized void regionAdded(MemoryRegion region) {
        if (region.kind() == MemoryRegion.Kind.ROM) {
            HostMapping[] more = Arrays.copyOf(roms, roms.length + region.mappings().size());
            for (int i = 0; i < region.mappings().size(); i++) {
                more[roms.length + i] = region.mappings().get(i);
            }
            roms = more;
            return;
        }
        int needed = (int) (region.end() >>> CHUNK_SHIFT);
        long[] table = Arrays.copyOf(chunks, Math.max(chunks.length, needed));
        for (HostMapping mapping : region.mappings()) {
            if (((mapping.guestAddress() | mapping.length()) & CHUNK_MASK) != 0) {
                throw new IllegalArgumentException(
                        "RAM region '" + region.name() + "' is not made of whole MiB");
            }
            int first = (int) (mapping.guestAddress() >>> CHUNK_SHIFT);
            for (int i = 0; i < mapping.length() >>> CHUNK_SHIFT; i++) {
                table[first + i] = mapping.hostAddress() + ((long) i << CHUNK_SHIFT);
            }
        }
        chunks = table;
    }

    @Override
    public synchronized void regionRemoved(MemoryRegion region) {
        if (region.kind() == MemoryRegion.Kind.ROM) {
            roms =
                    Arrays.stream(roms)
                            .filter(m -> !region.mappings().contains(m))
                            .toArray(HostMapping[]::new);
        }
    }

    @Override
    public void close() {
        memory.removeListener(this);
    }
}
