package org.interposer.core.irqchip;

/**
 * Register numbers of a local APIC: offset in the page divided by 16, or x2APIC MSR minus 0x800
 * (SDM vol. 3 table 11-1 and 11-6), and which of them exist in which mode.
 */
final class ApicRegister {
    static final int COUNT = 64;
    static final int ID = 0x02;
    static final int VERSION = 0x03;
    static final int TPR = 0x08;
    static final int APR = 0x09;
    static final int PPR = 0x0A;
    static final int EOI = 0x0B;
    static final int RRD = 0x0C;
    static final int LDR = 0x0D;
    static final int DFR = 0x0E;
    static final int SVR = 0x0F;
    static final int ISR = 0x10;
    static final int TMR = 0x18;
    static final int IRR = 0x20;
    static final int ESR = 0x28;
    static final int ICR = 0x30;
    static final int ICR_HIGH = 0x31;
    static final int LVT_TIMER = 0x32;
    static final int LVT_THERMAL = 0x33;
    static final int LVT_PERFORMANCE = 0x34;
    static final int LVT_LINT0 = 0x35;
    static final int LVT_LINT1 = 0x36;
    static final int LVT_ERROR = 0x37;
    static final int TIMER_INITIAL = 0x38;
    static final int TIMER_CURRENT = 0x39;
    static final int TIMER_DIVIDE = 0x3E;
    static final int SELF_IPI = 0x3F;

    private static final int DELIVERY_STATUS = 1 << 12;
    private static final int REMOTE_IRR = 1 << 14;

    private static final long VECTORS = 0xFF_FFFF_0000L;
    private static final long COMMON =
            bits(ID, VERSION, TPR, PPR, LDR, SVR, ESR, ICR)
                    | bits(LVT_TIMER, LVT_THERMAL, LVT_PERFORMANCE, LVT_LINT0, LVT_LINT1, LVT_ERROR)
                    | bits(TIMER_INITIAL, TIMER_CURRENT, TIMER_DIVIDE)
                    | VECTORS;
    private static final long PAGE = COMMON | bits(APR, EOI, RRD, DFR, ICR_HIGH);
    private static final long MSR_READABLE = COMMON;
    private static final long READ_ONLY = bits(ID, VERSION, APR, PPR, RRD, TIMER_CURRENT) | VECTORS;
    private static final long MSR_WRITABLE =
            (COMMON & ~READ_ONLY & ~bits(LDR)) | bits(EOI, SELF_IPI);

    private ApicRegister() {}

    private static long bits(int... registers) {
        long set = 0;
        for (int register : registers) {
            set |= 1L << register;
        }
        return set;
    }

    /** Whether the register page has something there. */
    static boolean inPage(int register) {
        return (PAGE >>> register & 1) != 0;
    }

    static boolean isReadableMsr(int register) {
        return (MSR_READABLE >>> register & 1) != 0;
    }

    static boolean isWritableMsr(int register) {
        return (MSR_WRITABLE >>> register & 1) != 0;
    }

    static boolean isReadOnly(int register) {
        return (READ_ONLY >>> register & 1) != 0;
    }

    static boolean isLvt(int register) {
        return register >= LVT_TIMER && register <= LVT_ERROR;
    }

    /** Bits of a register that a write changes. */
    static int writable(int register) {
        return switch (register) {
            case TPR, SELF_IPI -> 0xFF;
            case LDR -> 0xFF00_0000;
            case DFR -> 0xF000_0000;
            case SVR -> 0x13FF;
            case ICR -> 0x000C_CFFF;
            case ICR_HIGH -> 0xFF00_0000;
            case LVT_TIMER -> 0x0007_00FF;
            case LVT_THERMAL, LVT_PERFORMANCE -> 0x0001_07FF;
            case LVT_LINT0, LVT_LINT1 -> 0x0001_A7FF;
            case LVT_ERROR -> 0x0001_00FF;
            case TIMER_INITIAL -> -1;
            case TIMER_DIVIDE -> 0x0B;
            default -> 0;
        };
    }

    /**
     * Bits that may be set in a write of an x2APIC MSR: what is writable, and status bits that are
     * read-only but not reserved, so that what was read can be written back.
     */
    static int acceptedByMsr(int register) {
        int status =
                switch (register) {
                    case LVT_LINT0, LVT_LINT1 -> DELIVERY_STATUS | REMOTE_IRR;
                    case LVT_TIMER, LVT_THERMAL, LVT_PERFORMANCE, LVT_ERROR, ICR -> DELIVERY_STATUS;
                    default -> 0;
                };
        return writable(register) | status;
    }
}
