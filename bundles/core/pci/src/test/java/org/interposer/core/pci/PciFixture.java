package org.interposer.core.pci;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.pci.BarSpec;
import org.interposer.api.pci.CapabilitySpec;
import org.interposer.api.pci.PciConfigListener;
import org.interposer.api.pci.PciFunction;
import org.interposer.api.pci.PciFunctionSpec;
import org.interposer.core.iobus.ComponentBusFactory;

/** A host on a real bus, with the accesses a guest makes. */
abstract class PciFixture {
    static final long ECAM = 0xD000_0000L;
    static final int BAR0 = 0x10;
    static final int BAR2 = 0x18;
    static final int MSIX_BAR = 1;
    static final int VECTORS = 3;

    final IoBus bus = new ComponentBusFactory().create();
    final FakeInterrupts irq = new FakeInterrupts();
    final I440fxHost host = new I440fxHost(bus, irq, OptionalLong.of(ECAM));
    final Registers memory = new Registers(0x1000);
    final Registers wide = new Registers(0x2000);
    final Registers ports = new Registers(0x30);

    /** 32-bit BAR 0 (64 KiB), MSI-X BAR 1, 64-bit BAR 2 (16 KiB), port BAR 4 (32). */
    PciFunctionSpec spec(String name, OptionalInt slot, int function) {
        CapabilitySpec plain = new CapabilitySpec(9, bytes(3, 0xAA), new byte[3]);
        CapabilitySpec writable = new CapabilitySpec(9, bytes(6, 0x55), bytes(6, 0x0F));
        return new PciFunctionSpec(
                name,
                slot,
                function,
                0x1AF4,
                0x1042,
                1,
                0x01_80_02,
                0x1AF4,
                0x42,
                1,
                List.of(
                        new BarSpec(0, BarSpec.Kind.MEMORY_32, false, 0x1_0000, memory),
                        new BarSpec(2, BarSpec.Kind.MEMORY_64, true, 0x4000, wide),
                        new BarSpec(4, BarSpec.Kind.IO, false, 32, ports)),
                List.of(plain, writable),
                VECTORS,
                MSIX_BAR);
    }

    PciFunction attach(String name) {
        return host.attach(spec(name, OptionalInt.empty(), 0), PciConfigListener.NONE);
    }

    private static byte[] bytes(int length, int value) {
        byte[] all = new byte[length];
        java.util.Arrays.fill(all, (byte) value);
        return all;
    }

    int in(int port, int size) {
        return (int) bus.read(AddressSpace.PORT, port, size);
    }

    void out(int port, int size, long value) {
        bus.write(AddressSpace.PORT, port, size, value);
    }

    int read(int bdf, int register, int size) {
        out(0xCF8, 4, 0x8000_0000L | bdf << 8 | register & 0xFC);
        return in(0xCFC + (register & 3), size);
    }

    void write(int bdf, int register, int size, long value) {
        out(0xCF8, 4, 0x8000_0000L | bdf << 8 | register & 0xFC);
        out(0xCFC + (register & 3), size, value);
    }

    void command(PciFunction function, int value) {
        write(function.bdf(), 4, 2, value);
    }

    long mmio(long address, int size) {
        return bus.read(AddressSpace.MMIO, address, size);
    }

    void mmio(long address, int size, long value) {
        bus.write(AddressSpace.MMIO, address, size, value);
    }
}
