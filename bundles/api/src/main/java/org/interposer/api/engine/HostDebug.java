package org.interposer.api.engine;

import java.util.Set;

/**
 * What a debugger on the host wants a vCPU to stop for. The guest does not notice: its own debug
 * registers and flags are not touched.
 *
 * @param step stop after one instruction; interrupts may be held back meanwhile
 * @param breakpoints stop before the instruction at one of these linear addresses
 */
public record HostDebug(boolean step, Set<Long> breakpoints) {
    /** Stop for nothing. */
    public static final HostDebug NONE = new HostDebug(false, Set.of());

    /** Copies the set. */
    public HostDebug {
        breakpoints = Set.copyOf(breakpoints);
    }
}
