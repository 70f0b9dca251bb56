package org.interposer.api.irq;

import org.interposer.api.state.StateRecord;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What a machine's devices send their interrupts to, whichever {@link IrqchipMode} is behind it.
 * Thread-safe.
 */
@ProviderType
public interface InterruptController {
    /** Where the controllers are. */
    IrqchipMode mode();

    /**
     * A new input to a global system interrupt: 0–15 reach the PIC and the IOAPIC, 16–23 the IOAPIC
     * only. ISA IRQ 0 is wired to IOAPIC pin 2 as on a PC.
     *
     * @throws IllegalArgumentException for a number outside 0–23
     */
    IrqLine line(int gsi);

    /** A new route for messages. */
    MsiRoute newMsiRoute();

    /** Sends one message at once, without a route. */
    void deliver(MsiMessage message);

    /**
     * State of PIC, IOAPIC and, if they are in user space, of the local APICs. The machine is
     * paused.
     */
    StateRecord save();

    /** Restores {@link #save}. The machine is paused. */
    void restore(StateRecord state);

    /** Back to the state after power-on. The machine is paused. */
    void reset();
}
