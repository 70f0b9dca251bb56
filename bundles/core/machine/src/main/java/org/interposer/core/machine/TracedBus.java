package org.interposer.core.machine;

import java.util.List;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.Doorbell;
import org.interposer.api.bus.DoorbellAccelerator;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.bus.MappedRange;
import org.interposer.api.bus.Mapping;
import org.interposer.api.engine.TraceEvent;
import org.interposer.api.engine.TraceSink;

/**
 * The machine's bus, which can tell a sink what vCPUs do on it, whatever the engine. While nobody
 * listens an access pays one look at a field.
 */
final class TracedBus implements IoBus {
    private static final Watch NOBODY = new Watch(List.of(), new NoSink());

    private final IoBus bus;
    private volatile Watch watch = NOBODY;

    TracedBus(IoBus bus) {
        this.bus = bus;
    }

    /** Tells a sink from now on. */
    void watch(List<VcpuThread> vcpus, TraceSink sink) {
        watch = new Watch(List.copyOf(vcpus), sink);
    }

    /** Tells nobody any more. */
    void unwatch() {
        watch = NOBODY;
    }

    @Override
    public long read(AddressSpace space, long address, int size) {
        long value = bus.read(space, address, size);
        Watch now = watch;
        if (now != NOBODY) {
            tell(now, space, false, address, size, value);
        }
        return value;
    }

    @Override
    public void write(AddressSpace space, long address, int size, long value) {
        Watch now = watch;
        if (now != NOBODY) {
            tell(now, space, true, address, size, value & -1L >>> 64 - 8 * size);
        }
        bus.write(space, address, size, value);
    }

    private void tell(
            Watch to, AddressSpace space, boolean write, long address, int size, long value) {
        int vcpu = to.vcpu();
        // A device that uses the bus is not the guest.
        if (vcpu < 0) {
            return;
        }
        if (!to.sink().accept(new TraceEvent.Io(vcpu, space, write, address, size, value))) {
            unwatch();
        }
    }

    @Override
    public Mapping map(
            AddressSpace space,
            long base,
            long length,
            int priority,
            String owner,
            IoHandler handler) {
        return bus.map(space, base, length, priority, owner, handler);
    }

    @Override
    public Mapping mapDoorbell(Doorbell doorbell) {
        return bus.mapDoorbell(doorbell);
    }

    @Override
    public void accelerator(DoorbellAccelerator accelerator) {
        bus.accelerator(accelerator);
    }

    @Override
    public List<MappedRange> ranges() {
        return bus.ranges();
    }

    private record Watch(List<VcpuThread> vcpus, TraceSink sink) {
        /** The vCPU whose thread this is, −1 for any other thread. */
        int vcpu() {
            for (int i = 0; i < vcpus.size(); i++) {
                if (vcpus.get(i).isCurrent()) {
                    return i;
                }
            }
            return -1;
        }
    }

    private static final class NoSink implements TraceSink {
        @Override
        public boolean accept(TraceEvent event) {
            return false;
        }

        @Override
        public void ended() {
            // It never began.
        }
    }
}
