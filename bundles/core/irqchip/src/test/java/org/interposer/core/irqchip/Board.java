package org.interposer.core.irqchip;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.Doorbell;
import org.interposer.api.bus.DoorbellAccelerator;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.bus.MappedRange;
import org.interposer.api.bus.Mapping;
import org.interposer.api.irq.Irqchip;
import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.LocalApic;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.time.ManualClock;

/** Interrupt controllers on a bus, with an engine that writes down what it is told. */
final class Board implements IoBus, IrqchipHost {
    static final long TSC_KHZ = 2_000_000;

    final ManualClock clock = new ManualClock();
    final List<String> events = new ArrayList<>();
    final List<MsiMessage> delivered = new ArrayList<>();
    final Irqchip chip;
    private final Map<Long, IoHandler> handlers = new TreeMap<>();

    Board(IrqchipMode mode, int cpus) {
        clock.advance(1_000_000_000L); // So that there is a past.
        chip = new ComponentIrqchipFactory().create(mode, cpus, this, clock, this);
    }

    static Board user(int cpus) {
        return new Board(IrqchipMode.USER, cpus);
    }

    LocalApic apic(int cpu) {
        return chip.localApic(cpu);
    }

    /** Enables a local APIC in software, spurious vector 0xFF. */
    LocalApic enabled(int cpu) {
        apic(cpu).writeMmio(0xF0, 0x1FF);
        return apic(cpu);
    }

    void out(int port, int... bytes) {
        for (int octet : bytes) {
            write(AddressSpace.PORT, port, 1, octet);
        }
    }

    int in(int port) {
        return (int) read(AddressSpace.PORT, port, 1);
    }

    /** Initializes both PICs as a PC's firmware does, and unmasks all. */
    void initializePics(int masterBase, int slaveBase) {
        out(0x20, 0x11);
        out(0x21, masterBase, 4, 1, 0);
        out(0xA0, 0x11);
        out(0xA1, slaveBase, 2, 1, 0);
    }

    void ioapic(int register, int value) {
        write(AddressSpace.MMIO, IoApic.BASE, 4, register);
        write(AddressSpace.MMIO, IoApic.BASE + 0x10, 4, value);
    }

    int ioapic(int register) {
        write(AddressSpace.MMIO, IoApic.BASE, 4, register);
        return (int) read(AddressSpace.MMIO, IoApic.BASE + 0x10, 4);
    }

    /** Writes a redirection entry, destination first. */
    void redirect(int pin, int destination, int low) {
        ioapic(0x11 + 2 * pin, destination << 24);
        ioapic(0x10 + 2 * pin, low);
    }

    int mapped() {
        return handlers.size();
    }

    @Override
    public Mapping map(
            AddressSpace space,
            long base,
            long length,
            int priority,
            String owner,
            IoHandler handler) {
        handlers.put(base, handler);
        return () -> handlers.remove(base, handler);
    }

    @Override
    public long read(AddressSpace space, long address, int size) {
        long base = base(address);
        return handlers.get(base).read(address - base, size) & -1L >>> 64 - 8 * size;
    }

    @Override
    public void write(AddressSpace space, long address, int size, long value) {
        long base = base(address);
        handlers.get(base).write(address - base, size, value & -1L >>> 64 - 8 * size);
    }

    private static long base(long address) {
        return address < 0x10000 ? address & ~1 : address & ~0xFFFL;
    }

    @Override
    public Mapping mapDoorbell(Doorbell doorbell) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void accelerator(DoorbellAccelerator accelerator) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<MappedRange> ranges() {
        return List.of();
    }

    @Override
    public void kick(int cpu) {
        events.add("kick " + cpu);
    }

    @Override
    public void init(int cpu) {
        events.add("init " + cpu);
    }

    @Override
    public void startup(int cpu, int vector) {
        events.add("startup " + cpu + " " + vector);
    }

    @Override
    public void nmi(int cpu) {
        events.add("nmi " + cpu);
    }

    @Override
    public void smi(int cpu) {
        events.add("smi " + cpu);
    }

    @Override
    public void deliver(MsiMessage message) {
        delivered.add(message);
    }

    @Override
    public void routesChanged() {
        events.add("routes");
    }

    @Override
    public long tsc(int cpu) {
        return clock.nanos() / 1000 * (TSC_KHZ / 1000);
    }

    @Override
    public long tscKhz() {
        return TSC_KHZ;
    }
}
