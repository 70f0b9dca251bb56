package org.interposer.api.engine;

import java.util.Set;

/**
 * What a debugger on the host wants a vCPU to stop for. The guest does not notice: its own debug
 * registers and flags are not touched.
 *
 * @param step stop after one instruction; interrupts may be held back meanwhile
 * @param breakpoints stop before the instruction at one of these linear addresses
 * @param watchpoints stop behind an instruction that accesses this memory
 */
public record HostDebug(boolean step, Set<Long> breakpoints, Set<Watchpoint> watchpoints) {
    /** Stop for nothing. */
    public static final HostDebug NONE = new HostDebug(false, Set.of(), Set.of());

    /** Copies the sets. */
    public HostDebug {
        breakpoints = Set.copyOf(breakpoints);
        watchpoints = Set.copyOf(watchpoints);
    }

    /**
     * Debug registers that this takes where there are no better means: one a breakpoint, one for
     * each of a watchpoint's {@link Watchpoint#pieces}.
     */
    public int registers() {
        return breakpoints.size() + watchpoints.stream().mapToInt(w -> w.pieces().size()).sum();
    }
}
