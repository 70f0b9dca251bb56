package org.interposer.api.engine;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.interposer.api.bus.DoorbellAccelerator;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.Irqchip;
import org.interposer.api.irq.IrqchipHost;
import org.osgi.annotation.versioning.ProviderType;

/** The engine's part of one machine. Thread-safe unless a method says otherwise. */
@ProviderType
public interface EngineVm extends AutoCloseable {
    /** The vCPUs, made with the machine, index 0 first. */
    List<Vcpu> vcpus();

    /**
     * The controllers in the kernel.
     *
     * @throws IllegalStateException unless the mode is {@link
     *     org.interposer.api.irq.IrqchipMode#KERNEL}
     */
    InterruptController kernelIrqchip();

    /** What controllers in user space call (split and user mode). */
    IrqchipHost irqchipHost();

    /** Gives the engine the controllers in user space; before the first {@link Vcpu#run}. */
    void attach(Irqchip irqchip);

    /** A new event to wait on, with a descriptor where the engine can ring it from the kernel. */
    IoEvent newEvent();

    /** How it rings doorbells without the bus; one that refuses all where the engine has none. */
    DoorbellAccelerator doorbells();

    /**
     * Exits so far over all vCPUs, by cause: {@code pio-in}, {@code pio-out}, {@code mmio-read},
     * {@code mmio-write}, {@code hlt}, {@code interrupted} …; causes that never happened may be
     * missing.
     */
    Map<String, Long> exits();

    /**
     * Forgets cached translations of a guest-physical page. Any thread. An engine whose
     * translations the processor or the kernel keeps in step itself has nothing to do.
     */
    default void invalidateTranslations(long address) {
        // KVM follows the host's page tables by its MMU notifier.
    }

    /** What {@link #trace} can report; nothing unless the engine sees each instruction itself. */
    default Set<TraceKind> traceable() {
        return Set.of();
    }

    /**
     * Reports what the vCPUs do from now on, in place of an earlier trace. Only while no thread is
     * in {@link Vcpu#run}. Ports and MMIO are the bus's business: {@link TraceKind#IO} is never
     * asked for.
     *
     * @param kinds some of {@link #traceable}; none ends the trace
     * @param sink gets the events on the threads of the vCPUs
     * @throws IllegalArgumentException for a kind that is not traceable
     */
    default void trace(Set<TraceKind> kinds, TraceSink sink) {
        if (!kinds.isEmpty()) {
            throw new IllegalArgumentException("this engine cannot trace " + kinds);
        }
    }

    /**
     * Called with guest time stopped and all vCPUs out of {@code run}: per-VM clocks (kvmclock)
     * stop too.
     */
    void pauseClock();

    /** Undoes {@link #pauseClock}. */
    void resumeClock();

    /** Frees everything; all vCPUs must have returned from {@code run}. */
    @Override
    void close();
}
