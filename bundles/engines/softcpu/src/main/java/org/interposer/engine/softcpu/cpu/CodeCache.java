package org.interposer.engine.softcpu.cpu;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.interposer.engine.softcpu.decode.Decoder;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.mem.CodeMap;
import org.interposer.engine.softcpu.mem.Host;

/**
 * Decoded code of one vCPU, keyed by guest-physical page and kind of code, so that aliases share it
 * and a change of the page tables leaves it alone. Inside a page operations are linked directly;
 * between pages a jump looks into a table by instruction pointer whose entries count only as long
 * as translations, privilege and mode are what they were (the stamp).
 */
public final class CodeCache {
    private static final int JUMPS = 1 << 14;
    private static final int MAX_LENGTH = 15, LIMITED = 1;
    private static final long BYTES_A_PAGE = 64 << 10;

    private final Cpu c;
    private final Memory memory;
    private final OpFactory ops;
    private final Map<Long, CodePage> pages = new HashMap<>();
    private final CodePage[] recent = new CodePage[1 << 9];
    private final int mostPages;

    /** Instruction pointer and stamp of each entry, side by side for the host's caches. */
    private final long[] jumpKey = new long[2 * JUMPS];

    private final Op[] jumpOp = new Op[JUMPS];

    private long stamps = 1;
    private long stamp = 16;
    private final Fetch fetch = new Fetch();
    private final Bytes bytes = new Bytes();
    private final Decoder decoder = new Decoder();

    CodeCache(Cpu c, Memory memory, OpFactory ops) {
        this.c = c;
        this.memory = memory;
        this.ops = ops;
        long room = Runtime.getRuntime().maxMemory() / 4 / BYTES_A_PAGE;
        mostPages = (int) Math.max(256, Math.min(8192, room));
    }

    /** Translations have changed. */
    void newStamp() {
        stamps++;
        newMode();
    }

    /** Privilege or kind of code has changed. */
    void newMode() {
        stamp = stamps << 5 | kind() << 1 | (c.cpl == 3 ? 1 : 0);
    }

    /** Size of the code, and whether its segment ends somewhere. */
    private int kind() {
        return c.codeSize | (c.codeLimited ? LIMITED : 0);
    }

    /** Counts the states of translation and mode that code was looked up in. */
    public long stamp() {
        return stamp;
    }

    private static int slot(long rip) {
        return (int) (rip ^ rip >>> 12) & JUMPS - 1;
    }

    Op jump(long rip) {
        int slot = slot(rip);
        if (jumpKey[2 * slot] == rip && jumpKey[2 * slot + 1] == stamp) {
            Op op = jumpOp[slot];
            c.r[Cpu.CODE] = rip - op.off;
            return op;
        }
        fetch.rip = rip;
        return fetch;
    }

    /** Whether what {@link #jump} gave is the target itself, not what will look for it. */
    public boolean knows(Op op) {
        return op != fetch;
    }

    /** What executes the instruction at a place where nothing has been looked up yet. */
    Op at(long rip) {
        fetch.rip = rip;
        return fetch;
    }

    /** Finds code in the next turn of the loop, so that its faults belong to the target. */
    private final class Fetch extends Op {
        private long rip;

        Fetch() {
            super(0, 0);
        }

        @Override
        public Op exec(Cpu cpu) {
            c.uncounted++;
            return enter(rip);
        }

        @Override
        public long rip(Cpu cpu) {
            return rip & c.ipMask;
        }
    }

    /** The operation at an instruction pointer; faults if it cannot be fetched. */
    Op enter(long target) {
        long rip = target & c.ipMask;
        if (!c.code64() && rip > (c.seg[Cpu.CS].limit & 0xffff_ffffL)) {
            throw c.protection();
        }
        long linear = linear(rip);
        CodePage page = page(c.mmu.fetch(linear));
        int off = (int) linear & 0xfff;
        Op op = page.ops[off];
        if (op == null) {
            op = decode(page, off, linear);
        }
        c.r[Cpu.CODE] = rip - off;
        int slot = slot(rip);
        jumpKey[2 * slot] = rip;
        jumpKey[2 * slot + 1] = stamp;
        jumpOp[slot] = op;
        return op;
    }

    private CodePage page(long address) {
        int slot = (int) (address >>> 12) & recent.length - 1;
        CodePage page = recent[slot];
        int kind = kind();
        if (page == null || page.address != address || page.kind != kind) {
            page =
                    pages.computeIfAbsent(
                            address | kind, key -> new CodePage(address, kind, hostOf(address)));
            recent[slot] = page;
        }
        return page;
    }

    private long hostOf(long address) {
        long host = memory.physical().ram(address);
        return host != 0 ? host : memory.physical().rom(address);
    }

