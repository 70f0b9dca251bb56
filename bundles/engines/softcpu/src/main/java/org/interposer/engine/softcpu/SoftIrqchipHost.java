package org.interposer.engine.softcpu;

import java.util.List;
import org.interposer.api.engine.VcpuRequests;
import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.irq.MsiMessage;

/** What controllers in user space may ask of this engine. */
final class SoftIrqchipHost implements IrqchipHost {
    private final List<SoftVcpu> vcpus;
    private final long tscKhz;

    SoftIrqchipHost(List<SoftVcpu> vcpus, long tscKhz) {
        this.vcpus = vcpus;
        this.tscKhz = tscKhz;
    }

    @Override
    public void kick(int cpu) {
        vcpus.get(cpu).request(VcpuRequests.POKE);
    }

    @Override
    public void init(int cpu) {
        vcpus.get(cpu).request(VcpuRequests.INIT);
    }

    @Override
    public void startup(int cpu, int vector) {
        vcpus.get(cpu).startup(vector);
    }

    @Override
    public void nmi(int cpu) {
        vcpus.get(cpu).request(VcpuRequests.NMI);
    }

    @Override
    public void smi(int cpu) {
        // There is no system management mode.
    }

    @Override
    public void deliver(MsiMessage message) {
        throw new IllegalStateException("softcpu has no local APICs of its own");
    }

    @Override
    public void routesChanged() {
        // The IOAPIC in user space delivers its own interrupts.
    }

    @Override
    public long tsc(int cpu) {
        return vcpus.get(cpu).env().clock().now();
    }

    @Override
    public long tscKhz() {
        return tscKhz;
    }
}
