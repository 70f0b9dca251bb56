package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** Moves of 16 bytes, and of halves and elements of an XMM register. */
final class MoveOps {
    private MoveOps() {}

    static void fill(Table t) {
        whole(t, Table.NONE, 0x110, false); // MOVUPS
        whole(t, Table.P66, 0x110, false); // MOVUPD
        whole(t, Table.NONE, 0x128, true); // MOVAPS
        whole(t, Table.P66, 0x128, true); // MOVAPD
        t.add(Table.P66, 0x16f, i -> load(i, true)); // MOVDQA
        t.add(Table.P66, 0x17f, i -> store(i, true));
        t.add(Table.F3, 0x16f, i -> load(i, false)); // MOVDQU
        t.add(Table.F3, 0x17f, i -> store(i, false));
        t.addMem(Table.F2, 0x1f0, i -> load(i, false)); // LDDQU
        t.addMem(Table.P66, 0x22a, i -> load(i, true)); // MOVNTDQA
        t.addMem(Table.NONE, 0x12b, i -> store(i, true)); // MOVNTPS
        t.addMem(Table.P66, 0x12b, i -> store(i, true)); // MOVNTPD
        t.addMem(Table.P66, 0x1e7, i -> store(i, true)); // MOVNTDQ
        scalars(t);
        halves(t);
    }

    private static void whole(Table t, int prefix, int opcode, boolean aligned) {
        t.add(prefix, opcode, i -> load(i, aligned));
        t.add(prefix, opcode + 1, i -> store(i, aligned));
    }

    private static Op load(Insn i, boolean aligned) {
        return i.isMem ? new Load(i, aligned) : new Copy(i, i.reg, i.rm);
    }

    private static Op store(Insn i, boolean aligned) {
        return i.isMem ? new Store(i, aligned) : new Copy(i, i.rm, i.reg);
    }

    private static void scalars(Table t) {
        t.add(Table.F3, 0x110, i -> i.isMem ? new LoadDword(i) : new CopyDword(i, i.reg, i.rm));
        t.add(Table.F3, 0x111, i -> i.isMem ? new StoreDword(i) : new CopyDword(i, i.rm, i.reg));
        t.add(Table.F2, 0x110, i -> i.isMem ? new LoadQword(i) : new CopyLow(i, i.reg, i.rm));
        t.add(Table.F2, 0x111, i -> i.isMem ? new StoreHalf(i, 0) : new CopyLow(i, i.rm, i.reg));
        t.add(Table.F3, 0x17e, i -> i.isMem ? new LoadQword(i) : new MoveQword(i, i.reg, i.rm));
        t.add(Table.P66, 0x1d6, i -> i.isMem ? new StoreHalf(i, 0) : new MoveQword(i, i.rm, i.reg));
    }

    private static void halves(Table t) {
        t.add(Table.NONE, 0x112, i -> i.isMem ? new LoadHalf(i, 0) : new MoveHalf(i, 0, 1));
        t.addMem(Table.P66, 0x112, i -> new LoadHalf(i, 0));
        t.addMem(Table.NONE, 0x113, i -> new StoreHalf(i, 0));
        t.addMem(Table.P66, 0x113, i -> new StoreHalf(i, 0));
        t.add(Table.NONE, 0x116, i -> i.isMem ? new LoadHalf(i, 1) : new MoveHalf(i, 1, 0));
        t.addMem(Table.P66, 0x116, i -> new LoadHalf(i, 1));
        t.addMem(Table.NONE, 0x117, i -> new StoreHalf(i, 1));
        t.addMem(Table.P66, 0x117, i -> new StoreHalf(i, 1));
    }

    private static final class Load extends XmmOp {
        Load(Insn i, boolean aligned) {
            super(i, 16, aligned, false);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            load16(c, address(c), d);
            return next;
        }
    }

    private static final class Store extends XmmOp {
        Store(Insn i, boolean aligned) {
            super(i, 16, aligned, true);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            store16(c, address(c), d);
            return next;
        }
    }

    /** A move between registers. */
    private abstract static class Move extends Op {
        final int to;
        final int from;

        Move(Insn i, int to, int from) {
            super(i.off, i.length);
            this.to = 2 * to;
            this.from = 2 * from;
        }
    }

    private static final class Copy extends Move {
        Copy(Insn i, int to, int from) {
            super(i, to, from);
        }

        @Override
        public Op exec(Cpu c) {
            XmmOp.enter(c);
            long[] x = c.xmm;
            x[to] = x[from];
            x[to + 1] = x[from + 1];
            return next;
        }
    }

    /** MOVSS between registers: the rest stays. */
    private static final class CopyDword extends Move {
        CopyDword(Insn i, int to, int from) {
            super(i, to, from);
        }

        @Override
        public Op exec(Cpu c) {
            XmmOp.enter(c);
            long[] x = c.xmm;
            x[to] = x[to] & XmmOp.HIGH | x[from] & XmmOp.LOW;
            return next;
        }
    }

    /** MOVSD between registers: the high half stays. */
    private static final class CopyLow extends Move {
        CopyLow(Insn i, int to, int from) {
            super(i, to, from);
        }

        @Override
        public Op exec(Cpu c) {
            XmmOp.enter(c);
            c.xmm[to] = c.xmm[from];
            return next;
        }
    }

    /** MOVQ between registers: the high half becomes 0. */
    private static final class MoveQword extends Move {
        MoveQword(Insn i, int to, int from) {
            super(i, to, from);
        }

        @Override
        public Op exec(Cpu c) {
            XmmOp.enter(c);
            long[] x = c.xmm;
            x[to] = x[from];
            x[to + 1] = 0;
            return next;
        }
    }

    /** MOVHLPS and MOVLHPS. */
    private static final class MoveHalf extends Op {
        private final int to;
        private final int from;

        MoveHalf(Insn i, int toHalf, int fromHalf) {
            super(i.off, i.length);
            to = 2 * i.reg + toHalf;
            from = 2 * i.rm + fromHalf;
        }

        @Override
        public Op exec(Cpu c) {
            XmmOp.enter(c);
            c.xmm[to] = c.xmm[from];
            return next;
        }
    }

    private static final class LoadDword extends XmmOp {
        LoadDword(Insn i) {
            super(i, 4);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long v = c.ld32(ea(c)) & LOW;
            long[] x = c.xmm;
            x[d] = v;
            x[d + 1] = 0;
            return next;
        }
    }

    private static final class StoreDword extends XmmOp {
        StoreDword(Insn i) {
            super(i, 4, false, true);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            c.st32(ea(c), (int) c.xmm[d]);
            return next;
        }
    }

    private static final class LoadQword extends XmmOp {
        LoadQword(Insn i) {
            super(i, 8);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long v = c.ld64(ea(c));
            long[] x = c.xmm;
            x[d] = v;
            x[d + 1] = 0;
            return next;
        }
    }

    private static final class LoadHalf extends XmmOp {
        private final int to;

        LoadHalf(Insn i, int half) {
            super(i, 8);
            to = d + half;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            c.xmm[to] = c.ld64(ea(c));
            return next;
        }
    }

    private static final class StoreHalf extends XmmOp {
        private final int from;

        StoreHalf(Insn i, int half) {
            super(i, 8, false, true);
            from = d + half;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            c.st64(ea(c), c.xmm[from]);
            return next;
        }
    }
}
