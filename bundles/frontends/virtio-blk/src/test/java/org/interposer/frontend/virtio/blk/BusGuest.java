package org.interposer.frontend.virtio.blk;

import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.frontend.virtio.testkit.GuestPci;

/** Reaches a function as a processor does: by ports 0xCF8 and 0xCFC, and by its BARs. */
final class BusGuest implements GuestPci {
    private static final int MSIX_CAPABILITY = 0x11;
    private static final int MSIX_BAR = 1;
    private final IoBus bus;
    private final int bdf;

    BusGuest(IoBus bus, int bdf) {
        this.bus = bus;
        this.bdf = bdf;
    }

    private void select(int offset) {
        bus.write(AddressSpace.PORT, 0xCF8, 4, 0x8000_0000L | bdf << 8 | offset & 0xfc);
    }

    @Override
    public int config(int offset, int size) {
        select(offset);
        return (int) bus.read(AddressSpace.PORT, 0xCFC + (offset & 3), size);
    }

    @Override
    public void setConfig(int offset, int size, int value) {
        select(offset);
        bus.write(AddressSpace.PORT, 0xCFC + (offset & 3), size, value);
    }

    private long address(int bar) {
        int low = config(0x10 + 4 * bar, 4);
        long high = (low & 6) == 4 ? config(0x14 + 4 * bar, 4) : 0;
        return high << 32 | low & 0xffff_fff0L;
    }

    @Override
    public long read(int bar, long offset, int size) {
        return bus.read(AddressSpace.MMIO, address(bar) + offset, size);
    }

    @Override
    public void write(int bar, long offset, int size, long value) {
        bus.write(AddressSpace.MMIO, address(bar) + offset, size, value);
    }

    /** Fills the table with one message a vector and switches MSI-X on. */
    void enableMsix(int vectors) {
        for (int i = 0; i < vectors; i++) {
            write(MSIX_BAR, 16L * i, 4, 0xfee0_0000L);
            write(MSIX_BAR, 16L * i + 4, 4, 0);
            write(MSIX_BAR, 16L * i + 8, 4, 0x40 + i);
            write(MSIX_BAR, 16L * i + 12, 4, 0);
        }
        for (int at = config(0x34, 1); at != 0; at = config(at + 1, 1)) {
            if (config(at, 1) == MSIX_CAPABILITY) {
                setConfig(at + 2, 2, 0x8000);
            }
        }
    }
}
