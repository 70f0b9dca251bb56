package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.op.Regs;
import org.interposer.engine.softcpu.op.RmOp;

/** Questions about selectors, answered in ZF (SDM vol. 3 §5.10). */
final class VerifyOps {
    private static final long RIGHTS = 0xf0_ff00;

    private VerifyOps() {}

    private static void protectedOnly(Cpu c) {
        if (!c.protectedMode() || c.v86()) {
            throw c.undefined();
        }
    }

    static void setZero(Cpu c, boolean zero) {
        long flags = Flags.arithmetic(c);
        Flags.setArithmetic(c, zero ? flags | Flags.ZF : flags & ~Flags.ZF);
    }

    private static boolean visible(Cpu c, int selector, long d) {
        boolean conforming = Descriptors.isCode(d) && Descriptors.isConforming(d);
        return conforming || Descriptors.dpl(d) >= Math.max(c.cpl, selector & 3);
    }

    /** LAR and LSL. */
    static final class Describe extends RmOp {
        private final boolean rights;
        private final int to;
        private final int opSize;

        Describe(Insn i, boolean rights) {
            super(i, 2, false);
            this.rights = rights;
            to = i.reg;
            opSize = i.opSize;
        }

        @Override
        public Op exec(Cpu c) {
            protectedOnly(c);
            int selector = (int) read(c);
            if (!Descriptors.exists(c, selector)) {
                setZero(c, false);
                return next;
            }
            long d = Descriptors.read(c, selector, GuestFault.GP);
            boolean valid = Descriptors.isSegment(d) || hasType(c, Descriptors.type(d));
            boolean known = valid && visible(c, selector, d);
            if (known) {
                long limit = Descriptors.limit(d) & 0xffff_ffffL;
                Regs.set(c.r, to, opSize, rights ? d >>> 32 & RIGHTS : limit);
            }
            setZero(c, known);
            return next;
        }

        private boolean hasType(Cpu c, int type) {
            return switch (type) {
                case Descriptors.LDT, Descriptors.TSS, Descriptors.TSS_BUSY -> true;
                case Descriptors.TSS16, Descriptors.TSS16_BUSY -> !c.longMode();
                case Descriptors.CALL16, Descriptors.TASK_GATE -> rights && !c.longMode();
                case Descriptors.CALL -> rights;
                default -> false;
            };
        }
    }

    /** VERR and VERW. */
    static final class Verify extends RmOp {
        private final boolean write;

        Verify(Insn i, boolean write) {
            super(i, 2, false);
            this.write = write;
        }

        @Override
        public Op exec(Cpu c) {
            protectedOnly(c);
            int selector = (int) read(c);
            boolean good = false;
            if (Descriptors.exists(c, selector)) {
                long d = Descriptors.read(c, selector, GuestFault.GP);
                boolean right =
                        write
                                ? Descriptors.isWritableData(d)
                                : Descriptors.isSegment(d) && Descriptors.isReadable(d);
                good = right && visible(c, selector, d);
            }
            setZero(c, good);
            return next;
        }
    }

    /** ARPL. */
    static final class AdjustRpl extends RmOp {
        private final int from;

        AdjustRpl(Insn i) {
            super(i, 2, true);
            from = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            protectedOnly(c);
            long v = read(c);
            long rpl = c.r[from] & 3;
            boolean raised = (v & 3) < rpl;
            if (raised) {
                write(c, v & ~3L | rpl);
            }
            setZero(c, raised);
            return next;
        }
    }
}
