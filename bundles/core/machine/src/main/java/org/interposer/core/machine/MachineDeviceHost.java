package org.interposer.core.machine;

import java.io.IOException;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.BlockPortFactory;
import org.interposer.api.block.PortSpec;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.machine.MachineException;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.pci.PciHost;
import org.interposer.api.time.MachineClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The machine as one of its devices sees it. */
final class MachineDeviceHost implements DeviceHost {
    private static final Logger LOG = LoggerFactory.getLogger(MachineDeviceHost.class);

    /**
     * What every device of a machine gets.
     *
     * @param ports where services for ports are found
     */
    record Shared(
            String machine,
            int vcpus,
            GuestMemory memory,
            IoBus bus,
            InterruptController interrupts,
            PciHost pci,
            MachineClock clock,
            EngineSlot engine,
            Parts ports,
            Requests requests) {}

    private final Shared shared;
    private final String device;
    private final UndoStack undo;

    MachineDeviceHost(Shared shared, String device, UndoStack undo) {
        this.shared = shared;
        this.device = device;
        this.undo = undo;
    }

    @Override
    public String machine() {
        return shared.machine();
    }

    @Override
    public int vcpus() {
        return shared.vcpus();
    }

    @Override
    public GuestMemory memory() {
        return shared.memory();
    }

    @Override
    public IoBus bus() {
        return shared.bus();
    }

    @Override
    public InterruptController interrupts() {
        return shared.interrupts();
    }

    @Override
    public PciHost pci() {
        return shared.pci();
    }

    @Override
    public MachineClock clock() {
        return shared.clock();
    }

    @Override
    public IoEvent newEvent() {
        return shared.engine().newEvent();
    }

    @Override
    public void invalidateTranslations(long address) {
        shared.engine().invalidateTranslations(address);
    }

    @Override
    public BlockPort openBlockPort(PortSpec spec) throws DeviceException {
        try {
            return shared.ports()
                    .require(BlockPortFactory.class, "org.interposer.core.port", undo)
                    .open(spec);
        } catch (MachineException | IOException e) {
            throw new DeviceException(e.getMessage(), e);
        }
    }

    @Override
    public Thread startThread(String purpose, Runnable body) {
        String name = shared.machine() + "/" + device + "/" + purpose;
        Thread thread = new Thread(() -> guarded(name, body), name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void guarded(String name, Runnable body) {
        try {
            body.run();
        } catch (RuntimeException | Error e) {
            LOG.error("Thread {} failed; its machine stops", name, e);
            request(
                    new MachineRequest.Fail(
                            String.format(
                                    "device '%s': its thread %s failed: %s", device, name, e)));
        }
    }

    @Override
    public void request(MachineRequest request) {
        shared.requests().request(request);
    }
}
