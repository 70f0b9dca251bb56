package org.interposer.core.machine;

import org.interposer.api.engine.EngineVm;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.pci.PciHost;
import org.interposer.api.time.ManagedClock;

/**
 * What a started machine is made of.
 *
 * @param engine the engine it is on now
 * @param firmware writes the tables and loads the kernel, again at each reset
 * @param undo takes everything down
 */
record Assembly(
        EngineSlot engine,
        GuestMemory memory,
        TracedBus bus,
        ManagedClock clock,
        InterruptController interrupts,
        PciHost pci,
        DeviceSet devices,
        Firmware firmware,
        UndoStack undo) {
    /** Where the interrupt controllers are. */
    IrqchipMode mode() {
        return engine.spec().irqchip();
    }

    /** The engine's part. */
    EngineVm vm() {
        return engine.vm();
    }
}
