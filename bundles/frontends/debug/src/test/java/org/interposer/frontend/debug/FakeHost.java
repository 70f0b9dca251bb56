package org.interposer.frontend.debug;

import java.util.ArrayList;
import java.util.List;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.PortSpec;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.pci.PciHost;
import org.interposer.api.time.DeviceTimer;
import org.interposer.api.time.MachineClock;
import org.interposer.core.iobus.ComponentBusFactory;

/** A machine with a bus, a clock that the test moves, and a list of requests. */
final class FakeHost implements DeviceHost, MachineClock {
    final List<MachineRequest> requests = new ArrayList<>();
    private final IoBus bus = new ComponentBusFactory().create();
    private long now;
    private long deadline = Long.MAX_VALUE;
    private Runnable expired = () -> {};

    void advance(long nanos) {
        now += nanos;
        if (now >= deadline) {
            deadline = Long.MAX_VALUE;
            expired.run();
        }
    }

    @Override
    public String machine() {
        return "demo";
    }

    @Override
    public IoBus bus() {
        return bus;
    }

    @Override
    public MachineClock clock() {
        return this;
    }

    @Override
    public void request(MachineRequest request) {
        requests.add(request);
    }

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public long wallNanos() {
        return now;
    }

    @Override
    public DeviceTimer newTimer(String name, Runnable action) {
        expired = action;
        return new DeviceTimer() {
            @Override
            public void arm(long deadlineNanos) {
                deadline = deadlineNanos;
            }

            @Override
            public void cancel() {
                deadline = Long.MAX_VALUE;
            }

            @Override
            public void close() {
                cancel();
            }
        };
    }

    @Override
    public int vcpus() {
        return 1;
    }

    @Override
    public GuestMemory memory() {
        throw new UnsupportedOperationException("no memory here");
    }

    @Override
    public InterruptController interrupts() {
        throw new UnsupportedOperationException("no interrupts here");
    }

    @Override
    public PciHost pci() {
        throw new UnsupportedOperationException("no PCI here");
    }

    @Override
    public IoEvent newEvent() {
        throw new UnsupportedOperationException("no events here");
    }

    @Override
    public BlockPort openBlockPort(PortSpec spec) {
        throw new UnsupportedOperationException("no block ports here");
    }

    @Override
    public Thread startThread(String purpose, Runnable body) {
        throw new UnsupportedOperationException("no threads here");
    }
}
