package org.interposer.core.irqchip;

import org.interposer.api.bus.IoBus;
import org.interposer.api.irq.Irqchip;
import org.interposer.api.irq.IrqchipFactory;
import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.time.MachineClock;
import org.osgi.service.component.annotations.Component;

/** The service that makes interrupt controllers; it keeps none of them. */
@Component
public final class ComponentIrqchipFactory implements IrqchipFactory {
    @Override
    public Irqchip create(
            IrqchipMode mode, int cpus, IoBus bus, MachineClock clock, IrqchipHost host) {
        if (mode == IrqchipMode.KERNEL) {
            throw new IllegalArgumentException(
                    "the interrupt controllers of mode KERNEL are the engine's own: ask for SPLIT"
                            + " or USER");
        }
        if (cpus < 1 || cpus > UserIrqchip.MAX_CPUS) {
            throw new IllegalArgumentException(
                    cpus + " vCPUs: local APICs in user space serve 1–" + UserIrqchip.MAX_CPUS);
        }
        return new UserIrqchip(mode, cpus, bus, clock, host);
    }
}
