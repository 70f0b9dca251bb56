package org.interposer.engine.kvm;

import static org.interposer.engine.kvm.VcpuLayout.DEBUGREGS_DB;
import static org.interposer.engine.kvm.VcpuLayout.DEBUGREGS_DR6;
import static org.interposer.engine.kvm.VcpuLayout.DEBUGREGS_DR7;
import static org.interposer.engine.kvm.VcpuLayout.DTABLE_BASE;
import static org.interposer.engine.kvm.VcpuLayout.DTABLE_LIMIT;
import static org.interposer.engine.kvm.VcpuLayout.REGS_RAX;
import static org.interposer.engine.kvm.VcpuLayout.REGS_RFLAGS;
import static org.interposer.engine.kvm.VcpuLayout.REGS_RIP;
import static org.interposer.engine.kvm.VcpuLayout.SEGMENT_AVL;
import static org.interposer.engine.kvm.VcpuLayout.SEGMENT_BASE;
import static org.interposer.engine.kvm.VcpuLayout.SEGMENT_DB;
import static org.interposer.engine.kvm.VcpuLayout.SEGMENT_DPL;
import static org.interposer.engine.kvm.VcpuLayout.SEGMENT_G;
import static org.interposer.engine.kvm.VcpuLayout.SEGMENT_L;
import static org.interposer.engine.kvm.VcpuLayout.SEGMENT_LIMIT;
import static org.interposer.engine.kvm.VcpuLayout.SEGMENT_PRESENT;
import static org.interposer.engine.kvm.VcpuLayout.SEGMENT_S;
import static org.interposer.engine.kvm.VcpuLayout.SEGMENT_SELECTOR;
import static org.interposer.engine.kvm.VcpuLayout.SEGMENT_TYPE;
import static org.interposer.engine.kvm.VcpuLayout.SEGMENT_UNUSABLE;

import org.interposer.api.engine.CpuState.Control;
import org.interposer.api.engine.CpuState.Segment;
import org.interposer.api.engine.CpuState.Segments;
import org.interposer.api.engine.CpuState.Table;

/** General, segment, control and debug registers between KVM's structures and the records. */
final class RegisterCodec {
    /** Encoding order to the order of struct kvm_regs: rax rbx rcx rdx rsi rdi rsp rbp r8 … r15. */
    private static final int[] REGS_INDEX = {0, 2, 3, 1, 6, 7, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15};

    private static final int DEBUG_ADDRESSES = 4;

    private RegisterCodec() {}

    static long[] gprs(Struct regs) {
        long[] gpr = new long[REGS_INDEX.length];
        for (int i = 0; i < gpr.length; i++) {
            gpr[i] = regs.get64(REGS_RAX + 8 * REGS_INDEX[i]);
        }
        return gpr;
    }

    static Struct regs(long[] gpr, long rip, long rflags) {
        Struct regs = new Struct(VcpuLayout.REGS_SIZE);
        for (int i = 0; i < REGS_INDEX.length; i++) {
            regs.put64(REGS_RAX + 8 * REGS_INDEX[i], gpr[i]);
        }
        return regs.put64(REGS_RIP, rip).put64(REGS_RFLAGS, rflags);
    }

    static Segments segments(Struct s) {
        return new Segments(
                segment(s, VcpuLayout.SREGS_CS),
                segment(s, VcpuLayout.SREGS_DS),
                segment(s, VcpuLayout.SREGS_ES),
                segment(s, VcpuLayout.SREGS_FS),
                segment(s, VcpuLayout.SREGS_GS),
                segment(s, VcpuLayout.SREGS_SS),
                segment(s, VcpuLayout.SREGS_LDT),
                segment(s, VcpuLayout.SREGS_TR),
                table(s, VcpuLayout.SREGS_GDT),
                table(s, VcpuLayout.SREGS_IDT));
    }

    static void segments(Struct s, Segments segments) {
        put(s, VcpuLayout.SREGS_CS, segments.cs());
        put(s, VcpuLayout.SREGS_DS, segments.ds());
        put(s, VcpuLayout.SREGS_ES, segments.es());
        put(s, VcpuLayout.SREGS_FS, segments.fs());
        put(s, VcpuLayout.SREGS_GS, segments.gs());
        put(s, VcpuLayout.SREGS_SS, segments.ss());
        put(s, VcpuLayout.SREGS_LDT, segments.ldt());
        put(s, VcpuLayout.SREGS_TR, segments.tr());
        put(s, VcpuLayout.SREGS_GDT, segments.gdt());
        put(s, VcpuLayout.SREGS_IDT, segments.idt());
    }

