package org.interposer.core.pci;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Collectors;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.bus.Mapping;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.pci.PciConfigListener;
import org.interposer.api.pci.PciFunction;
import org.interposer.api.pci.PciFunctionSpec;
import org.interposer.api.pci.PciHost;
import org.interposer.api.pci.PciNode;
import org.interposer.api.state.StateRecord;

/** Bus 0 with its bridges. Its monitor guards which functions there are; lookups take no lock. */
final class I440fxHost implements PciHost {
    private static final String TYPE = "pci.host";
    private static final int FUNCTIONS = 256;
    private static final int SLOTS = 32;
    private static final int FIRST_FREE_SLOT = 2;
    private static final long CONFIG_ADDRESS = 0xCF8;
    private static final long CONFIG_DATA = 0xCFC;
    private static final long ECAM_BYTES = 256L << 20;

    private final IoBus bus;
    private final InterruptController irq;
    private final PirqRouter router;
    private final BarRegistry registry = new BarRegistry();
    private final ConfigAddress configAddress = new ConfigAddress();
    private final AtomicReferenceArray<BusFunction> functions =
            new AtomicReferenceArray<>(FUNCTIONS);
    private final List<Mapping> mappings = new ArrayList<>();
    private final BusFunction hostBridge;
    private final BusFunction isaBridge;

    I440fxHost(IoBus bus, InterruptController irq, OptionalLong ecam) {
        this.bus = bus;
        this.irq = irq;
        router = new PirqRouter(irq);
        hostBridge = Bridges.host(put(Bridges.HOST, PciConfigListener.NONE));
        isaBridge = Bridges.isa(put(Bridges.ISA, new Bridges.PirqListener(router)));
        map(AddressSpace.PORT, CONFIG_ADDRESS, 4, "pci-address", configAddress);
        map(AddressSpace.PORT, CONFIG_DATA, 4, "pci-data", new ConfigData());
        if (ecam.isPresent()) {
            map(AddressSpace.MMIO, ecam.getAsLong(), ECAM_BYTES, "pci-ecam", new Ecam());
        }
    }

    private void map(AddressSpace space, long base, long length, String name, IoHandler handler) {
        mappings.add(bus.map(space, base, length, IoBus.PRIORITY_PLATFORM, name, handler));
    }

    /** Mechanism #1's data port; the range's offset is the byte in the register. */
    private final class ConfigData implements IoHandler {
        @Override
        public long read(long offset, int size) {
            int address = configAddress.get();
            return address < 0
                    ? configRead(address >> 8 & 0xFFFF, (address & 0xFC) + (int) offset, size)
                    : -1;
        }

        @Override
        public void write(long offset, int size, long value) {
            int address = configAddress.get();
            if (address < 0) {
                int register = (address & 0xFC) + (int) offset;
                configWrite(address >> 8 & 0xFFFF, register, size, (int) value);
            }
        }
    }

    /** Memory-mapped configuration space (PCI Firmware 3.0 §4.1.1): 4 KiB a function. */
    private final class Ecam implements IoHandler {
        @Override
        public long read(long offset, int size) {
            int bdf = (int) (offset >> 12);
            int register = (int) offset & 0xFFF;
            if (size < 8) {
                return configRead(bdf, register, size);
            }
            long low = Integer.toUnsignedLong(configRead(bdf, register, 4));
            return low | (long) configRead(bdf, register + 4, 4) << 32;
        }

        @Override
        public void write(long offset, int size, long value) {
            int bdf = (int) (offset >> 12);
            int register = (int) offset & 0xFFF;
            configWrite(bdf, register, Math.min(size, 4), (int) value);
            if (size == 8) {
                configWrite(bdf, register + 4, 4, (int) (value >>> 32));
            }
        }
    }

    private int configRead(int bdf, int register, int size) {
        BusFunction function = bdf < FUNCTIONS ? functions.get(bdf) : null;
        return function == null ? -1 : function.guestRead(register, size);
    }

    private void configWrite(int bdf, int register, int size, int value) {
        BusFunction function = bdf < FUNCTIONS ? functions.get(bdf) : null;
        if (function != null) {
            function.guestWrite(register, size, value);
        }
    }

