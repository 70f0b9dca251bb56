package org.interposer.core.machine;

import java.util.List;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.EngineVm;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.pci.PciHost;
import org.interposer.api.time.ManagedClock;

/**
 * What a started machine is made of.
 *
 * @param engine its name and why
 * @param mode where the interrupt controllers are
 * @param powerOn state of each vCPU before the kernel was loaded
 * @param firmware writes the tables and loads the kernel, again at each reset
 * @param undo takes everything down
 */
record Assembly(
        EngineChoice engine,
        IrqchipMode mode,
        GuestMemory memory,
        TracedBus bus,
        ManagedClock clock,
        EngineVm vm,
        InterruptController interrupts,
        PciHost pci,
        DeviceSet devices,
        List<CpuState> powerOn,
        Firmware firmware,
        UndoStack undo) {}
