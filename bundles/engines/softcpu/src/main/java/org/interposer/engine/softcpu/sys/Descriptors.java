package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Segment;

/**
 * Descriptors of the GDT and the LDT, as the 8 bytes that they are in memory (SDM vol. 3 §3.4.5,
 * §3.5). What is wrong with one is reported as the exception that the caller wants, with the
 * selector as its error code.
 */
final class Descriptors {
    /** Types of system descriptors (SDM vol. 3 table 3-2). */
    static final int TSS16 = 1, LDT = 2, TSS16_BUSY = 3, CALL16 = 4, TASK_GATE = 5;

    /** Types of system descriptors; the 64-bit ones have the numbers of the 32-bit ones. */
    static final int TSS = 9, TSS_BUSY = 11, CALL = 12;

    /** Types of gates of the IDT. */
    static final int INTERRUPT16 = 6, TRAP16 = 7, INTERRUPT = 14, TRAP = 15;

    private static final int LOCAL = 4;
    private static final long OUTSIDE = -1;
    private static final int TYPE_BYTE = 5;
    private static final int BUSY = 2;

    private Descriptors() {}

    static boolean isNull(int selector) {
        return (selector & 0xfffc) == 0;
    }

    /** An exception whose error code is a selector. */
    static GuestFault fault(Cpu c, int vector, int selector) {
        return c.fault(vector, selector & 0xfffc);
    }

    /** The descriptor of a selector; where the table has none, an exception. */
    static long read(Cpu c, int selector, int vector) {
        long at = address(c, selector, 8);
        if (at == OUTSIDE) {
            throw fault(c, vector, selector);
        }
        return c.mmu.systemLoad(at, 8);
    }

    /** Whether the table has a descriptor of that selector. */
    static boolean exists(Cpu c, int selector) {
        return !isNull(selector) && address(c, selector, 8) != OUTSIDE;
    }

    /** The second half of a 16-byte descriptor: bits 32–63 of its base or offset. */
    static long upper(Cpu c, int selector, int vector) {
        long at = address(c, selector, 16);
        if (at == OUTSIDE) {
            throw fault(c, vector, selector);
        }
        long upper = c.mmu.systemLoad(at + 8, 8);
        if ((upper >>> 40 & 0x1f) != 0) {
            throw fault(c, vector, selector);
        }
        return upper << 32;
    }

    private static long address(Cpu c, int selector, int size) {
        long base = c.gdtBase;
        long limit = c.gdtLimit & 0xffffL;
        if ((selector & LOCAL) != 0) {
            if (!c.ldtr.usable() || isNull(c.ldtr.selector)) {
                return OUTSIDE;
            }
            base = c.ldtBase;
            limit = c.ldtr.limit & 0xffff_ffffL;
        }
        int offset = selector & 0xfff8;
        return offset + size - 1 > limit ? OUTSIDE : wrap(c, base + offset);
    }

    /** A linear address of a table, which has 32 bits outside long mode. */
    static long wrap(Cpu c, long address) {
        return c.longMode() ? address : address & 0xffff_ffffL;
    }

    /** Sets the accessed bit of a code or data segment in its table. */
    static void access(Cpu c, int selector, long d) {
        if ((type(d) & Segment.ACCESSED) == 0) {
            setType(c, selector, d, Segment.ACCESSED);
        }
    }

    /** Sets the busy bit of a TSS in its table. */
    static void busy(Cpu c, int selector, long d) {
        setType(c, selector, d, BUSY);
    }

    private static void setType(Cpu c, int selector, long d, int bit) {
        long at = address(c, selector, 8) + TYPE_BYTE;
        c.mmu.systemStore(at, 1, d >>> 40 & 0xff | bit);
    }

    static int type(long d) {
        return (int) (d >>> 40) & 0xf;
    }

    /** Code or data, no system descriptor. */
    static boolean isSegment(long d) {
        return (d & 1L << 44) != 0;
    }

    static boolean isCode(long d) {
        return isSegment(d) && (type(d) & Segment.CODE) != 0;
    }

    static boolean isConforming(long d) {
        return (type(d) & Segment.CONFORMING) != 0;
    }

    static boolean isWritableData(long d) {
        return isSegment(d) && (type(d) & (Segment.CODE | Segment.WRITABLE)) == Segment.WRITABLE;
    }

    static boolean isReadable(long d) {
        return isSegment(d) && (type(d) & (Segment.CODE | Segment.READABLE)) != Segment.CODE;
    }

    static int dpl(long d) {
        return (int) (d >>> 45) & 3;
    }

    static boolean isPresent(long d) {
        return (d & 1L << 47) != 0;
    }

    static boolean isLong(long d) {
        return (d & 1L << 53) != 0;
    }

    static boolean isBig(long d) {
        return (d & 1L << 54) != 0;
    }

    static long base(long d) {
        return d >>> 16 & 0xff_ffff | d >>> 32 & 0xff00_0000L;
    }

    /** In bytes, inclusive. */
    static int limit(long d) {
        int raw = (int) (d & 0xffff | d >>> 32 & 0xf_0000);
        return (d & 1L << 55) != 0 ? raw << 12 | 0xfff : raw;
    }

    /** As {@link Segment#attributes} has them. */
    static int attributes(long d) {
        return (int) (d >>> 40) & 0xf0ff;
    }

    /** Gates: the code segment. */
    static int gateSelector(long d) {
        return (int) (d >>> 16) & 0xffff;
    }

    /** Gates: the offset, without its upper half in a 64-bit gate. */
    static long gateOffset(long d) {
        return d & 0xffff | d >>> 32 & 0xffff_0000L;
    }
}
