package org.interposer.core.pci;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.bus.Mapping;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.pci.BarSpec;
import org.interposer.api.pci.PciConfigListener;
import org.interposer.api.pci.PciFunction;
import org.interposer.api.pci.PciFunctionSpec;
import org.interposer.api.pci.PciNode;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;

/** A function on the bus. Its monitor guards configuration space and BARs. */
final class BusFunction implements PciFunction {
    private static final String TYPE = "pci.function";
    private static final int MSIX_ENABLE = 1 << 15;
    private static final int MSIX_MASK = 1 << 14;

    private final PciFunctionSpec spec;
    private final int bdf;
    private final PciConfigListener listener;
    private final PirqRouter router;
    private final ConfigSpace config;
    private final Optional<MsixTable> msix;
    private final List<BarDecoder> bars = new ArrayList<>();
    private final BarRegistry registry;
    private final Runnable removed;

    private volatile boolean master;
    private boolean intx;
    private boolean intxDriven;
    private boolean closed;

    BusFunction(
            PciFunctionSpec spec,
            int bdf,
            PciConfigListener listener,
            IoBus bus,
            InterruptController irq,
            PirqRouter router,
            BarRegistry registry,
            Runnable removed) {
        this.spec = spec;
        this.bdf = bdf;
        this.listener = listener;
        this.router = router;
        this.registry = registry;
        this.removed = removed;
        int vectors = spec.msixVectors();
        msix = vectors > 0 ? Optional.of(new MsixTable(irq, vectors)) : Optional.empty();
        PciFunctionSpec whole = msix.isPresent() ? withMsixBar(spec, msix.get()) : spec;
        check(whole);
        config = new ConfigSpace(whole, MsixTable.pbaOffset(vectors));
        for (BarSpec bar : whole.bars()) {
            BarDecoder decoder = new BarDecoder(bar, spec.name(), bus, registry);
            bars.add(decoder);
            registry.add(decoder);
        }
    }

    private static PciFunctionSpec withMsixBar(PciFunctionSpec s, MsixTable table) {
        long size = 2L * MsixTable.pbaOffset(s.msixVectors());
        List<BarSpec> bars = new ArrayList<>(s.bars());
        bars.add(new BarSpec(s.msixBar(), BarSpec.Kind.MEMORY_32, false, size, table));
        return new PciFunctionSpec(
                s.name(),
                s.slot(),
                s.function(),
                s.vendorId(),
                s.deviceId(),
                s.revision(),
                s.classCode(),
                s.subsystemVendorId(),
                s.subsystemId(),
                s.interruptPin(),
                bars,
                s.capabilities(),
                s.msixVectors(),
                s.msixBar());
    }

    /** Refuses what no function can be. */
    private static void check(PciFunctionSpec spec) {
        boolean[] used = new boolean[7];
        for (BarSpec bar : spec.bars()) {
            boolean wide = bar.kind() == BarSpec.Kind.MEMORY_64;
            if (used[bar.index()] || wide && used[bar.index() + 1]) {
                throw new IllegalArgumentException(
                        spec.name() + " uses BAR " + bar.index() + " twice");
            }
            used[bar.index()] = true;
            used[bar.index() + 1] |= wide;
        }
        if (spec.interruptPin() < 0 || spec.interruptPin() > 4) {
            throw new IllegalArgumentException(
                    spec.name() + " has interrupt pin " + spec.interruptPin() + "; 0–4 exist");
        }
    }

    /** A read by the guest. */
    int guestRead(int offset, int size) {
        if (offset + size > ConfigSpace.BYTES) {
            return 0;
        }
        listener.beforeRead(this, offset, size);
        return config(offset, size);
    }

    /** A write by the guest. */
    void guestWrite(int offset, int size, int value) {
        if (offset + size > ConfigSpace.BYTES) {
            return;
        }
        synchronized (this) {
            if (closed) {
                return;
            }
            config.write(offset, size, value);
            follow();
        }
        listener.afterWrite(this, offset, size);
    }

    /** Makes BARs, interrupts and bus mastering what the configuration says. */
    private void follow() {
        bars.forEach(bar -> bar.update(config));
        master = (config.command() & ConfigSpace.COMMAND_MASTER) != 0;
        int control = config.msixControl();
        boolean flow = master && (control & MSIX_MASK) == 0;
        msix.ifPresent(table -> table.control((control & MSIX_ENABLE) != 0, flow));
        driveIntx();
    }

    private void driveIntx() {
        boolean off =
                msixEnabled()
                        || spec.interruptPin() == 0
                        || (config.command() & ConfigSpace.COMMAND_INTX_OFF) != 0;
        boolean drive = intx && !off;
        if (drive != intxDriven) {
            intxDriven = drive;
            router.change(PirqRouter.pirq(bdf >> 3 & 31, spec.interruptPin()), drive);
        }
    }

    @Override
    public int bdf() {
        return bdf;
    }

