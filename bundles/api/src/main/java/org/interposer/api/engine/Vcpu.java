package org.interposer.api.engine;

import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** One virtual CPU. */
@ProviderType
public interface Vcpu {
    /** Its number, also its APIC id. */
    int index();

    /**
     * Runs guest code until something happens that only the machine can handle. Always called from
     * the same platform thread. Port and MMIO exits go to the bus inside; HLT waits inside for an
     * interrupt or a kick.
     */
    VcpuExit run();

    /**
     * Makes a running or the next {@link #run} return {@link VcpuExit.Kicked} soon. From any
     * thread, never blocks. Kicks coalesce; none is lost between two runs.
     */
    void kick();

    /**
     * Reads all state. Only while no thread is in {@link #run}; a port or MMIO access that was
     * handled has been completed architecturally.
     */
    CpuState state() throws EngineException;

    /** Writes all state; same rule. */
    void restore(CpuState state) throws EngineException;

    /**
     * {@link HostDebug#registers} that {@link #debug} takes at most; 0 where the engine cannot be
     * debugged.
     */
    default int debugRegisters() {
        return 0;
    }

    /**
     * Makes {@link #run} return {@link VcpuExit.Debug} for what a debugger wants; {@link
     * HostDebug#NONE} ends that. Only while no thread is in {@link #run}. A breakpoint at the very
     * instruction where a run begins may stop it at once.
     *
     * @throws EngineException when the engine cannot; the message says why
     */
    default void debug(HostDebug wanted) throws EngineException {
        if (!wanted.equals(HostDebug.NONE)) {
            throw new EngineException("this engine cannot be debugged");
        }
    }

    /** Exits of this vCPU by cause. Any thread. */
    Map<String, Long> exits();
}