    @Override
    public PciFunction attach(PciFunctionSpec spec, PciConfigListener listener) {
        return put(spec, listener);
    }

    private synchronized BusFunction put(PciFunctionSpec spec, PciConfigListener listener) {
        if (spec.function() < 0 || spec.function() > 7) {
            throw new IllegalArgumentException(
                    spec.name() + " wants function " + spec.function() + "; 0–7 exist");
        }
        int slot = spec.slot().isPresent() ? spec.slot().getAsInt() : freeSlot(spec);
        int bdf = slot << 3 | spec.function();
        if (slot < 0 || slot >= SLOTS || functions.get(bdf) != null) {
            throw new IllegalArgumentException(
                    spec.name()
                            + " cannot be at slot "
                            + slot
                            + ", function "
                            + spec.function()
                            + ": slots 2–31 are for devices, and there are "
                            + occupied());
        }
        BusFunction function =
                new BusFunction(spec, bdf, listener, bus, irq, router, registry, () -> remove(bdf));
        functions.set(bdf, function);
        showMultifunction(slot);
        return function;
    }

    private int freeSlot(PciFunctionSpec spec) {
        for (int slot = FIRST_FREE_SLOT; slot < SLOTS; slot++) {
            if (inSlot(slot).isEmpty()) {
                return slot;
            }
        }
        throw new IllegalArgumentException(
                "no free PCI slot for " + spec.name() + "; there are " + occupied());
    }

    private String occupied() {
        return nodes().stream()
                .map(node -> node.address() + " " + node.name())
                .collect(Collectors.joining(", "));
    }

    private synchronized void remove(int bdf) {
        functions.set(bdf, null);
        showMultifunction(bdf >> 3);
    }

    private void showMultifunction(int slot) {
        List<BusFunction> present = inSlot(slot);
        boolean others = present.stream().anyMatch(f -> (f.bdf() & 7) != 0);
        present.forEach(f -> f.multifunction(others));
    }

    private List<BusFunction> inSlot(int slot) {
        return all().stream().filter(f -> f.bdf() >> 3 == slot).toList();
    }

    private List<BusFunction> all() {
        List<BusFunction> present = new ArrayList<>();
        for (int bdf = 0; bdf < FUNCTIONS; bdf++) {
            Optional.ofNullable(functions.get(bdf)).ifPresent(present::add);
        }
        return present;
    }

    @Override
    public List<PciNode> nodes() {
        return all().stream().map(BusFunction::node).toList();
    }

    @Override
    public int gsi(int device, int pin) {
        return router.gsi(PirqRouter.pirq(device, pin));
    }

    @Override
    public synchronized void assignResources() {
        Bridges.routePirqs(isaBridge, bus);
        new ResourceAssigner(all()).assign();
        for (BusFunction function : all()) {
            int pin = function.spec().interruptPin();
            if (pin > 0) {
                int line = gsi(function.bdf() >> 3, pin);
                function.guestWrite(ConfigSpace.INTERRUPT_LINE, 1, line);
            }
        }
    }

    @Override
    public synchronized StateRecord save() {
        return StateRecord.of(TYPE, 1)
                .put("configAddress", configAddress.get())
                .put("hostBridge", hostBridge.save())
                .put("isaBridge", isaBridge.save())
                .build();
    }

    @Override
    public synchronized void restore(StateRecord state) {
        state.expect(TYPE, 1);
        StateRecord host = state.nested("hostBridge");
        StateRecord isa = state.nested("isaBridge");
        configAddress.set((int) state.number("configAddress"));
        hostBridge.restore(host);
        isaBridge.restore(isa);
        Bridges.follow(isaBridge, router);
    }

    @Override
    public synchronized void reset() {
        configAddress.set(0);
        all().forEach(BusFunction::reset);
        Bridges.follow(isaBridge, router);
    }

    @Override
    public void close() {
        all().forEach(BusFunction::close);
        synchronized (this) {
            mappings.forEach(Mapping::close);
            mappings.clear();
        }
        router.close();
    }
}
