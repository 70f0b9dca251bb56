package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.WrapperOp;

/**
 * An instruction in a code segment that ends somewhere: faults if it reaches beyond, or branches
 * there (SDM vol. 3 §5.3). The limit is looked up each time, so that all such segments share the
 * code.
 */
final class LimitedOp extends WrapperOp {
    private final boolean branches;

    LimitedOp(Op inner) {
        super(inner);
        branches = inner instanceof Branch;
    }

    @Override
    public Op exec(Cpu c) {
        long limit = c.seg[Cpu.CS].limit & 0xffff_ffffL;
        if (rip(c) + end - off - 1 > limit) {
            throw c.protection();
        }
        return branches ? branch(c, limit) : inner.exec(c);
    }

    /**
     * The target is known only when the branch has been taken; then what it has changed is changed
     * back, but for what a CALL has written below the stack.
     */
    private Op branch(Cpu c, long limit) {
        long[] r = c.r;
        long page = r[Cpu.CODE];
        long count = r[Cpu.RCX];
        long stack = r[Cpu.RSP];
        Op to = inner.exec(c);
        if (to != inner.next && to.rip(c) > limit) {
            r[Cpu.CODE] = page;
            r[Cpu.RCX] = count;
            r[Cpu.RSP] = stack;
            throw c.protection();
        }
        return to;
    }
}
