package org.interposer.engine.softcpu.cpu;

import org.interposer.engine.softcpu.fp.FloatStatus;
import org.interposer.engine.softcpu.fp.X87;
import org.interposer.engine.softcpu.mem.Host;

/**
 * The registers of one vCPU and the fast way to its memory. Fields are public for the operations,
 * which are its instruction set; only the vCPU's own thread touches them.
 *
 * <pre>
 * Interpreter ──▶ Op.exec(cpu) ──▶ registers here
 *                       │ ld/st ──▶ translation table ──▶ guest RAM
 *                       │                └─ miss ──▶ Mmu ──▶ page walk, MMIO, code pages
 *                       └ jump ──▶ CodeCache ──▶ next Op
 * </pre>
 */
public final class Cpu {
    /** Slots of {@link #r} behind the 16 general registers: always zero. */
    public static final int ZERO = 16;

    /** Slot: instruction pointer of offset 0 of the page that is executing. */
    public static final int CODE = 17;

    /** Slots: bases of ES, CS, SS, DS, FS, GS. */
    public static final int SEG_BASE = 18;

    public static final int ES = 0, CS = 1, SS = 2, DS = 3, FS = 4, GS = 5;
    public static final int RAX = 0, RCX = 1, RDX = 2, RBX = 3, RSP = 4, RBP = 5, RSI = 6, RDI = 7;

    private static final long PAGE = ~0xfffL;

    /** Offset of an entry of the translation tables from an address shifted right by 7. */
    private static final long ENTRY = Mmu.ENTRIES - 1L << Mmu.ENTRY_SHIFT;

    private static final int INDEX_SHIFT = 12 - Mmu.ENTRY_SHIFT;

    /** General registers, then the slots named above. */
    public final long[] r = new long[SEG_BASE + 6];

    /** Slot of {@link #xmm} behind the 16 registers: an operand from memory on its way. */
    public static final int XMM_TEMP = 32;

    /** Low and high half of XMM0–15, then the slot named above. */
    public final long[] xmm = new long[XMM_TEMP + 2];

    /** MXCSR, and what SSE arithmetic needs of it. */
    public final FloatStatus sse = new FloatStatus();

    public final X87 x87 = new X87();

    /** Result of the last arithmetic, sign-extended: ZF, SF and PF come from it, see Flags. */
    public long fr = 1;

    /** Carries of the last arithmetic and corrections, see Flags. */
    public long fc;

    /** The flags that are no arithmetic: DF, IF, TF, IOPL, NT, RF, VM, AC, VIF, VIP, ID. */
    public long fl;

    /** ES, CS, SS, DS, FS, GS by number; their bases are in {@link #r}. */
    public final Segment[] seg = new Segment[6];

    public final Segment ldtr = new Segment();
    public final Segment tr = new Segment();
    public long ldtBase;
    public long trBase;
    public long gdtBase;
    public int gdtLimit;
    public long idtBase;
    public int idtLimit;

    public long cr0;
    public long cr2;
    public long cr3;
    public long cr4;
    public long efer;
    public final long[] dr = {0, 0, 0, 0, 0, 0, 0xffff_0ff0L, 0x400};
    public final Msrs msrs = new Msrs();

    /** Current privilege level. */
    public int cpl;

    /** Bytes of the default operand of code: 2, 4, 8 in 64-bit mode. */
    public int codeSize = 2;

    /** Its segment ends before 4 GiB, so that each instruction looks at the limit. */
    public boolean codeLimited = true;

    /** Bits of an instruction pointer. */
    public long ipMask = 0xffff;

    /** Bits of a stack pointer. */
    public long stackMask = 0xffff;

    /** Not 0: the next x87 or MMX instruction faults with #NM (CR0.EM, CR0.TS). */
    public int fpuTrap;

    /** Not 0: the next SSE instruction faults with this vector, #UD or #NM. */
    public int sseTrap;

    /** Where to go on while no operation is executing. */
    public long rip = 0xfff0;

    /** STI or MOV SS has just been executed: no interrupt before the next instruction ends. */
    public boolean shadow;

    /** It was MOV SS or POP SS: no debug exception before then, either (SDM vol. 3 §6.8.3). */
    public boolean stackShadow;

    /** NMIs are blocked until IRET. */
    public boolean nmiMasked;

    /** DR6 bits of breakpoints that the executing instruction has hit. */
    public long pendingDebug;

    /** It was a system call, SYSRET or a software interrupt: its trap goes by the new TF. */
    public boolean entered;

    /** HLT has been executed and nothing has ended it yet. */
    public boolean halted;

    /**
     * The loop ends after the operation that is executing, which does not go on by itself either.
     */
    public boolean leaving;

    /** Turns of the loop in this run that were no instruction, less instructions that had none. */
    public int uncounted;

    /** Who is told what this vCPU does; null while nobody is. Looked at between turns only. */
    public Tracer tracer;

    /** What a debugger on the host watches. */
    public HostWatch hostWatch = new HostWatch();

    /** Instructions executed until the present run of the loop. */
    public long retired;

    /** Translation table of ordinary accesses at the present privilege. */
    public long tlb;

    /** Generation of valid entries, in the low bits of their tags. */
    public long gen;

    public final GuestFault fault = new GuestFault();
    public final Mmu mmu;
    public final CodeCache code;
    public final Env env;

