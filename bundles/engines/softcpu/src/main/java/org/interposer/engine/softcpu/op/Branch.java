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

    /** The operation at the target. */
    final Op taken(Cpu c) {
        return taken instanceof Away away ? away.go(c) : taken;
    }

    /** Goes to another page, and remembers where that was as long as translations are the same. */
    private static final class Away extends Op {
        private final int target;
        private final long mask;
        private long knownRip;
        private long stamp;
        private Op known = this;

        Away(int target, long mask) {
            super(0, 0);
            this.target = target;
            this.mask = mask;
        }

        Op go(Cpu c) {
            long rip = rip(c);
            if (stamp == c.code.stamp() && rip == knownRip) {
                c.r[Cpu.CODE] = rip - known.off;
                return known;
            }
            Op op = c.jump(rip);
            if (c.code.knows(op)) {
                knownRip = rip;
                stamp = c.code.stamp();
                known = op;
            }
            return op;
        }

        @Override
        public Op exec(Cpu c) {
            c.uncounted++;
            return go(c);
        }

        @Override
        public long rip(Cpu c) {
            return c.r[Cpu.CODE] + target & mask;
        }
    }
}
