package org.interposer.api.engine;

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
 */
public record EngineSpec(
        String machine,
        GuestMemory memory,
        IoBus bus,
        MachineClock clock,
        int cpus,
        IrqchipMode irqchip,
        CpuModel cpuModel) {}
