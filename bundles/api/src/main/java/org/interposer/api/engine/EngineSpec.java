package org.interposer.api.engine;

import java.util.OptionalLong;
import org.interposer.api.bus.IoBus;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.time.MachineClock;

/**
 * What an engine needs to make a machine.
 *
 * @param machine name, for threads and messages
 * @param memory its guest memory; the engine follows its map
 * @param bus where exits go
 * @param clock its guest time
 * @param cpus number of vCPUs, at least 1
 * @param irqchip where the interrupt controllers are
 * @param cpuModel what CPUID shows
 * @param tscKhz frequency that the guest's TSC must have, because the guest knows it already; empty
 *     for the engine's own
 */
public record EngineSpec(
        String machine,
        GuestMemory memory,
        IoBus bus,
        MachineClock clock,
        int cpus,
        IrqchipMode irqchip,
        CpuModel cpuModel,
        OptionalLong tscKhz) {
    /** Of a machine that begins: the TSC has the engine's own frequency. */
    public EngineSpec(
            String machine,
            GuestMemory memory,
            IoBus bus,
            MachineClock clock,
            int cpus,
            IrqchipMode irqchip,
            CpuModel cpuModel) {
        this(machine, memory, bus, clock, cpus, irqchip, cpuModel, OptionalLong.empty());
    }

    /** The same machine, whose TSC must have this frequency. */
    public EngineSpec withTscKhz(long khz) {
        return new EngineSpec(
                machine, memory, bus, clock, cpus, irqchip, cpuModel, OptionalLong.of(khz));
    }
}
