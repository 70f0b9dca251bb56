package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Modes;
import org.interposer.engine.softcpu.cpu.Segment;

/** Loads segment registers with all checks (SDM vol. 2 MOV, vol. 3 §5.6, §5.7). */
final class SegmentLoad {
    /** Attributes of a data segment of virtual-8086 mode. */
    private static final int V86_DATA = 0xf3;

    private static final int DPL_SHIFT = 5;

    private SegmentLoad() {}

    /** Any but CS, as MOV, POP and LDS do. */
    static void load(Cpu c, int seg, int selector) {
        if (!c.protectedMode()) {
            real(c, seg, selector);
        } else if (c.v86()) {
            c.seg[seg].set(selector, 0xffff, V86_DATA);
            c.r[Cpu.SEG_BASE + seg] = (long) selector << 4;
        } else if (seg == Cpu.SS) {
            stack(c, selector);
        } else {
            data(c, seg, selector);
        }
    }

    /** Real mode: the hidden limit and attributes stay (SDM vol. 3 §20.1.1). */
    static void real(Cpu c, int seg, int selector) {
        Segment s = c.seg[seg];
        s.set(selector, s.limit, s.usable() ? s.attributes : s.attributes & ~Segment.UNUSABLE);
        c.r[Cpu.SEG_BASE + seg] = (long) selector << 4;
    }

    private static void data(Cpu c, int seg, int selector) {
        if (Descriptors.isNull(selector)) {
            c.seg[seg].set(selector, 0, Segment.UNUSABLE);
            c.r[Cpu.SEG_BASE + seg] = 0;
            return;
        }
        long d = Descriptors.read(c, selector, GuestFault.GP);
        boolean conforming = Descriptors.isCode(d) && Descriptors.isConforming(d);
        int needed = Math.max(selector & 3, c.cpl);
        if (!Descriptors.isReadable(d) || !conforming && Descriptors.dpl(d) < needed) {
            throw Descriptors.fault(c, GuestFault.GP, selector);
        }
        if (!Descriptors.isPresent(d)) {
            throw Descriptors.fault(c, GuestFault.NP, selector);
        }
        Descriptors.access(c, selector, d);
        set(c, seg, selector, d);
    }

    private static void stack(Cpu c, int selector) {
        if (Descriptors.isNull(selector)) {
            if (!c.code64() || c.cpl == 3 || (selector & 3) != c.cpl) {
                throw c.protection();
            }
            nullStack(c, selector, c.cpl);
            return;
        }
        long d = stackDescriptor(c, selector, c.cpl, GuestFault.GP);
        Descriptors.access(c, selector, d);
        set(c, Cpu.SS, selector, d);
        Modes.update(c);
    }

    /** The checked descriptor of a stack for a privilege level. */
    static long stackDescriptor(Cpu c, int selector, int cpl, int vector) {
        long d = Descriptors.read(c, selector, vector);
        boolean right = (selector & 3) == cpl && Descriptors.dpl(d) == cpl;
        if (!right || !Descriptors.isWritableData(d)) {
            throw Descriptors.fault(c, vector, selector);
        }
        if (!Descriptors.isPresent(d)) {
            throw Descriptors.fault(c, GuestFault.SS, selector);
        }
        return d;
    }

    /** SS without a segment, as 64-bit mode has it in the kernel. */
    static void nullStack(Cpu c, int selector, int cpl) {
        c.seg[Cpu.SS].set(selector, 0, Segment.UNUSABLE | cpl << DPL_SHIFT);
        c.r[Cpu.SEG_BASE + Cpu.SS] = 0;
    }

    /** Sets a segment register from its descriptor, without checks. */
    static void set(Cpu c, int seg, int selector, long d) {
        c.seg[seg].set(selector, Descriptors.limit(d), Descriptors.attributes(d));
        c.r[Cpu.SEG_BASE + seg] = Descriptors.base(d);
    }

    /** Sets a segment register to a flat segment, as SYSCALL and SYSENTER do. */
    static void flat(Cpu c, int seg, int selector, int attributes) {
        c.seg[seg].set(selector, -1, attributes);
        c.r[Cpu.SEG_BASE + seg] = 0;
    }

    /** After a return to an outer level: its code keeps no segment that it may not use. */
    static void dropInner(Cpu c) {
        drop(c, Cpu.ES);
        drop(c, Cpu.DS);
        drop(c, Cpu.FS);
        drop(c, Cpu.GS);
    }

    private static void drop(Cpu c, int seg) {
        Segment s = c.seg[seg];
        boolean conforming = s.isCode() && s.has(Segment.CONFORMING);
        // A null selector loses its RPL, too.
        if (!s.usable() || !conforming && s.dpl() < c.cpl) {
            // The base stays: FS and GS without a segment still have one in 64-bit mode.
            s.set(0, 0, Segment.UNUSABLE);
        }
    }
}
