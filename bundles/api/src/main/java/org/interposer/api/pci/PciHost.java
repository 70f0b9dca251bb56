package org.interposer.api.pci;

import java.util.List;
import org.interposer.api.state.StateRecord;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The PCI hierarchy of one machine: i440FX host bridge, PIIX3 ISA bridge and what front-ends
 * attach. Thread-safe.
 */
@ProviderType
public interface PciHost extends AutoCloseable {
    /**
     * Puts a function on bus 0.
     *
     * @throws IllegalArgumentException when the slot is taken or none is free; the message lists
     *     what is where
     */
    PciFunction attach(PciFunctionSpec spec, PciConfigListener listener);

    /** What is on the bus, by BDF. */
    List<PciNode> nodes();

    /**
     * GSI that the given pin (1–4) of a device is routed to now; −1 while the route is disabled.
     */
    int gsi(int device, int pin);

    /**
     * Assigns all unassigned BARs and enables decoding, as firmware would. Called once before a
     * direct kernel boot.
     */
    void assignResources();

    /** Bridges' state, without the attached functions. */
    StateRecord save();

    /** Restores {@link #save}. */
    void restore(StateRecord state);

    /** RST# on the whole bus. */
    void reset();

    /** Takes it off the bus. */
    @Override
    void close();
}
