package org.interposer.api.engine;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.interposer.api.bus.AddressSpace;

/** Something a vCPU does. */
public sealed interface TraceEvent {
    /** Which vCPU. */
    int vcpu();

    /**
     * An instruction that is about to execute. If it faults, an {@link Interruption} with the same
     * address follows; if it is restarted, it is reported again.
     *
     * @param cs its code segment
     * @param rip its address in that segment
     * @param bytes the instruction
     */
    record Instruction(int vcpu, int cs, long rip, byte[] bytes) implements TraceEvent {}

    /**
     * An exception or interrupt that is about to be delivered. If delivery faults, the fault
     * follows as another one.
     *
     * @param rip where the guest goes on after the handler: at the instruction that faulted, or
     *     behind what trapped or was interrupted
     * @param errorCode of an exception that has one
     * @param cr2 the address of a page fault
     */
    record Interruption(
            int vcpu, Cause cause, int vector, long rip, OptionalInt errorCode, OptionalLong cr2)
            implements TraceEvent {}

    /** Why the guest is interrupted. */
    enum Cause {
        /** A fault or trap of the processor. */
        EXCEPTION,

        /** INT n, INT3, INTO. */
        SOFTWARE,

        /** An interrupt controller. */
        INTERRUPT,

        /** An NMI. */
        NMI
    }

    /**
     * An access to a device, after a read and before a write.
     *
     * @param size in bytes
     * @param value what was read or is written
     */
    record Io(int vcpu, AddressSpace space, boolean write, long address, int size, long value)
            implements TraceEvent {}
}
