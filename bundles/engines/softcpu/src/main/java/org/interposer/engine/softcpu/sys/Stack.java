package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Segment;

/**
 * Pushes and pops of one instruction, on the present stack or on one that is about to become it.
 * RSP itself changes when the instruction can no longer fault: {@link #commit}.
 */
final class Stack {
    private final Cpu c;
    private final long base;
    private final long mask;

    /** In 64-bit mode: no segment. */
    private final boolean wide;

    /** Of another privilege level: written with its rights (SDM vol. 3 §4.6). */
    private final boolean inner;

    private final int limit;
    private final int attributes;
    private final int errorCode;
    private final long initial;
    private long sp;

    private Stack(
            Cpu c,
            long base,
            long mask,
            boolean inner,
            int limit,
            int attributes,
            int error,
            long sp) {
        this.c = c;
        this.base = base;
        this.mask = mask;
        this.wide = mask == -1;
        this.inner = inner;
        this.limit = limit;
        this.attributes = attributes;
        this.errorCode = error;
        this.initial = sp;
        this.sp = sp & mask;
    }

    /** The present one. */
    static Stack current(Cpu c) {
        Segment s = c.seg[Cpu.SS];
        int attributes = c.protectedMode() ? s.attributes : s.attributes & ~Segment.CODE;
        long base = c.r[Cpu.SEG_BASE + Cpu.SS];
        return new Stack(c, base, c.stackMask, false, s.limit, attributes, 0, c.r[Cpu.RSP]);
    }

    /** That of an inner level outside 64-bit mode. */
    static Stack inner(Cpu c, int selector, long d, long sp) {
        long mask = Descriptors.isBig(d) ? 0xffff_ffffL : 0xffff;
        return new Stack(
                c,
                Descriptors.base(d),
                mask,
                true,
                Descriptors.limit(d),
                Descriptors.attributes(d),
                selector & 0xfffc,
                sp);
    }

    /** One of 64-bit mode. */
    static Stack wide(Cpu c, long rsp, boolean inner) {
        return new Stack(c, 0, -1, inner, 0, 0, 0, rsp);
    }

    void push(int size, long value) {
        long to = sp - size & mask;
        long at = address(to, size);
        if (inner) {
            c.mmu.systemStore(at, size, value);
        } else {
            c.st(at, size, value);
        }
        sp = to;
    }

    long pop(int size) {
        long value = peek(0, size);
        sp = sp + size & mask;
        return value;
    }

    /** What is above the top by that many bytes. */
    long peek(long above, int size) {
        return c.ld(address(sp + above & mask, size), size);
    }

    /** Takes bytes from the top. */
    void release(int bytes) {
        sp = sp + bytes & mask;
    }

    private long address(long offset, int size) {
        if (wide) {
            if (!Segmentation.canonical(offset) || !Segmentation.canonical(offset + size - 1)) {
                throw c.fault(GuestFault.SS, errorCode);
            }
            return offset;
        }
        boolean allowed = (attributes & Segment.UNUSABLE) == 0;
        if (!allowed || !Segmentation.inLimit(limit, attributes, offset, size)) {
            throw c.fault(GuestFault.SS, errorCode);
        }
        return base + offset & 0xffff_ffffL;
    }

    /** What RSP becomes. */
    long rsp() {
        return mask == 0xffff ? initial & ~mask | sp : sp;
    }

    void commit() {
        c.r[Cpu.RSP] = rsp();
    }
}
