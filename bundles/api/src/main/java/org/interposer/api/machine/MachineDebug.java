package org.interposer.api.machine;

import java.util.Optional;
import java.util.Set;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.Watchpoint;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A debugger's hold on one machine: stops, steps, breakpoints, watchpoints, registers. When one of
 * them ends it, all vCPUs and guest time stand still, as after {@link Machine#pause}. Thread-safe.
 */
@ProviderType
public interface MachineDebug extends AutoCloseable {
    /** Told of what happens; on the machine's control thread, must not block. */
    @ConsumerType
    interface Listener {
        /**
         * The machine stands, because of this vCPU's breakpoint, step or access.
         *
         * @param watched the watchpoint, if it was one
         */
        void stopped(int cpu, Optional<Watchpoint> watched);

        /** The run is over: nothing can be asked any more. */
        void ended(MachineOutcome how);
    }

    /**
     * Sets all breakpoints and watchpoints, for every vCPU; they count when it is let go the next
     * time. Of two accesses at once one is told now, the other when the machine is let go again.
     *
     * @param breakpoints linear addresses of instructions
     * @param watchpoints memory to watch
     * @throws MachineException when the engine cannot have so many; the old ones stay
     */
    void breakpoints(Set<Long> breakpoints, Set<Watchpoint> watchpoints) throws MachineException;

    /** State of a vCPU. */
    CpuState state(int cpu) throws MachineException;

    /** Changes the state of a vCPU of a machine that stands. */
    void state(int cpu, CpuState state) throws MachineException;

    /**
     * Lets the machine run until a breakpoint. One that stands where a vCPU goes on does not count
     * for its first instruction if the debugger knows of it: it was told that this vCPU stopped
     * there, or goes on from it. Any other vCPU that stands at a breakpoint stops there.
     *
     * @param cpu the vCPU that the debugger goes on from
     */
    void resume(int cpu) throws MachineException;

    /**
     * Lets it run until this vCPU has executed one instruction, also one with a breakpoint; the
     * others run meanwhile, as with {@link #resume}.
     */
    void step(int cpu) throws MachineException;

    /** Stops it; the listener is not told. */
    void pause() throws MachineException;

    /**
     * Removes all breakpoints and watchpoints, and lets a machine run on that stands for the
     * debugger.
     */
    @Override
    void close();
}
