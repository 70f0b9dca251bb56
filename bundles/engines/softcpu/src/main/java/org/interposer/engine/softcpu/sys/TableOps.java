package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Control;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.Segment;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.op.MemOp;
import org.interposer.engine.softcpu.op.RmOp;

/** The registers of descriptor tables and of the task (SDM vol. 3 §2.4). */
final class TableOps {
    private TableOps() {}

    static void kernelOnly(Cpu c) {
        if (c.cpl != 0) {
            throw c.protection();
        }
    }

    /** UMIP keeps user code from reading where the tables are. */
    static void checkUmip(Cpu c) {
        if (c.cpl != 0 && (c.cr4 & Control.CR4_UMIP) != 0) {
            throw c.protection();
        }
    }

    private static void protectedOnly(Cpu c) {
        if (!c.protectedMode() || c.v86()) {
            throw c.undefined();
        }
    }

    /** LGDT and LIDT. */
    static final class LoadTable extends MemOp {
        private final boolean gdt;
        private final int size;
        private final long mask;

        LoadTable(Insn i, boolean gdt) {
            super(i, i.long64() ? 10 : 6, false);
            this.gdt = gdt;
            size = i.long64() ? 8 : 4;
            mask = i.long64() ? -1 : i.opSize == 2 ? 0xff_ffff : 0xffff_ffffL;
        }

        @Override
        public Op exec(Cpu c) {
            kernelOnly(c);
            int limit = c.ld16(ea(c));
            long base = c.ld(ea(c, 2, size), size) & mask;
            if (!Segmentation.canonical(base)) {
                throw c.protection();
            }
            if (gdt) {
                c.gdtLimit = limit;
                c.gdtBase = base;
            } else {
                c.idtLimit = limit;
                c.idtBase = base;
            }
            return next;
        }
    }

    /** SGDT and SIDT. */
    static final class StoreTable extends MemOp {
        private final boolean gdt;
        private final int size;

        StoreTable(Insn i, boolean gdt) {
            super(i, i.long64() ? 10 : 6, true);
            this.gdt = gdt;
            size = i.long64() ? 8 : 4;
        }

        @Override
        public Op exec(Cpu c) {
            checkUmip(c);
            long at = ea(c);
            c.mmu.probeWrite(at, size + 2);
            c.st16(at, gdt ? c.gdtLimit : c.idtLimit);
            c.st(ea(c, 2, size), size, gdt ? c.gdtBase : c.idtBase);
            return next;
        }
    }

    /** SLDT and STR. */
    static final class StoreSelector extends RmOp {
        private final boolean task;

        StoreSelector(Insn i, boolean task) {
            super(i, i.isMem ? 2 : i.opSize, true);
            this.task = task;
        }

        @Override
        public Op exec(Cpu c) {
            protectedOnly(c);
            checkUmip(c);
            write(c, task ? c.tr.selector : c.ldtr.selector);
            return next;
        }
    }

    /** LLDT. */
    static final class LoadLdt extends RmOp {
        LoadLdt(Insn i) {
            super(i, 2, false);
        }

        @Override
        public Op exec(Cpu c) {
            protectedOnly(c);
            kernelOnly(c);
            int selector = (int) read(c);
            if (Descriptors.isNull(selector)) {
                c.ldtr.set(selector, 0, Segment.UNUSABLE);
                c.ldtBase = 0;
                return next;
            }
            long d = systemDescriptor(c, selector);
            if (Descriptors.isSegment(d) || Descriptors.type(d) != Descriptors.LDT) {
                throw Descriptors.fault(c, GuestFault.GP, selector);
            }
            long base = base(c, selector, d);
            c.ldtr.set(selector, Descriptors.limit(d), Descriptors.attributes(d));
            c.ldtBase = base;
            return next;
        }
    }

    /** LTR. */
    static final class LoadTask extends RmOp {
        private static final int BUSY = 2;

        LoadTask(Insn i) {
            super(i, 2, false);
        }

        @Override
        public Op exec(Cpu c) {
            protectedOnly(c);
            kernelOnly(c);
            int selector = (int) read(c);
            if (Descriptors.isNull(selector)) {
                throw c.protection();
            }
            long d = systemDescriptor(c, selector);
            int type = Descriptors.type(d);
            boolean available =
                    type == Descriptors.TSS || type == Descriptors.TSS16 && !c.longMode();
            if (Descriptors.isSegment(d) || !available) {
                throw Descriptors.fault(c, GuestFault.GP, selector);
            }
            long base = base(c, selector, d);
            Descriptors.busy(c, selector, d);
            c.tr.set(selector, Descriptors.limit(d), Descriptors.attributes(d) | BUSY);
            c.trBase = base;
            return next;
        }
    }

    private static long systemDescriptor(Cpu c, int selector) {
        if ((selector & 4) != 0) {
            throw Descriptors.fault(c, GuestFault.GP, selector);
        }
        return Descriptors.read(c, selector, GuestFault.GP);
    }

    private static long base(Cpu c, int selector, long d) {
        long upper = c.longMode() ? Descriptors.upper(c, selector, GuestFault.GP) : 0;
        if (!Descriptors.isPresent(d)) {
            throw Descriptors.fault(c, GuestFault.NP, selector);
        }
        long base = Descriptors.base(d) | upper;
        if (!Segmentation.canonical(base)) {
            throw Descriptors.fault(c, GuestFault.GP, selector);
        }
        return base;
    }
}
