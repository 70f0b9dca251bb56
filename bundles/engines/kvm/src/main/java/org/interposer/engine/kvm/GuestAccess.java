package org.interposer.engine.kvm;

import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;

/**
 * The accesses of one vCPU that KVM leaves to us: takes them from the run area to the bus and the
 * answers back. The vCPU's own thread only; the next KVM_RUN completes them.
 */
final class GuestAccess {
    private final RunPage page;
    private final IoBus bus;
    private final ExitCounters counters;

    GuestAccess(RunPage page, IoBus bus, ExitCounters counters) {
        this.page = page;
        this.bus = bus;
        this.counters = counters;
    }

    /** Carries out what the last exit asked of ports. */
    void port() {
        int size = page.ioSize();
        int port = page.ioPort();
        int count = page.ioCount();
        int data = page.ioData();
        if (page.ioIn()) {
            counters.count(ExitCounters.PIO_IN);
            for (int i = 0; i < count; i++) {
                page.put(data + i * size, size, bus.read(AddressSpace.PORT, port, size));
            }
        } else {
            counters.count(ExitCounters.PIO_OUT);
            for (int i = 0; i < count; i++) {
                bus.write(AddressSpace.PORT, port, size, page.get(data + i * size, size));
            }
        }
    }

    /**
     * Carries out what the last exit asked of memory that is not RAM.
     *
     * @param feed may have a local APIC there
     */
    void memory(InterruptFeed feed) {
        long address = page.mmioAddress();
        int length = page.mmioLength();
        boolean write = page.mmioWrite();
        counters.count(write ? ExitCounters.MMIO_WRITE : ExitCounters.MMIO_READ);
        if (Integer.bitCount(length) == 1) {
            access(feed, address, length, page.mmioData(), write);
            return;
        }
        // An access across a page arrives in parts of any length.
        for (int i = 0; i < length; i++) {
            access(feed, address + i, 1, page.mmioData() + i, write);
        }
    }

    private void access(InterruptFeed feed, long address, int size, int data, boolean write) {
        if (feed.decodes(address)) {
            if (write) {
                feed.writeMmio(address, page.get(data, size));
            } else {
                page.put(data, size, feed.readMmio(address));
            }
        } else if (write) {
            bus.write(AddressSpace.MMIO, address, size, page.get(data, size));
        } else {
            page.put(data, size, bus.read(AddressSpace.MMIO, address, size));
        }
    }
}
