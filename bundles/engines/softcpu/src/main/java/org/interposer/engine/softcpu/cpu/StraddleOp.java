package org.interposer.engine.softcpu.cpu;

import java.util.Arrays;

/**
 * An instruction that begins in one page and ends in the next. Whether the second page still holds
 * the same bytes is checked whenever translations have changed; if not, it only leads to its
 * successor.
 */
final class StraddleOp extends WrapperOp {
    private final byte[] bytes;
    private long stamp;
    private boolean outdated;

    StraddleOp(Op inner, byte[] bytes, long stamp) {
        super(inner);
        this.bytes = bytes;
        this.stamp = stamp;
    }

    @Override
    public Op exec(Cpu c) {
        if (stamp != c.code.stamp() && !stillThere(c)) {
            c.uncounted++;
            return c.code.enter(rip(c));
        }
        return inner.exec(c);
    }

    private boolean stillThere(Cpu c) {
        if (!outdated) {
            outdated = !Arrays.equals(bytes, c.code.peek(rip(c), bytes.length));
            if (outdated) {
                c.code.forget(rip(c), this);
            }
        }
        stamp = outdated ? 0 : c.code.stamp();
        return !outdated;
    }
}
