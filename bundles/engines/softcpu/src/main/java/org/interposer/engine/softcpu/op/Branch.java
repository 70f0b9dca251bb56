package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.CodePage;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/**
 * A branch to a fixed distance. Inside the page it is linked to its target; a target outside is
 * looked up each time.
 */
abstract class Branch extends Op {
    /** What the taken branch leads to. */
    Op taken;

    private final int target;
    private final long mask;

    Branch(Insn i) {
        super(i.off, i.length);
        target = end + (int) i.imm;
        mask = i.long64() ? -1L : i.opSize == 2 ? 0xffff : 0xffff_ffffL;
    }

    @Override
    public final void linked(CodePage page) {
        // 16-bit instruction pointers may wrap inside a page.
        boolean inside = target >= 0 && target < 4096 && mask != 0xffff;
        taken = inside ? page.link(target, this) : new Away(target, mask);
    }

    @Override
    public final void relink(Op link, Op found) {
        if (link == taken) {
            taken = found;
        } else {
            next = found;
        }
    }

    /** Goes to another page. */
    private static final class Away extends Op {
        private final long mask;

        Away(int target, long mask) {
            super(target, 0);
            this.mask = mask;
        }

        @Override
        public Op exec(Cpu c) {
            c.budget++;
            return c.jump(rip(c));
        }

        @Override
        public long rip(Cpu c) {
            return c.r[Cpu.CODE] + off & mask;
        }
    }
}
