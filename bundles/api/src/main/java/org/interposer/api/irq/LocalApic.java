package org.interposer.api.irq;

import org.interposer.api.state.StateRecord;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A local APIC in user space as its engine sees it (SDM vol. 3 chapter 11). {@link #hasInterrupt}
 * and {@link #acknowledge} and the register accesses are for the vCPU's own thread; interrupts
 * arrive from any thread and end in {@link IrqchipHost#kick}.
 */
@ProviderType
public interface LocalApic {
    /** No vector. */
    int NONE = -1;

    /**
     * Whether a vector may be delivered now under the processor priority, the PIC's through LINT0
     * included. RFLAGS.IF is the engine's business. No lock, no allocation.
     */
    boolean hasInterrupt();

    /**
     * Takes the highest deliverable vector: IRR to ISR, or the PIC's INTA.
     *
     * @return the vector, or {@link #NONE}
     */
    int acknowledge();

    /** Whether the guest-physical address lies in the register page (xAPIC mode, enabled). */
    boolean decodes(long address);

    /** Reads a register of the page; offset in bytes, 32-bit registers on 16-byte boundaries. */
    int readMmio(int offset);

    /** Writes a register of the page. */
    void writeMmio(int offset, int value);

    /** IA32_APIC_BASE. */
    long apicBase();

    /**
     * Writes IA32_APIC_BASE: move, enable, switch to x2APIC.
     *
     * @return false for #GP (reserved bits, forbidden transition, SDM vol. 3 §11.12.5)
     */
    boolean setApicBase(long value);

    /** Whether {@code rdmsr} of an x2APIC register (0x800–0x8FF) is allowed now; otherwise #GP. */
    boolean canReadMsr(int index);

    /** Value of an x2APIC register. */
    long readMsr(int index);

    /**
     * Writes an x2APIC register.
     *
     * @return false for #GP
     */
    boolean writeMsr(int index, long value);

    /** CR8: task priority class, 0–15. */
    int cr8();

    /** Sets CR8. */
    void setCr8(int value);

    /** IA32_TSC_DEADLINE. */
    long tscDeadline();

    /** Sets IA32_TSC_DEADLINE, in TSC ticks of this vCPU. */
    void setTscDeadline(long value);

    /** State after INIT (the ID stays). */
    void init();

    /** State after power-on. */
    void reset();

    /** Its state, in the same fields whichever engine runs. */
    StateRecord save();

    /** Restores {@link #save}. */
    void restore(StateRecord state);
}
