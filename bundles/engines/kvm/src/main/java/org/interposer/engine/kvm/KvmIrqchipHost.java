package org.interposer.engine.kvm;

import java.util.List;
import java.util.function.Supplier;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.VcpuRequests;
import org.interposer.api.irq.Irqchip;
import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.irq.MsiMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What controllers in user space may ask of this VM. */
final class KvmIrqchipHost implements IrqchipHost {
    private static final Logger LOG = LoggerFactory.getLogger(KvmIrqchipHost.class);

    private final Fd vm;
    private final List<KvmVcpu> vcpus;
    private final List<TscClock> clocks;
    private final long tscKhz;
    private final KvmRouting routing;
    private final Supplier<Irqchip> irqchip;

    /** Of a VM. */
    KvmIrqchipHost(
            Fd vm,
            List<KvmVcpu> vcpus,
            List<TscClock> clocks,
            long tscKhz,
            KvmRouting routing,
            Supplier<Irqchip> irqchip) {
        this.vm = vm;
        this.vcpus = vcpus;
        this.clocks = clocks;
        this.tscKhz = tscKhz;
        this.routing = routing;
        this.irqchip = irqchip;
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
        // A machine here has no system management mode.
    }

    @Override
    public void deliver(MsiMessage message) {
        new Msi(message).send(vm);
    }

    @Override
    public void routesChanged() {
        try {
            routing.useIoapic(irqchip.get().ioapicRoutes());
        } catch (EngineException e) {
            LOG.error("the IOAPIC's routes were not taken over: {}", e.getMessage());
        }
    }

    @Override
    public long tsc(int cpu) {
        return clocks.get(cpu).now();
    }

    @Override
    public long tscKhz() {
        return tscKhz;
    }
}
