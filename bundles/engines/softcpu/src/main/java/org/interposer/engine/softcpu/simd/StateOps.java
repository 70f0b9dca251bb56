package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Control;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.UndefinedOp;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.mem.Host;
import org.interposer.engine.softcpu.op.MemOp;

/** FXSAVE, FXRSTOR, LDMXCSR, STMXCSR, CLFLUSH, the fences, EMMS, WAIT. */
final class StateOps {
    private StateOps() {}

    static void fill(Table t) {
        t.add(Table.NONE, 0x1ae, StateOps::group15);
        t.add(Table.NONE, 0x177, Emms::new);
    }

    /**
     * 0F AE without prefix. RDFSBASE and its kin have the prefix F3 and are system instructions.
     */
    private static Op group15(Insn i) {
        if (!i.isMem) {
            return i.ext() >= 5 ? new Fence(i) : new UndefinedOp(i);
        }
        return switch (i.ext()) {
            case 0 -> new Save(i);
            case 1 -> new Restore(i);
            case 2 -> new LoadMxcsr(i);
            case 3 -> new StoreMxcsr(i);
            case 7 -> new Flush(i);
            default -> new UndefinedOp(i);
        };
    }

    /** 9B. */
    static Op waitOp(Insn i) {
        return new Wait(i);
    }

    /** #NM and the alignment of an FXSAVE image. */
    private static void check(Cpu c) {
        if (c.fpuTrap != 0) {
            throw c.fault(GuestFault.NM, 0);
        }
    }

    private static long aligned(Cpu c, long va) {
        if ((va & 15) != 0) {
            throw c.protection();
        }
        return va;
    }

    private static int registers(Cpu c) {
        return c.code64() ? 16 : 8;
    }

    /** The end is looked at first, as AMD's processors do: it shows in CR2 if all is missing. */
    private static final int LAST = FxState.SIZE - 1;

    private static final class Save extends MemOp {
        private final boolean wide;
        private final byte[] image = new byte[FxState.SIZE];

        Save(Insn i) {
            super(i, FxState.SIZE, true);
            wide = CrossOps.wide(i);
        }

        @Override
        public Op exec(Cpu c) {
            check(c);
            long va = aligned(c, ea(c));
            c.mmu.probeWrite(va + LAST, 1);
            c.mmu.probeWrite(va, FxState.SIZE);
            FxState.save(c, image, wide, registers(c));
            // What lies behind the registers is software's and stays as it is.
            Image.store(c, va, image, 0, FxState.XMM + 16 * registers(c));
            return next;
        }
    }

    private static final class Restore extends MemOp {
        private final boolean wide;
        private final byte[] image = new byte[FxState.SIZE];

        Restore(Insn i) {
            super(i, FxState.SIZE, false);
            wide = CrossOps.wide(i);
        }

        @Override
        public Op exec(Cpu c) {
            check(c);
            long va = aligned(c, ea(c));
            c.mmu.probeRead(va + LAST, 1);
            Image.load(c, va, image, FxState.SIZE);
            if ((FxState.get32(image, FxState.MXCSR) & ~FxState.MXCSR_MASK) != 0) {
                throw c.protection();
            }
            FxState.load(c, image, wide, registers(c));
            return next;
        }
    }

    private static final class LoadMxcsr extends XmmOp {
        LoadMxcsr(Insn i) {
            super(i, 4);
        }

        @Override
        public Op exec(Cpu c) {
            int v = source4(c);
            if ((v & ~FxState.MXCSR_MASK) != 0) {
                throw c.protection();
            }
            c.sse.loadMxcsr(v);
            return next;
        }
    }

    private static final class StoreMxcsr extends XmmOp {
        StoreMxcsr(Insn i) {
            super(i, 4, false, true);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            c.st32(ea(c), c.sse.mxcsr());
            return next;
        }
    }

    /**
     * CLFLUSH: the host's caches are coherent; only its faults are left, those of a byte's load.
     */
    private static final class Flush extends MemOp {
        Flush(Insn i) {
            super(i, 1, false);
        }

        @Override
        public Op exec(Cpu c) {
            c.mmu.probeRead(ea(c), 1);
            return next;
        }
    }

    /** LFENCE, MFENCE, SFENCE: only MFENCE orders what x86 hosts would not order anyway. */
    private static final class Fence extends Op {
        private final boolean full;

        Fence(Insn i) {
            super(i.off, i.length);
            full = i.ext() == 6;
        }

        @Override
        public Op exec(Cpu c) {
            if (full) {
                Host.fullFence();
            }
            return next;
        }
    }

    private static final class Emms extends Op {
        Emms(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            MmxOp.enter(c);
            c.x87.emms();
            return next;
        }
    }

    private static final class Wait extends Op {
        private static final long BOTH = Control.CR0_MP | Control.CR0_TS;

        Wait(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            if ((c.cr0 & BOTH) == BOTH) {
                throw c.fault(GuestFault.NM, 0);
            }
            MmxOp.waitFor(c);
            return next;
        }
    }
}
