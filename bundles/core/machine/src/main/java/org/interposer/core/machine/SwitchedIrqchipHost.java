package org.interposer.core.machine;

import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.irq.MsiMessage;

/** Hands what the interrupt controllers want to the engine that the machine is on now. */
final class SwitchedIrqchipHost implements IrqchipHost {
    private volatile IrqchipHost now;

    SwitchedIrqchipHost(IrqchipHost first) {
        now = first;
    }

    /** From now on to this one. The machine is paused. */
    void switchTo(IrqchipHost next) {
        now = next;
    }

    @Override
    public void kick(int cpu) {
        now.kick(cpu);
    }

    @Override
    public void init(int cpu) {
        now.init(cpu);
    }

    @Override
    public void startup(int cpu, int vector) {
        now.startup(cpu, vector);
    }

    @Override
    public void nmi(int cpu) {
        now.nmi(cpu);
    }

    @Override
    public void smi(int cpu) {
        now.smi(cpu);
    }

    @Override
    public void deliver(MsiMessage message) {
        now.deliver(message);
    }

    @Override
    public void routesChanged() {
        now.routesChanged();
    }

    @Override
    public long tsc(int cpu) {
        return now.tsc(cpu);
    }

    @Override
    public long tscKhz() {
        return now.tscKhz();
    }
}
