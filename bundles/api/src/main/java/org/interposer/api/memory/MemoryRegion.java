package org.interposer.api.memory;

import java.util.List;

/**
 * One contiguous range of guest-physical memory.
 *
 * @param name what it is, for people: {@code ram-low}, {@code bios}
 * @param kind what the guest may do with it
 * @param base first guest-physical address, page aligned
 * @param length bytes, a multiple of the page size
 * @param mappings where the host has it mapped, sorted, without gaps, covering exactly the region
 */
public record MemoryRegion(
        String name, Kind kind, long base, long length, List<HostMapping> mappings) {

    /** Size of a guest page in bytes. */
    public static final int PAGE_SIZE = 4096;

    /** What the guest may do with a region. */
    public enum Kind {
        /** Readable and writable. */
        RAM,
        /** Readable; the guest's writes are dropped or handled by a device. */
        ROM
    }

    /**
     * Part of a region that is contiguous in the host's address space.
     *
     * @param guestAddress first guest-physical address
     * @param length bytes
     * @param hostAddress address in this process; valid while the region is reachable
     */
    public record HostMapping(long guestAddress, long length, long hostAddress) {}

    /** Copies the list. */
    public MemoryRegion {
        mappings = List.copyOf(mappings);
    }

    /** First guest-physical address behind the region. */
    public long end() {
        return base + length;
    }
}