    /** Decodes the instruction at an offset of a page. */
    private Op decode(CodePage page, int off, long linear) {
        if (page.host == 0) {
            c.env.fail(
                    String.format(
                            "code at %#x is neither RAM nor ROM: executing from a device is not"
                                    + " possible",
                            page.address + off));
            throw c.protection();
        }
        mark(page.address, off, Math.min(MAX_LENGTH, 4096 - off));
        bytes.begin(page, off, linear);
        Insn insn = decoder.decode(bytes, c.codeSize, off);
        Op op = ops.make(insn, c.codeLimited);
        if (op.end > 4096) {
            op = new StraddleOp(op, bytes.copy(insn.length), stamp);
        }
        page.ops[off] = op;
        op.next = page.link(op.end, op);
        op.linked(page);
        return op;
    }

    /** Marks before the bytes are read, so that a writer either is seen or sees the mark. */
    private void mark(long page, int off, int length) {
        long lines = CodeMap.linesOf(off, length);
        if ((memory.code().lines(page) & lines) == lines) {
            return;
        }
        if (memory.code().add(page, lines) == 0) {
            memory.watch().codeAdded(c, page);
        }
        Host.fullFence();
    }

    /** The bytes at an instruction pointer as they are now; faults as a fetch does. */
    byte[] peek(long rip, int length) {
        long linear = linear(rip);
        bytes.begin(page(c.mmu.fetch(linear)), (int) linear & 0xfff, linear);
        return bytes.copy(length);
    }

    /** The bytes at an instruction pointer for a report: as many as are in memory, no faults. */
    public byte[] show(long rip) {
        byte[] shown = new byte[MAX_LENGTH];
        for (int i = 0; i < MAX_LENGTH; i++) {
            long address = c.mmu.peek(linear(rip + i));
            long host = address < 0 ? 0 : hostOf(address);
            if (host == 0) {
                return Arrays.copyOf(shown, i);
            }
            shown[i] = (byte) Host.get8(host);
        }
        return shown;
    }

    /** An operation is not what its bytes say any more. */
    void forget(long rip, Op op) {
        CodePage page = page(c.mmu.fetch(linear(rip)));
        if (page.ops[op.off] == op) {
            page.ops[op.off] = null;
        }
        newStamp();
    }

    private long linear(long rip) {
        return c.code64() ? rip : rip + c.r[Cpu.SEG_BASE + Cpu.CS] & 0xffff_ffffL;
    }

    /** The bytes of an instruction, across the end of its page when it must be. */
    private final class Bytes implements Decoder.Source {
        private long host;
        private int off;
        private long linear;
        private long secondHost;

        void begin(CodePage page, int offset, long at) {
            host = page.host;
            off = offset;
            linear = at;
            secondHost = 0;
        }

        @Override
        public int at(int index) {
            if (off + index < 4096) {
                return Host.get8(host + off + index);
            }
            if (secondHost == 0) {
                cross();
            }
            return Host.get8(secondHost + off + index - 4096);
        }

        private void cross() {
            long next = (linear & ~0xfffL) + 4096;
            long secondPage = c.mmu.fetch(c.code64() ? next : next & 0xffff_ffffL);
            mark(secondPage, 0, MAX_LENGTH);
            secondHost = hostOf(secondPage);
            if (secondHost == 0) {
                throw c.protection();
            }
        }

        byte[] copy(int length) {
            byte[] copy = new byte[length];
            for (int i = 0; i < length; i++) {
                copy[i] = (byte) at(i);
            }
            return copy;
        }

        @Override
        public GuestFault tooLong() {
            return c.protection();
        }
    }

    /** A link that is known only when it is taken; replaces itself in the operation it hangs on. */
    static final class Link extends Op {
        private final CodePage page;
        private final Op from;

        Link(CodePage page, int off, Op from) {
            super(off, 0);
            this.page = page;
            this.from = from;
        }

        @Override
        public Op exec(Cpu c) {
            c.uncounted++;
            Op found = page.ops[off];
            if (found == null) {
                found = c.code.decode(page, off, c.code.linear(rip(c)));
            }
            from.relink(this, found);
            return found;
        }
    }

    /** Goes on in the next page. */
    static final class PageEnd extends Op {
        PageEnd(int off) {
            super(off, 0);
        }

        @Override
        public Op exec(Cpu c) {
            c.uncounted++;
            return c.jump(rip(c));
        }
    }

    /** A page's code has changed: forgets it. On the vCPU's own thread. */
    public void invalidate(long address) {
        for (int kind = 2; kind <= 8; kind++) {
            pages.remove(address | kind);
        }
        recent[(int) (address >>> 12) & recent.length - 1] = null;
        // Also for a page that only ends an instruction of the page before it.
        newStamp();
        c.stop();
    }

    /** Forgets all, when there is too much of it; one turn adds few. Only between operations. */
    public void trim() {
        if (pages.size() >= mostPages) {
            pages.clear();
            Arrays.fill(recent, null);
            Arrays.fill(jumpOp, null);
            newStamp();
        }
    }
}
