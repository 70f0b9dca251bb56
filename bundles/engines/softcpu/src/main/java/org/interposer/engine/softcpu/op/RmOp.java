package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.mem.Host;

/** An operation on the operand of ModRM.rm, a general register or memory of 1, 2, 4 or 8 bytes. */
public abstract class RmOp extends MemOp {
    protected final boolean mem;
    protected final byte size;
    private final byte rm;
    private final boolean lock;

    /**
     * Of a decoded instruction.
     *
     * @param size of the operand in bytes
     * @param writes whether it is written
     */
    protected RmOp(Insn i, int size, boolean writes) {
        super(i, size, writes);
        mem = i.isMem;
        this.size = (byte) size;
        rm = Regs.number(i, i.rm, size);
        lock = i.lock;
    }

    /** The operand, zero-extended. */
    protected final long read(Cpu c) {
        return mem ? c.ld(ea(c), size) : Regs.get(c.r, rm, size);
    }

    /** Writes the operand. */
    protected final void write(Cpu c, long v) {
        if (mem) {
            c.st(ea(c), size, v);
        } else {
            Regs.set(c.r, rm, size, v);
        }
    }

    /**
     * What {@link #update} makes of the operand; sets the flags. Computed again, from the flags as
     * they were, when another processor came between.
     */
    protected long modify(Cpu c, long v) {
        throw new UnsupportedOperationException();
    }

    /** Reads, modifies and writes the operand; atomically with LOCK. */
    protected final void update(Cpu c) {
        if (mem) {
            update(c, ea(c), lock);
        } else {
            Regs.set(c.r, rm, size, modify(c, Regs.get(c.r, rm, size)));
        }
    }

    /** The same for memory at an address. */
    protected final void update(Cpu c, long va, boolean locked) {
        long host = c.writable(va, size);
        if (locked) {
            updateLocked(c, va, host);
        } else if (host != 0) {
            Host.put(host, size, modify(c, Host.get(host, size)));
        } else {
            long old = c.mmu.loadForWrite(va, size);
            c.st(va, size, modify(c, old));
        }
    }

    private void updateLocked(Cpu c, long va, long writable) {
        long host = writable;
        if (host == 0) {
            c.mmu.loadForWrite(va, size);
            host = c.writable(va, size);
        }
        if (host == 0) {
            // MMIO, a page with code, or across pages: nobody else runs meanwhile.
            c.mmu.exclusively(() -> c.st(va, size, modify(c, c.mmu.loadForWrite(va, size))));
            return;
        }
        long fr = c.fr;
        long fc = c.fc;
        while (true) {
            long old = Host.get(host, size);
            if (Host.compareAndSet(host, size, old, modify(c, old))) {
                return;
            }
            c.fr = fr;
            c.fc = fc;
        }
    }
}
