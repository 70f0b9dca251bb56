package org.interposer.api.memory;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The guest-physical memory of one machine. All methods may be called from any thread; those that
 * change the map are for the machine's control thread. Values are little-endian.
 */
@ProviderType
public interface GuestMemory extends AutoCloseable {

    /** Bytes of RAM, over all RAM regions. */
    long ramBytes();

    /** The map, sorted by base address. */
    List<MemoryRegion> regions();

    /**
     * Whether every byte of {@code [address, address + length)} is RAM. Negative lengths and
     * wrap-around are not.
     */
    boolean isRam(long address, long length);

    /**
     * Copies out of RAM or ROM.
     *
     * @return false, with {@code target} unchanged, when the range is not memory
     */
    boolean read(long address, byte[] target, int offset, int length);

    /**
     * Copies into RAM and marks the pages dirty.
     *
     * @return false, with the memory unchanged, when the range is not RAM
     */
    boolean write(long address, byte[] source, int offset, int length);

    /**
     * A window on RAM for structures shared with the guest.
     *
     * @param length bytes, at most {@link #MAX_WINDOW}
     * @return empty when the range is not RAM or too long
     */
    Optional<MemoryWindow> window(long address, long length);

    /**
     * Appends the RAM range to a scatter/gather list; allocates nothing once the list has seen the
     * memory before.
     *
     * @return false, with the list unchanged, when the range is not RAM or the list is full
     */
    boolean slices(long address, long length, MemorySlices into);

    /** Longest window in bytes; longer ranges need several slices. */
    long MAX_WINDOW = 64L << 20;

    /**
     * Which pages were written: by devices through this interface, and by the guest where an engine
     * reports it.
     */
    DirtyLog dirtyLog();

    /**
     * Gives the pages back to the host; they read as zeroes until they are written again (balloon).
     *
     * @return false when the range is not page aligned RAM
     */
    boolean discard(long address, long length);

    /**
     * Adds a ROM over a hole of the map.
     *
     * @param content its bytes, padded with zeroes to whole pages
     * @throws IllegalArgumentException when it is not page aligned or overlaps another region
     */
    MemoryRegion addRom(String name, long base, byte[] content);

    /** Removes a region made with {@link #addRom}. */
    void remove(MemoryRegion region);

    /** Adds a listener and tells it all present regions first. */
    void addListener(MemoryListener listener);

    /** Removes a listener. */
    void removeListener(MemoryListener listener);

    /**
     * The descriptor of the memfd behind the RAM, to share it with another process; empty where
     * there is none.
     */
    OptionalInt descriptor();

    /**
     * Gives all pages back to the host. Windows and slices still in use read zeroes; nothing is
     * unmapped under them.
     */
    @Override
    void close();
}
