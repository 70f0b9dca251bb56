package org.interposer.core.timers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.PortSpec;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.Doorbell;
import org.interposer.api.bus.DoorbellAccelerator;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.bus.MappedRange;
import org.interposer.api.bus.Mapping;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.irq.MsiRoute;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.pci.PciHost;
import org.interposer.api.state.StateRecord;
import org.interposer.api.time.MachineClock;
import org.interposer.api.time.ManualClock;

/** A machine with one device, ports, interrupt lines and a clock that stands still. */
final class Bench implements DeviceHost, IoBus, InterruptController {
    final ManualClock clock = new ManualClock();
    final List<MachineRequest> requests = new ArrayList<>();
    private final Map<Long, Placed> ports = new HashMap<>();
    private final Map<Integer, Line> lines = new HashMap<>();

    private record Placed(long base, IoHandler handler) {}

    /** An interrupt line that counts its rising edges. */
    static final class Line implements IrqLine {
        boolean level;
        int edges;

        @Override
        public void set(boolean asserted) {
            if (asserted && !level) {
                edges++;
            }
            level = asserted;
        }
    }

    static Bench with(Frontend device) throws Exception {
        Bench bench = new Bench();
        device.realize(bench);
        return bench;
    }

    Line irq(int gsi) {
        return lines.computeIfAbsent(gsi, g -> new Line());
    }

    void out(int port, int... bytes) {
        for (int octet : bytes) {
            write(AddressSpace.PORT, port, 1, octet);
        }
    }

    int in(int port) {
        return (int) read(AddressSpace.PORT, port, 1);
    }

    /** Index and value of a CMOS register. */
    void cmos(int register, int value) {
        out(0x70, register);
        out(0x71, value);
    }

    int cmos(int register) {
        out(0x70, register);
        return in(0x71);
    }

    int mapped() {
        return ports.size();
    }

    @Override
    public Mapping map(
            AddressSpace space,
            long base,
            long length,
            int priority,
            String owner,
            IoHandler handler) {
        Placed placed = new Placed(base, handler);
        for (long port = base; port < base + length; port++) {
            ports.put(port, placed);
        }
        return () -> ports.values().removeIf(p -> p == placed);
    }

    @Override
    public long read(AddressSpace space, long address, int size) {
        Placed placed = ports.get(address);
        return placed.handler().read(address - placed.base(), size) & -1L >>> 64 - 8 * size;
    }

    @Override
    public void write(AddressSpace space, long address, int size, long value) {
        Placed placed = ports.get(address);
        placed.handler().write(address - placed.base(), size, value & -1L >>> 64 - 8 * size);
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
    public String machine() {
        return "bench";
    }

    @Override
    public int vcpus() {
        return 1;
    }

    @Override
    public GuestMemory memory() {
        throw new UnsupportedOperationException();
    }

    @Override
    public IoBus bus() {
        return this;
    }

    @Override
    public InterruptController interrupts() {
        return this;
    }

    @Override
    public PciHost pci() {
        throw new UnsupportedOperationException();
    }

    @Override
    public MachineClock clock() {
        return clock;
    }

    @Override
    public IoEvent newEvent() {
        throw new UnsupportedOperationException();
    }

    @Override
    public BlockPort openBlockPort(PortSpec spec) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Thread startThread(String purpose, Runnable body) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void request(MachineRequest request) {
        requests.add(request);
    }

    @Override
    public IrqchipMode mode() {
        return IrqchipMode.USER;
    }

    @Override
    public IrqLine line(int gsi) {
        return irq(gsi);
    }

    @Override
    public MsiRoute newMsiRoute() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void deliver(MsiMessage message) {
        throw new UnsupportedOperationException();
    }

    @Override
    public StateRecord save() {
        return StateRecord.of("bench", 1).build();
    }

    @Override
    public void restore(StateRecord state) {
        state.expect("bench", 1);
    }

    @Override
    public void reset() {
        lines.clear();
    }
}
