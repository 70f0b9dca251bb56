package org.interposer.api.engine;

import java.util.Optional;

/** Why {@link Vcpu#run} returned. */
public sealed interface VcpuExit {
    /** Somebody called {@link Vcpu#kick}. */
    record Kicked() implements VcpuExit {
        /** The one instance. */
        public static final Kicked INSTANCE = new Kicked();
    }

    /** Triple fault: a PC resets. */
    record TripleFault() implements VcpuExit {}

    /** HLT with interrupts disabled and no way to wake but NMI, INIT or reset. */
    record Stuck() implements VcpuExit {}

    /**
     * What {@link Vcpu#debug} asked for has happened; the next run goes on from there.
     *
     * @param watched the watchpoint, if it was one
     */
    record Debug(Optional<Watchpoint> watched) implements VcpuExit {
        /** A step or a breakpoint. */
        public static final Debug STOP = new Debug(Optional.empty());
    }

    /**
     * The engine cannot go on with this vCPU.
     *
     * @param message for people: what, where (RIP), the bytes of the instruction where they matter,
     *     and the way out
     */
    record Failed(String message) implements VcpuExit {}
}