    /** In its state after power-on. */
    public Cpu(Env env, Memory memory, OpFactory ops) {
        this.env = env;
        for (int i = 0; i < seg.length; i++) {
            seg[i] = new Segment();
        }
        mmu = new Mmu(this, memory);
        code = new CodeCache(this, memory, ops);
    }

    /** Ends the loop after the operation that is executing. Its own thread only. */
    public void stop() {
        leaving = true;
    }

    /** Prepares a fault to be thrown. */
    public GuestFault fault(int vector, int errorCode) {
        return fault.with(vector, errorCode);
    }

    /** #UD. */
    public GuestFault undefined() {
        return fault.with(GuestFault.UD, 0);
    }

    /** #GP(0). */
    public GuestFault protection() {
        return fault.with(GuestFault.GP, 0);
    }

    /**
     * Whether CPUID shows a feature to the guest.
     *
     * @param register 0 to 3 for EAX, EBX, ECX, EDX of the leaf
     */
    public boolean shows(int leaf, int register, int bit) {
        int[] answer = new int[4];
        env.cpuid(leaf, 0, answer);
        return (answer[register] >>> bit & 1) != 0;
    }

    /** Where code at an instruction pointer begins; it is looked for when it executes. */
    public Op jump(long rip) {
        return code.jump(rip);
    }

    public boolean longMode() {
        return (efer & Control.EFER_LMA) != 0;
    }

    public boolean protectedMode() {
        return (cr0 & Control.CR0_PE) != 0;
    }

    public boolean v86() {
        return (fl & Flags.VM) != 0;
    }

    public boolean code64() {
        return codeSize == 8;
    }

    private long entry(long va) {
        return tlb + (va >>> INDEX_SHIFT & ENTRY);
    }

    /** Loads an unsigned byte from a linear address. */
    public int ld8(long va) {
        long e = entry(va);
        if (Host.get64(e) == (va & PAGE | gen)) {
            return Host.get8(va + Host.get64(e + Mmu.ADDEND));
        }
        return (int) mmu.load(va, 1);
    }

    /** Loads an unsigned word. */
    public int ld16(long va) {
        long e = entry(va);
        if (Host.get64(e) == (va + 1 & PAGE | gen)) {
            return Host.get16(va + Host.get64(e + Mmu.ADDEND));
        }
        return (int) mmu.load(va, 2);
    }

    public int ld32(long va) {
        long e = entry(va);
        if (Host.get64(e) == (va + 3 & PAGE | gen)) {
            return Host.get32(va + Host.get64(e + Mmu.ADDEND));
        }
        return (int) mmu.load(va, 4);
    }

    public long ld64(long va) {
        long e = entry(va);
        if (Host.get64(e) == (va + 7 & PAGE | gen)) {
            return Host.get64(va + Host.get64(e + Mmu.ADDEND));
        }
        return mmu.load(va, 8);
    }

    public void st8(long va, int v) {
        long e = entry(va);
        if (Host.get64(e + Mmu.WRITE_TAG) == (va & PAGE | gen)) {
            Host.put8(va + Host.get64(e + Mmu.ADDEND), v);
        } else {
            mmu.store(va, 1, v);
        }
    }

    public void st16(long va, int v) {
        long e = entry(va);
        if (Host.get64(e + Mmu.WRITE_TAG) == (va + 1 & PAGE | gen)) {
            Host.put16(va + Host.get64(e + Mmu.ADDEND), v);
        } else {
            mmu.store(va, 2, v);
        }
    }

    public void st32(long va, int v) {
        long e = entry(va);
        if (Host.get64(e + Mmu.WRITE_TAG) == (va + 3 & PAGE | gen)) {
            Host.put32(va + Host.get64(e + Mmu.ADDEND), v);
        } else {
            mmu.store(va, 4, v);
        }
    }

    public void st64(long va, long v) {
        long e = entry(va);
        if (Host.get64(e + Mmu.WRITE_TAG) == (va + 7 & PAGE | gen)) {
            Host.put64(va + Host.get64(e + Mmu.ADDEND), v);
        } else {
            mmu.store(va, 8, v);
        }
    }

    /** Loads 1, 2, 4 or 8 bytes, zero-extended. */
    public long ld(long va, int size) {
        return switch (size) {
            case 1 -> ld8(va);
            case 2 -> ld16(va);
            case 4 -> ld32(va) & 0xffff_ffffL;
            default -> ld64(va);
        };
    }

    /** Stores the low 1, 2, 4 or 8 bytes. */
    public void st(long va, int size, long v) {
        switch (size) {
            case 1 -> st8(va, (int) v);
            case 2 -> st16(va, (int) v);
            case 4 -> st32(va, (int) v);
            default -> st64(va, v);
        }
    }

    /**
     * Host address of up to a page's bytes that may be read now, 0 where the slow way must be
     * taken.
     */
    public long readable(long va, int size) {
        long e = entry(va);
        return Host.get64(e) == (va + size - 1 & PAGE | gen) ? va + Host.get64(e + Mmu.ADDEND) : 0;
    }

    /**
     * Host address of up to a page's bytes that may be written now, 0 where the slow way must be
     * taken.
     */
    public long writable(long va, int size) {
        long e = entry(va);
        return Host.get64(e + Mmu.WRITE_TAG) == (va + size - 1 & PAGE | gen)
                ? va + Host.get64(e + Mmu.ADDEND)
                : 0;
    }
}
