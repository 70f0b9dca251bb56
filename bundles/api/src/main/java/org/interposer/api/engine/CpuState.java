package org.interposer.api.engine;

import java.util.List;
import java.util.SortedMap;
import org.interposer.api.state.StateRecord;

/**
 * All architectural state of one vCPU, the same whichever engine runs it. Immutable by convention:
 * arrays are not copied.
 *
 * @param gpr 16 general registers in encoding order: rax rcx rdx rbx rsp rbp rsi rdi r8 … r15
 * @param rip instruction pointer
 * @param rflags flags, bit 1 always set
 * @param segments segment and descriptor-table registers
 * @param control control registers and EFER
 * @param debug dr0–dr3, dr6, dr7
 * @param msrs model-specific registers, index (unsigned) to value; EFER and APIC base are in {@code
 *     control}
 * @param fxsave 512 bytes in FXSAVE64 format (SDM vol. 1 §10.5.1)
 * @param xsaveExtended bytes of the standard XSAVE format from offset 512 (header and AVX …), empty
 *     without XSAVE
 * @param tsc time-stamp counter
 * @param activity what the vCPU is doing
 * @param events what waits to be delivered
 * @param localApic the local APIC where the engine has it (kernel, split); empty list otherwise
 */
public record CpuState(
        long[] gpr,
        long rip,
        long rflags,
        Segments segments,
        Control control,
        long[] debug,
        SortedMap<Integer, Long> msrs,
        byte[] fxsave,
        byte[] xsaveExtended,
        long tsc,
        Activity activity,
        PendingEvents events,
        List<StateRecord> localApic) {

    private static final long EFER_LMA = 1 << 10, CR0_PE = 1, ADDRESS_32 = 0xffff_ffffL;

    /** Attributes of a code segment. */
    private static final int LONG = 1 << 13, DEFAULT_32 = 1 << 14;

    /** Indexes of {@link #gpr}. */
    public static final int RAX = 0, RCX = 1, RDX = 2, RBX = 3, RSP = 4, RBP = 5, RSI = 6, RDI = 7;

    /**
     * A segment register with its hidden part.
     *
     * @param selector visible part
     * @param base linear address
     * @param limit in bytes, inclusive
     * @param attributes access rights as in bits 8–23 of a descriptor's high word, shifted to bit 0
     *     (type, S, DPL, P, …, AVL, L, D/B, G); bit 16 set means unusable, as in VMX (SDM vol. 3
     *     §25.4.1)
     */
    public record Segment(int selector, long base, int limit, int attributes) {
        /** Attribute bit: the register holds no segment. */
        public static final int UNUSABLE = 1 << 16;
    }

    /** GDTR or IDTR; limit in bytes, inclusive. */
    public record Table(long base, int limit) {}

    /** Segment and descriptor-table registers. */
    public record Segments(
            Segment cs,
            Segment ds,
            Segment es,
            Segment fs,
            Segment gs,
            Segment ss,
            Segment ldt,
            Segment tr,
            Table gdt,
            Table idt) {}

    /** Control registers, EFER, IA32_APIC_BASE, XCR0. */
    public record Control(
            long cr0,
            long cr2,
            long cr3,
            long cr4,
            long cr8,
            long efer,
            long apicBase,
            long xcr0) {}

    /** What a vCPU does. */
    public enum Activity {
        /** Executes instructions. */
        RUNNING,
        /** Stands in HLT. */
        HALTED,
        /** An application processor that waits for INIT or SIPI. */
        WAIT_FOR_SIPI
    }

    /**
     * Events accepted but not yet delivered; vectors are −1 where there is none.
     *
     * @param exception vector of an exception being injected
     * @param errorCode its error code, −1 without
     * @param exceptionPayload CR2 or DR6 of it
     * @param interrupt vector of an external interrupt taken from the controller
     * @param softInterrupt it comes from INT n
     * @param nmiPending an NMI waits
     * @param nmiMasked NMIs are blocked until IRET
     * @param interruptShadow STI or MOV SS blocks interrupts for one instruction
     */
    public record PendingEvents(
            int exception,
            long errorCode,
            long exceptionPayload,
            int interrupt,
            boolean softInterrupt,
            boolean nmiPending,
            boolean nmiMasked,
            boolean interruptShadow) {
        /** Nothing waits. */
        public static final PendingEvents NONE =
                new PendingEvents(-1, -1, 0, -1, false, false, false, false);
    }

    /** Width of the code that it executes: 16, 32 or 64 bits. */
    public int codeBits() {
        int attributes = segments.cs().attributes();
        if ((control.efer() & EFER_LMA) != 0 && (attributes & LONG) != 0) {
            return 64;
        }
        boolean wide = (control.cr0() & CR0_PE) != 0 && (attributes & DEFAULT_32) != 0;
        return wide ? 32 : 16;
    }

    /** The same with another time-stamp counter. */
    public CpuState withTsc(long value) {
        return new CpuState(
                gpr,
                rip,
                rflags,
                segments,
                control,
                debug,
                msrs,
                fxsave,
                xsaveExtended,
                value,
                activity,
                events,
                localApic);
    }

    /**
     * Linear address of the next instruction; in 64-bit mode the base of CS does not count (SDM
     * vol. 3 §3.4.4).
     */
    public long linearRip() {
        return codeBits() == 64 ? rip : rip + segments.cs().base() & ADDRESS_32;
    }
}