    private static Segment segment(Struct s, int at) {
        int attributes =
                s.get8(at + SEGMENT_TYPE)
                        | s.get8(at + SEGMENT_S) << 4
                        | s.get8(at + SEGMENT_DPL) << 5
                        | s.get8(at + SEGMENT_PRESENT) << 7
                        | s.get8(at + SEGMENT_AVL) << 12
                        | s.get8(at + SEGMENT_L) << 13
                        | s.get8(at + SEGMENT_DB) << 14
                        | s.get8(at + SEGMENT_G) << 15
                        | (s.get8(at + SEGMENT_UNUSABLE) != 0 ? Segment.UNUSABLE : 0);
        return new Segment(
                s.get16(at + SEGMENT_SELECTOR),
                s.get64(at + SEGMENT_BASE),
                s.get32(at + SEGMENT_LIMIT),
                attributes);
    }

    private static void put(Struct s, int at, Segment segment) {
        int a = segment.attributes();
        s.put64(at + SEGMENT_BASE, segment.base());
        s.put32(at + SEGMENT_LIMIT, segment.limit());
        s.put16(at + SEGMENT_SELECTOR, segment.selector());
        s.put8(at + SEGMENT_TYPE, a & 0xf);
        s.put8(at + SEGMENT_S, a >> 4 & 1);
        s.put8(at + SEGMENT_DPL, a >> 5 & 3);
        s.put8(at + SEGMENT_PRESENT, a >> 7 & 1);
        s.put8(at + SEGMENT_AVL, a >> 12 & 1);
        s.put8(at + SEGMENT_L, a >> 13 & 1);
        s.put8(at + SEGMENT_DB, a >> 14 & 1);
        s.put8(at + SEGMENT_G, a >> 15 & 1);
        s.put8(at + SEGMENT_UNUSABLE, (a & Segment.UNUSABLE) != 0 ? 1 : 0);
    }

    private static Table table(Struct s, int at) {
        return new Table(s.get64(at + DTABLE_BASE), s.get16(at + DTABLE_LIMIT));
    }

    private static void put(Struct s, int at, Table table) {
        s.put64(at + DTABLE_BASE, table.base()).put16(at + DTABLE_LIMIT, table.limit());
    }

    static Control control(Struct s, long xcr0) {
        return new Control(
                s.get64(VcpuLayout.SREGS_CR0),
                s.get64(VcpuLayout.SREGS_CR2),
                s.get64(VcpuLayout.SREGS_CR3),
                s.get64(VcpuLayout.SREGS_CR4),
                s.get64(VcpuLayout.SREGS_CR8),
                s.get64(VcpuLayout.SREGS_EFER),
                s.get64(VcpuLayout.SREGS_APIC_BASE),
                xcr0);
    }

    static void control(Struct s, Control control) {
        s.put64(VcpuLayout.SREGS_CR0, control.cr0());
        s.put64(VcpuLayout.SREGS_CR2, control.cr2());
        s.put64(VcpuLayout.SREGS_CR3, control.cr3());
        s.put64(VcpuLayout.SREGS_CR4, control.cr4());
        s.put64(VcpuLayout.SREGS_CR8, control.cr8());
        s.put64(VcpuLayout.SREGS_EFER, control.efer());
        s.put64(VcpuLayout.SREGS_APIC_BASE, control.apicBase());
    }

    static long[] debug(Struct s) {
        long[] debug = new long[DEBUG_ADDRESSES + 2];
        for (int i = 0; i < DEBUG_ADDRESSES; i++) {
            debug[i] = s.get64(DEBUGREGS_DB + 8 * i);
        }
        debug[DEBUG_ADDRESSES] = s.get64(DEBUGREGS_DR6);
        debug[DEBUG_ADDRESSES + 1] = s.get64(DEBUGREGS_DR7);
        return debug;
    }

    static Struct debug(long[] debug) {
        Struct s = new Struct(VcpuLayout.DEBUGREGS_SIZE);
        for (int i = 0; i < DEBUG_ADDRESSES; i++) {
            s.put64(DEBUGREGS_DB + 8 * i, debug[i]);
        }
        s.put64(DEBUGREGS_DR6, debug[DEBUG_ADDRESSES]);
        return s.put64(DEBUGREGS_DR7, debug[DEBUG_ADDRESSES + 1]);
    }
}
