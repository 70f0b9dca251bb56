package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.sys.Segmentation;

/** The stack in all modes. */
public final class Stack {
    private Stack() {}

    /** Linear address of an offset from the stack pointer. */
    public static long address(Cpu c, long delta, int size, boolean write) {
        long offset = c.r[Cpu.RSP] + delta & c.stackMask;
        if (!c.code64()) {
            return Segmentation.linear(c, Cpu.SS, offset, size, write);
        }
        if (!Segmentation.canonical(offset)) {
            throw c.fault(GuestFault.SS, 0); // Also where another operand would make it #GP.
        }
        return offset;
    }

    /** Moves the stack pointer. */
    public static void move(Cpu c, long delta) {
        long mask = c.stackMask;
        c.r[Cpu.RSP] = c.r[Cpu.RSP] & ~mask | c.r[Cpu.RSP] + delta & mask;
    }

    /**
     * Pushes in 64-bit mode for an operation with no other memory operand: a bad address faults by
     * {@link org.interposer.engine.softcpu.cpu.Op#stack}.
     */
    static void push64(Cpu c, long v) {
        long[] r = c.r;
        long sp = r[Cpu.RSP] - 8;
        c.st64(sp, v);
        r[Cpu.RSP] = sp;
    }

    public static void push(Cpu c, int size, long v) {
        c.st(address(c, -size, size, true), size, v);
        move(c, -size);
    }

    /** The value on top, which stays. */
    public static long top(Cpu c, int size) {
        return c.ld(address(c, 0, size, false), size);
    }

    public static long pop(Cpu c, int size) {
        long v = top(c, size);
        move(c, size);
        return v;
    }
}
