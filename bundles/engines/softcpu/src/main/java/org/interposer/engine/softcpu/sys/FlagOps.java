package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** Instructions on the system flags (SDM vol. 2 CLI, STI, PUSHF, POPF, CLAC, STAC). */
final class FlagOps {
    private FlagOps() {}

    /** #GP(0) where IF is not the program's to change. */
    private static void checkIopl(Cpu c) {
        if (c.protectedMode() && c.cpl > Flags.iopl(c)) {
            throw c.protection();
        }
    }

    /** CLI. */
    static final class Cli extends Op {
        Cli(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            checkIopl(c);
            c.fl &= ~Flags.IF;
            return next;
        }
    }

    /** STI. */
    static final class Sti extends Op {
        Sti(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            checkIopl(c);
            if ((c.fl & Flags.IF) == 0) {
                c.fl |= Flags.IF;
                c.shadow = true;
                c.stop();
            }
            return next;
        }
    }

    /** CLAC and STAC. */
    static final class AlignmentCheck extends Op {
        private final boolean set;

        AlignmentCheck(Insn i, boolean set) {
            super(i.off, i.length);
            this.set = set;
        }

        @Override
        public Op exec(Cpu c) {
            if (c.cpl != 0 || !c.protectedMode()) {
                throw c.undefined();
            }
            c.fl = set ? c.fl | Flags.AC : c.fl & ~Flags.AC;
            c.mmu.select();
            return next;
        }
    }

    /** PUSHF. */
    static final class Push extends Op {
        private final int size;

        Push(Insn i) {
            super(i.off, i.length);
            size = i.long64() && i.opSize == 4 ? 8 : i.opSize;
        }

        @Override
        public Op exec(Cpu c) {
            if (c.v86() && Flags.iopl(c) < 3) {
                throw c.protection();
            }
            Stack stack = Stack.current(c);
            stack.push(size, Flags.get(c) & ~(Flags.VM | Flags.RF));
            stack.commit();
            return next;
        }

        @Override
        public boolean stack() {
            return true;
        }
    }

    /** POPF. */
    static final class Pop extends Op {
        private static final long ALWAYS = Flags.ARITHMETIC | Flags.TF | Flags.DF | Flags.NT;
        private final int size;

        Pop(Insn i) {
            super(i.off, i.length);
            size = i.long64() && i.opSize == 4 ? 8 : i.opSize;
        }

        @Override
        public Op exec(Cpu c) {
            if (c.v86() && Flags.iopl(c) < 3) {
                throw c.protection();
            }
            Stack stack = Stack.current(c);
            long flags = stack.pop(size);
            stack.commit();
            long before = c.fl;
            long mask = changeable(c);
            long kept = Flags.get(c) & ~mask;
            Flags.set(c, (kept | flags & mask) & ~Flags.RF);
            if ((c.fl & Flags.TF) != 0 || (c.fl & ~before & Flags.IF) != 0) {
                c.stop();
            }
            if (((c.fl ^ before) & Flags.AC) != 0) {
                c.mmu.select();
            }
            return next;
        }

        private long changeable(Cpu c) {
            long mask = ALWAYS;
            if (size > 2) {
                mask |= Flags.AC | Flags.ID;
            }
            if (!c.protectedMode() || c.cpl <= Flags.iopl(c)) {
                mask |= Flags.IF;
            }
            if (!c.protectedMode() || c.cpl == 0) {
                mask |= Flags.IOPL;
            }
            return mask;
        }

        @Override
        public boolean stack() {
            return true;
        }
    }
}
