package org.interposer.api.frontend;

import org.interposer.api.block.BlockPort;
import org.interposer.api.block.PortSpec;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.pci.PciHost;
import org.interposer.api.time.MachineClock;
import org.osgi.annotation.versioning.ProviderType;

/** The machine as a device sees it. Thread-safe. */
@ProviderType
public interface DeviceHost {
    /** The machine's name. */
    String machine();

    /** Number of the machine's vCPUs. */
    int vcpus();

    /** Guest memory. */
    GuestMemory memory();

    /** Port and MMIO bus. */
    IoBus bus();

    /** Interrupt lines and messages. */
    InterruptController interrupts();

    /** The PCI bus. */
    PciHost pci();

    /** Guest time and timers. */
    MachineClock clock();

    /** A new event for an I/O thread to wait on. */
    IoEvent newEvent();

    /** Opens a block port with its chain. The device closes it in {@code unrealize}. */
    BlockPort openBlockPort(PortSpec spec) throws DeviceException;

    /**
     * Starts a daemon platform thread named {@code machine/device/purpose}. It must end by itself
     * when the device is unrealized; an uncaught exception is logged and stops the machine with an
     * error, never the container.
     */
    Thread startThread(String purpose, Runnable body);

    /**
     * The engine forgets what it has cached of a guest-physical page, as if the page had come and
     * gone in the host. Any thread; for tests.
     */
    default void invalidateTranslations(long address) {
        // A host without an engine caches nothing.
    }

    /** The guest asks for something only the machine can do. Any thread; returns at once. */
    void request(MachineRequest request);
}
