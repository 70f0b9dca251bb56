package org.interposer.api.bus;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Routes port and MMIO accesses of one machine. Accesses come from vCPU threads and take no lock;
 * mapping and unmapping may be done from any thread, also inside a handler.
 *
 * <p>Where ranges overlap, the one mapped with the higher priority wins, then the one mapped first;
 * what it shadows comes back when it is closed. So a guest that moves a BAR over a platform device
 * shadows nothing. An access belongs to the range that wins its first byte.
 */
@ProviderType
public interface IoBus {
    /** Priority of ranges at fixed platform addresses. */
    int PRIORITY_PLATFORM = 100;

    /** Priority of ranges that the guest places (BARs). */
    int PRIORITY_BAR = 0;

    /**
     * Places a handler on the bus.
     *
     * @param space which address space
     * @param base first address
     * @param length addresses, at least 1, without wrap-around
     * @param priority who wins an overlap
     * @param owner id of the device, for listings and errors
     * @param handler its registers
     * @throws IllegalArgumentException for an impossible range
     */
    Mapping map(
            AddressSpace space,
            long base,
            long length,
            int priority,
            String owner,
            IoHandler handler);

    /**
     * Places a doorbell on the bus; it is looked up before the ranges. The engine's accelerator
     * takes it if it can.
     */
    Mapping mapDoorbell(Doorbell doorbell);

    /**
     * A read by a vCPU; hot path, no allocation. A range that the access leaves half way is served
     * byte by byte.
     *
     * @param size 1, 2, 4 or 8
     * @return zero-extended; all ones in the low {@code size} bytes where nothing is mapped
     */
    long read(AddressSpace space, long address, int size);

    /** A write by a vCPU; hot path, no allocation. */
    void write(AddressSpace space, long address, int size, long value);

    /**
     * Sets the engine's accelerator and offers it all present doorbells; those of the one before
     * are taken back first.
     */
    void accelerator(DoorbellAccelerator accelerator);

    /** What is mapped, sorted by space and address. */
    List<MappedRange> ranges();
}