    @Override
    public synchronized void setIntx(boolean asserted) {
        if (intx != asserted && !closed) {
            intx = asserted;
            int status = config.read(ConfigSpace.STATUS, 1) & ~ConfigSpace.STATUS_INTX;
            config.set(ConfigSpace.STATUS, 1, status | (asserted ? ConfigSpace.STATUS_INTX : 0));
            driveIntx();
        }
    }

    @Override
    public boolean msixEnabled() {
        return msix.isPresent() && msix.get().enabled();
    }

    @Override
    public void signalMsix(int vector) {
        if (msix.isPresent()) {
            msix.get().signal(vector);
        }
    }

    @Override
    public boolean busMaster() {
        return master;
    }

    @Override
    public synchronized int config(int offset, int size) {
        return config.read(offset, size);
    }

    @Override
    public synchronized void setConfig(int offset, int size, int value) {
        config.set(offset, size, value);
        if (!closed) {
            follow();
        }
    }

    @Override
    public int capabilityOffset(int index) {
        return config.capability(index);
    }

    @Override
    public OptionalLong barAddress(int bar) {
        return decoder(bar).address();
    }

    @Override
    public synchronized Mapping mapDoorbell(
            int bar, long offset, int size, OptionalLong value, IoEvent event) {
        return decoder(bar).addBell(offset, size, value, event, this);
    }

    private BarDecoder decoder(int index) {
        return bars.stream()
                .filter(bar -> bar.spec().index() == index)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException(spec.name() + " has no BAR " + index));
    }

    /** Its BARs, for whoever assigns resources. */
    List<BarDecoder> bars() {
        return bars;
    }

    /** What the register of a BAR holds, whether it is decoded or not. */
    synchronized long barBase(BarDecoder bar) {
        return config.barBase(bar.spec());
    }

    /** Points a BAR somewhere, as firmware does. */
    synchronized void assign(BarDecoder bar, long base) {
        config.barBase(bar.spec(), base);
        follow();
    }

    /** Sets bits of the command register, as firmware does. */
    void enable(int bits) {
        guestWrite(ConfigSpace.COMMAND, 2, config(ConfigSpace.COMMAND, 2) | bits);
    }

    /** Sets power-on value and write mask of a register of a bridge. */
    BusFunction define(int offset, int size, int value, int mask) {
        config.define(offset, size, value, mask);
        return this;
    }

    /** Shows other functions in the same slot. */
    synchronized void multifunction(boolean others) {
        config.set(ConfigSpace.HEADER_TYPE, 1, others ? ConfigSpace.MULTIFUNCTION : 0);
    }

    PciFunctionSpec spec() {
        return spec;
    }

    PciNode node() {
        return new PciNode(
                bdf,
                spec.name(),
                spec.vendorId(),
                spec.deviceId(),
                spec.classCode(),
                bars.stream().map(BusFunction::text).toList());
    }

    private static String text(BarDecoder bar) {
        BarSpec spec = bar.spec();
        String kind =
                switch (spec.kind()) {
                    case IO -> "ports";
                    case MEMORY_32 -> "32-bit memory";
                    case MEMORY_64 -> "64-bit memory";
                };
        OptionalLong address = bar.address();
        return String.format(
                "BAR %d: %s%s at %s, %d bytes",
                spec.index(),
                kind,
                spec.prefetchable() ? ", prefetchable" : "",
                address.isPresent() ? "0x" + Long.toHexString(address.getAsLong()) : "(disabled)",
                spec.size());
    }

    @Override
    public synchronized StateRecord save() {
        return StateRecord.of(TYPE, 1)
                .put("config", config.save())
                .put("intx", intx)
                .put("msixTable", msix.map(MsixTable::saveTable).orElse(new byte[0]))
                .put("msixPending", msix.map(MsixTable::savePending).orElse(new byte[0]))
                .build();
    }

    @Override
    public void restore(StateRecord state) {
        state.expect(TYPE, 1);
        byte[] saved = state.bytes("config");
        byte[] table = state.bytes("msixTable");
        byte[] pending = state.bytes("msixPending");
        synchronized (this) {
            boolean fits =
                    saved.length == ConfigSpace.BYTES
                            && sameDevice(saved)
                            && table.length == 16 * spec.msixVectors()
                            && pending.length == spec.msixVectors();
            if (!fits) {
                throw new StateException(
                        "the state of "
                                + spec.name()
                                + " is that of another device: define the machine with the same"
                                + " devices as when it was saved");
            }
            config.restore(saved);
            intx = state.flag("intx");
            msix.ifPresent(t -> t.restore(table, pending));
            follow();
        }
    }

    private boolean sameDevice(byte[] saved) {
        int vendor = saved[0] & 0xFF | (saved[1] & 0xFF) << 8;
        int device = saved[2] & 0xFF | (saved[3] & 0xFF) << 8;
        return vendor == spec.vendorId() && device == spec.deviceId();
    }

    @Override
    public synchronized void reset() {
        config.reset();
        intx = false;
        msix.ifPresent(MsixTable::reset);
        follow();
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            reset();
            closed = true;
            bars.forEach(registry::remove);
            msix.ifPresent(MsixTable::close);
        }
        removed.run();
    }
}
