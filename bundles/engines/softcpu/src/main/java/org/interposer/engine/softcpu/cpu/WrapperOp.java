package org.interposer.engine.softcpu.cpu;

/** An operation that looks at something before another one, in whose place it stands. */
public abstract class WrapperOp extends Op {
    /** What executes the instruction. */
    protected final Op inner;

    protected WrapperOp(Op inner) {
        super(inner.off, inner.end - inner.off);
        this.inner = inner;
    }

    @Override
    public final void linked(CodePage page) {
        inner.next = next;
        inner.linked(page);
    }
}
