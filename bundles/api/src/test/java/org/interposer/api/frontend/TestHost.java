package org.interposer.api.frontend;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.PortSpec;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.irq.MsiRoute;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.pci.PciHost;
import org.interposer.api.state.StateRecord;
import org.interposer.api.time.ManualClock;

/**
 * A machine for the test of one device: a bus, a clock that the test moves, a list of requests,
 * daemon threads. A test overrides what else its device needs; the rest is refused.
 */
public class TestHost implements DeviceHost {
    private final Optional<IoBus> bus;
    private final ManualClock clock = new ManualClock();
    private final List<MachineRequest> requests = new CopyOnWriteArrayList<>();

    /** Over the bus that the device is to appear on. */
    public TestHost(IoBus bus) {
        this.bus = Optional.of(bus);
    }

    /** For a device that does not appear on the bus itself. */
    public TestHost() {
        bus = Optional.empty();
    }

    /** What the device has asked the machine for. */
    public List<MachineRequest> requests() {
        return requests;
    }

    /** The device changes an interrupt line. */
    protected void line(int gsi, boolean asserted) {
        throw refused("interrupt lines");
    }

    private static UnsupportedOperationException refused(String what) {
        return new UnsupportedOperationException("no " + what + " in this test");
    }

    @Override
    public String machine() {
        return "demo";
    }

    @Override
    public int vcpus() {
        return 1;
    }

    @Override
    public GuestMemory memory() {
        throw refused("memory");
    }

    @Override
    public IoBus bus() {
        return bus.orElseThrow(() -> refused("bus"));
    }

    @Override
    public InterruptController interrupts() {
        return new Lines();
    }

    @Override
    public PciHost pci() {
        throw refused("PCI bus");
    }

    @Override
    public ManualClock clock() {
        return clock;
    }

    @Override
    public IoEvent newEvent() {
        throw refused("events");
    }

    @Override
    public BlockPort openBlockPort(PortSpec spec) throws DeviceException {
        throw new DeviceException("no block ports in this test");
    }

    @Override
    public Thread startThread(String purpose, Runnable body) {
        Thread thread = new Thread(body, machine() + "/device/" + purpose);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Override
    public void request(MachineRequest request) {
        requests.add(request);
    }

    private final class Lines implements InterruptController {
        @Override
        public IrqLine line(int gsi) {
            return asserted -> TestHost.this.line(gsi, asserted);
        }

        @Override
        public IrqchipMode mode() {
            throw refused("mode");
        }

        @Override
        public MsiRoute newMsiRoute() {
            throw refused("MSI");
        }

        @Override
        public void deliver(MsiMessage message) {
            throw refused("MSI");
        }

        @Override
        public StateRecord save() {
            throw refused("state of the controllers");
        }

        @Override
        public void restore(StateRecord state) {
            throw refused("state of the controllers");
        }

        @Override
        public void reset() {
            throw refused("reset of the controllers");
        }
    }
}
