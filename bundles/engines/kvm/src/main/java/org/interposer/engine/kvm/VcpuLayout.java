package org.interposer.engine.kvm;

/** Offsets of the structures that hold a vCPU's registers ({@code asm/kvm.h}). */
final class VcpuLayout {
    // struct kvm_regs
    static final int REGS_RAX = 0;
    static final int REGS_RIP = 128;
    static final int REGS_RFLAGS = 136;
    static final int REGS_SIZE = 144;

    // struct kvm_segment
    static final int SEGMENT_BASE = 0;
    static final int SEGMENT_LIMIT = 8;
    static final int SEGMENT_SELECTOR = 12;
    static final int SEGMENT_TYPE = 14;
    static final int SEGMENT_PRESENT = 15;
    static final int SEGMENT_DPL = 16;
    static final int SEGMENT_DB = 17;
    static final int SEGMENT_S = 18;
    static final int SEGMENT_L = 19;
    static final int SEGMENT_G = 20;
    static final int SEGMENT_AVL = 21;
    static final int SEGMENT_UNUSABLE = 22;

    // struct kvm_dtable
    static final int DTABLE_BASE = 0;
    static final int DTABLE_LIMIT = 8;

    // struct kvm_sregs
    static final int SREGS_CS = 0;
    static final int SREGS_DS = 24;
    static final int SREGS_ES = 48;
    static final int SREGS_FS = 72;
    static final int SREGS_GS = 96;
    static final int SREGS_SS = 120;
    static final int SREGS_TR = 144;
    static final int SREGS_LDT = 168;
    static final int SREGS_GDT = 192;
    static final int SREGS_IDT = 208;
    static final int SREGS_CR0 = 224;
    static final int SREGS_CR2 = 232;
    static final int SREGS_CR3 = 240;
    static final int SREGS_CR4 = 248;
    static final int SREGS_CR8 = 256;
    static final int SREGS_EFER = 264;
    static final int SREGS_APIC_BASE = 272;
    static final int SREGS_SIZE = 312;

    // struct kvm_debugregs
    static final int DEBUGREGS_DB = 0;
    static final int DEBUGREGS_DR6 = 32;
    static final int DEBUGREGS_DR7 = 40;
    static final int DEBUGREGS_SIZE = 128;

    // struct kvm_vcpu_events
    static final int EVENTS_EXCEPTION_INJECTED = 0;
    static final int EVENTS_EXCEPTION_NR = 1;
    static final int EVENTS_EXCEPTION_HAS_ERROR_CODE = 2;
    static final int EVENTS_EXCEPTION_ERROR_CODE = 4;
    static final int EVENTS_INTERRUPT_INJECTED = 8;
    static final int EVENTS_INTERRUPT_NR = 9;
    static final int EVENTS_INTERRUPT_SOFT = 10;
    static final int EVENTS_INTERRUPT_SHADOW = 11;
    static final int EVENTS_NMI_INJECTED = 12;
    static final int EVENTS_NMI_PENDING = 13;
    static final int EVENTS_NMI_MASKED = 14;
    static final int EVENTS_FLAGS = 20;
    static final int EVENTS_SIZE = 64;
    static final int EVENTS_VALID_NMI_PENDING = 1;
    static final int EVENTS_VALID_SHADOW = 4;

    // struct kvm_msrs, struct kvm_msr_entry
    static final int MSRS_NMSRS = 0;
    static final int MSRS_ENTRIES = 8;
    static final int MSR_ENTRY_DATA = 8;
    static final int MSR_ENTRY_SIZE = 16;

    // struct kvm_xcrs, struct kvm_xcr
    static final int XCRS_NR = 0;
    static final int XCRS_FIRST = 8;
    static final int XCR_VALUE = 8;
    static final int XCR_SIZE = 16;
    static final int XCRS_SIZE = 392;

    // struct kvm_xsave
    static final int XSAVE_SIZE = 4096;

    // struct kvm_lapic_state
    static final int LAPIC_SIZE = 1024;

    // struct kvm_mp_state
    static final int MP_STATE_SIZE = 4;

    private VcpuLayout() {}
}
