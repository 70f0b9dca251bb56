package org.interposer.frontend.virtio.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.PortSpec;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.frontend.TestHost;
import org.interposer.api.pci.PciConfigListener;
import org.interposer.api.pci.PciFunction;
import org.interposer.api.pci.PciFunctionSpec;
import org.interposer.api.pci.PciHost;
import org.interposer.api.pci.PciNode;
import org.interposer.api.state.StateRecord;

/** A machine with memory and a PCI bus, for the devices under test; notes what threads throw. */
public final class FakeHost extends TestHost {
    private final FakeMemory memory;
    private final List<FakeFunction> functions = new CopyOnWriteArrayList<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final PortOpener ports;

    /** Makes the ports of block devices. */
    public interface PortOpener {
        /** As {@link TestHost#openBlockPort}. */
        BlockPort open(PortSpec spec) throws DeviceException;
    }

    /** Without block ports. */
    public FakeHost(FakeMemory memory) {
        this(
                memory,
                spec -> {
                    throw new DeviceException("no ports here");
                });
    }

    /** With block ports. */
    public FakeHost(FakeMemory memory, PortOpener ports) {
        this.memory = memory;
        this.ports = ports;
    }

    /** The function plugged in last. */
    public FakeFunction function() {
        return functions.get(functions.size() - 1);
    }

    /** What escaped from I/O threads. */
    public List<Throwable> failures() {
        return new ArrayList<>(failures);
    }

    /** All threads started. */
    public List<Thread> threads() {
        return threads;
    }

    @Override
    public FakeMemory memory() {
        return memory;
    }

    @Override
    public PciHost pci() {
        return new Pci();
    }

    @Override
    public IoEvent newEvent() {
        return new FakeEvent();
    }

    @Override
    public BlockPort openBlockPort(PortSpec spec) throws DeviceException {
        return ports.open(spec);
    }

    @Override
    public Thread startThread(String purpose, Runnable body) {
        Thread thread = new Thread(body, "m/device/" + purpose);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((t, e) -> failures.add(e));
        threads.add(thread);
        thread.start();
        return thread;
    }

    @Override
    public void request(MachineRequest request) {
        failures.add(new AssertionError(request.toString()));
    }

    private final class Pci implements PciHost {
        @Override
        public PciFunction attach(PciFunctionSpec spec, PciConfigListener listener) {
            if (spec.slot().orElse(3) > 31) {
                throw new IllegalArgumentException("slot " + spec.slot() + " does not exist");
            }
            FakeFunction function = new FakeFunction(spec, listener);
            functions.add(function);
            return function;
        }

        @Override
        public List<PciNode> nodes() {
            return List.of();
        }

        @Override
        public int gsi(int device, int pin) {
            return -1;
        }

        @Override
        public void assignResources() {}

        @Override
        public StateRecord save() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void restore(StateRecord state) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void reset() {}

        @Override
        public void close() {}
    }
}
