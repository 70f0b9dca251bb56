package org.interposer.engine.softcpu.cpu;

/** Breakpoints of DR0–DR3 (SDM vol. 3 chapter 17). */
public final class DebugRegisters {
    /** DR6 bits. */
    public static final long BD = 1 << 13, BS = 1 << 14, BT = 1 << 15;

    /** DR7 bit: general detect. */
    public static final long GD = 1 << 13;

    private static final int EXECUTE = 0, WRITE = 1, IO = 2, READ_WRITE = 3;

    private DebugRegisters() {}

    private static boolean enabled(Cpu c, int n) {
        return (c.dr[7] >>> n * 2 & 3) != 0;
    }

    private static int kind(Cpu c, int n) {
        return (int) (c.dr[7] >>> 16 + n * 4) & 3;
    }

    private static int length(Cpu c, int n) {
        int code = (int) (c.dr[7] >>> 18 + n * 4) & 3;
        return code == 2 ? 8 : code + 1;
    }

    private static boolean any(Cpu c, int kind) {
        for (int n = 0; n < 4; n++) {
            if (enabled(c, n) && kind(c, n) == kind) {
                return true;
            }
        }
        return false;
    }

    /** Whether a data breakpoint is armed. */
    static boolean watchesData(Cpu c) {
        return (c.dr[7] & 0xff) != 0 && (any(c, WRITE) || any(c, READ_WRITE));
    }

    /** Whether an instruction breakpoint is armed. */
    public static boolean watchesCode(Cpu c) {
        return (c.dr[7] & 0xff) != 0 && any(c, EXECUTE);
    }

    /** Whether an I/O breakpoint is armed. */
    public static boolean watchesIo(Cpu c) {
        return (c.dr[7] & 0xff) != 0 && (c.cr4 & Control.CR4_DE) != 0 && any(c, IO);
    }

    /** DR6 bits of the instruction breakpoints at a linear address. */
    public static long code(Cpu c, long linear) {
        long hits = 0;
        for (int n = 0; n < 4; n++) {
            if (enabled(c, n) && kind(c, n) == EXECUTE && c.dr[n] == linear) {
                hits |= 1L << n;
            }
        }
        return hits;
    }

    /** A data access: what it hits is reported when the instruction has ended. */
    static void data(Cpu c, long va, int size, boolean write) {
        for (int n = 0; n < 4; n++) {
            int kind = kind(c, n);
            boolean watched = kind == READ_WRITE || write && kind == WRITE;
            if (watched && enabled(c, n) && overlaps(c, n, va, size)) {
                c.pendingDebug |= 1L << n;
                c.stop();
            }
        }
    }

    /** An access to a port. */
    public static void io(Cpu c, int port, int size) {
        for (int n = 0; n < 4; n++) {
            if (kind(c, n) == IO && enabled(c, n) && overlaps(c, n, port, size)) {
                c.pendingDebug |= 1L << n;
                c.stop();
            }
        }
    }

    private static boolean overlaps(Cpu c, int n, long va, int size) {
        int length = length(c, n);
        long from = c.dr[n] & -length;
        return va < from + length && va + size > from;
    }
}
