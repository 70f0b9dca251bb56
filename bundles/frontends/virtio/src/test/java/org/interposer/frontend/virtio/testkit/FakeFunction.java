package org.interposer.frontend.virtio.testkit;

import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.bus.Mapping;
import org.interposer.api.pci.BarSpec;
import org.interposer.api.pci.CapabilitySpec;
import org.interposer.api.pci.PciConfigListener;
import org.interposer.api.pci.PciFunction;
import org.interposer.api.pci.PciFunctionSpec;
import org.interposer.api.state.StateRecord;

/** A function with its BARs always mapped; counts the interrupts that its device sends. */
public final class FakeFunction implements PciFunction {
    private final PciFunctionSpec spec;
    private final PciConfigListener listener;
    private final byte[] space = new byte[256];
    private final byte[] writable = new byte[256];
    private final int[] capabilities;
    private final List<Bell> bells = new CopyOnWriteArrayList<>();
    private final AtomicIntegerArray messages;
    private volatile boolean msix = true;
    private volatile boolean intx;
    private volatile boolean closed;

    private record Bell(int bar, long offset, int size, IoEvent event) {}

    FakeFunction(PciFunctionSpec spec, PciConfigListener listener) {
        this.spec = spec;
        this.listener = listener;
        messages = new AtomicIntegerArray(Math.max(1, spec.msixVectors()));
        capabilities = new int[spec.capabilities().size()];
        put(0, 2, spec.vendorId());
        put(2, 2, spec.deviceId());
        put(8, 1, spec.revision());
        put(4, 2, 4);
        writable[4] = 6;
        int at = 0x40;
        int link = 0x34;
        for (int i = 0; i < capabilities.length; i++) {
            CapabilitySpec capability = spec.capabilities().get(i);
            capabilities[i] = at;
            space[link] = (byte) at;
            space[at] = (byte) capability.id();
            System.arraycopy(capability.body(), 0, space, at + 2, capability.body().length);
            System.arraycopy(
                    capability.writable(), 0, writable, at + 2, capability.writable().length);
            link = at + 1;
            at = at + 2 + capability.body().length + 3 & ~3;
        }
    }

    /** What the device asked for. */
    public PciFunctionSpec spec() {
        return spec;
    }

    /** Interrupts of a vector so far. */
    public int messages(int vector) {
        return messages.get(vector);
    }

    /** Level of the pin. */
    public boolean intx() {
        return intx;
    }

    /** As the guest's MSI-X enable bit. */
    public void useMsix(boolean on) {
        msix = on;
    }

    /** Whether the device has left the bus. */
    public boolean closed() {
        return closed;
    }

    @Override
    public int bdf() {
        return 3 << 3;
    }

    @Override
    public void setIntx(boolean asserted) {
        intx = asserted;
    }

    @Override
    public boolean msixEnabled() {
        return msix;
    }

    @Override
    public void signalMsix(int vector) {
        messages.incrementAndGet(vector);
    }

    @Override
    public boolean busMaster() {
        return (space[4] & 4) != 0;
    }

    @Override
    public int capabilityOffset(int index) {
        return capabilities[index];
    }

    @Override
    public OptionalLong barAddress(int bar) {
        return OptionalLong.empty();
    }

    @Override
    public Mapping mapDoorbell(int bar, long offset, int size, OptionalLong value, IoEvent event) {
        Bell bell = new Bell(bar, offset, size, event);
        bells.add(bell);
        return () -> bells.remove(bell);
    }

    @Override
    public StateRecord save() {
        return StateRecord.of("fake.function", 1).put("space", space).put("msix", msix).build();
    }

    @Override
    public void restore(StateRecord state) {
        System.arraycopy(state.bytes("space"), 0, space, 0, space.length);
        msix = state.flag("msix");
    }

    @Override
    public void reset() {
        put(4, 2, 0);
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public int config(int offset, int size) {
        int value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | space[offset + i] & 0xff;
        }
        return value;
    }

    @Override
    public void setConfig(int offset, int size, int value) {
        put(offset, size, value);
    }

    private void put(int offset, int size, int value) {
        for (int i = 0; i < size; i++) {
            space[offset + i] = (byte) (value >>> 8 * i);
        }
    }

    /** The guest's side. */
    public GuestPci guest() {
        return new GuestPci() {
            @Override
            public int config(int offset, int size) {
                listener.beforeRead(FakeFunction.this, offset, size);
                return FakeFunction.this.config(offset, size);
            }

            @Override
            public void setConfig(int offset, int size, int value) {
                for (int i = 0; i < size; i++) {
                    int mask = writable[offset + i] & 0xff;
                    int old = space[offset + i] & 0xff;
                    space[offset + i] = (byte) (old & ~mask | value >>> 8 * i & mask);
                }
                listener.afterWrite(FakeFunction.this, offset, size);
            }

            @Override
            public long read(int bar, long offset, int size) {
                return bar(bar).handler().read(offset, size) & (-1L >>> 64 - 8 * size);
            }

            @Override
            public void write(int bar, long offset, int size, long value) {
                for (Bell bell : bells) {
                    if (bell.bar() == bar && bell.offset() == offset && bell.size() == size) {
                        bell.event().signal();
                        return;
                    }
                }
                bar(bar).handler().write(offset, size, value);
            }
        };
    }

    private BarSpec bar(int index) {
        return spec.bars().stream().filter(b -> b.index() == index).findFirst().orElseThrow();
    }
}
