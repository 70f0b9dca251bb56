package org.interposer.engine.softcpu.cpu;

/**
 * One decoded instruction, ready to execute: the micro-operation of the interpreter tier. It
 * belongs to one {@link CodePage} of one vCPU and so is used by one thread.
 *
 * <p>An operation either completes the instruction and returns its successor, or throws {@link
 * GuestFault} with the architectural state as it was before, so that it can be restarted.
 */
public abstract class Op {
    /** Offset of the instruction in its page. */
    public final short off;

    /** Offset behind its last byte; 4096 and more when it ends the page or crosses it. */
    public final short end;

    /** What follows in a straight line; a link that finds it until it is known. */
    public Op next;

    protected Op(int off, int length) {
        this.off = (short) off;
        this.end = (short) (off + length);
    }

    /** Executes it on its vCPU and returns the operation that comes after. */
    public abstract Op exec(Cpu c);

    /** Called once it has its place in a page: makes its links but {@link #next}. */
    public void linked(CodePage page) {
        // Straight-line operations have no other.
    }

    /** Replaces a link by the operation it stood for. */
    public void relink(Op link, Op target) {
        next = target;
    }

    /** Instruction pointer of this operation. */
    public long rip(Cpu c) {
        return c.r[Cpu.CODE] + off & c.ipMask;
    }

    /** Whether its memory operand is on the stack, whose non-canonical addresses raise #SS. */
    public boolean stack() {
        return false;
    }
}
