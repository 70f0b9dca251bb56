package org.interposer.api.pci;

import java.util.OptionalLong;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.bus.Mapping;
import org.interposer.api.state.StateRecord;
import org.osgi.annotation.versioning.ProviderType;

/** A function on the bus, as its front-end uses it. Thread-safe. */
@ProviderType
public interface PciFunction extends AutoCloseable {
    /**
     * Bus, device and function as in the slides: bus in bits 8–15, device in 3–7, function in 0–2.
     */
    int bdf();

    /**
     * Drives its INTx pin; routed to a GSI by the ISA bridge's PIRQ registers. Ignored while MSI-X
     * is on or INTx is disabled.
     */
    void setIntx(boolean asserted);

    /** Whether the guest has enabled MSI-X. */
    boolean msixEnabled();

    /**
     * Sends an MSI-X message; while its vector or the function is masked it is remembered in the
     * PBA and sent when unmasked (PCI 3.0 §6.8.2). Hot path: no allocation. A vector outside the
     * table is ignored.
     */
    void signalMsix(int vector);

    /** Whether the guest lets it read and write memory (command register bit 2). */
    boolean busMaster();

    /** Reads its configuration space without side effects; little-endian, size 1, 2 or 4. */
    int config(int offset, int size);

    /** Changes its configuration space, ignoring the write masks. */
    void setConfig(int offset, int size, int value);

    /** Configuration-space offset of the n-th capability of the spec (where its id byte is). */
    int capabilityOffset(int index);

    /** Present address of a BAR; empty while it is disabled or unassigned. */
    OptionalLong barAddress(int bar);

    /**
     * A doorbell at an offset in a BAR; follows the BAR when the guest moves or disables it.
     *
     * @param size bytes of the write, 0 for any
     * @param value only this value rings it; empty for any
     */
    Mapping mapDoorbell(int bar, long offset, int size, OptionalLong value, IoEvent event);

    /** Configuration space, BARs, MSI-X table and PBA. */
    StateRecord save();

    /** Restores {@link #save}. */
    void restore(StateRecord state);

    /** State after RST#. */
    void reset();

    /** Takes it off the bus. */
    @Override
    void close();
}
