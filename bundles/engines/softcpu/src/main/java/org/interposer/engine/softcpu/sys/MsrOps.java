package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Control;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** Model-specific registers, clocks, CPUID, and the bases of FS and GS. */
final class MsrOps {
    private MsrOps() {}

    private static void setPair(Cpu c, long value) {
        c.r[Cpu.RAX] = value & 0xffff_ffffL;
        c.r[Cpu.RDX] = value >>> 32;
    }

    /** RDMSR. */
    static final class Read extends Op {
        private final long[] value = new long[1];

        Read(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            TableOps.kernelOnly(c);
            if (!ModelSpecific.read(c, (int) c.r[Cpu.RCX], value)) {
                throw c.protection();
            }
            setPair(c, value[0]);
            return next;
        }
    }

    /** WRMSR. */
    static final class Write extends Op {
        Write(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            TableOps.kernelOnly(c);
            long value = c.r[Cpu.RAX] & 0xffff_ffffL | c.r[Cpu.RDX] << 32;
            if (!ModelSpecific.write(c, (int) c.r[Cpu.RCX], value)) {
                throw c.protection();
            }
            return next;
        }
    }

    /** RDTSC and RDTSCP. */
    static final class ReadTsc extends Op {
        private final boolean withAux;

        ReadTsc(Insn i, boolean withAux) {
            super(i.off, i.length);
            this.withAux = withAux;
        }

        @Override
        public Op exec(Cpu c) {
            if (c.cpl != 0 && (c.cr4 & Control.CR4_TSD) != 0) {
                throw c.protection();
            }
            setPair(c, c.env.tsc());
            if (withAux) {
                c.r[Cpu.RCX] = c.msrs.tscAux & 0xffff_ffffL;
            }
            return next;
        }
    }

    /** RDPMC: there are no counters. */
    static final class ReadCounter extends Op {
        ReadCounter(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            throw c.protection();
        }
    }

    /** CPUID. */
    static final class Cpuid extends Op {
        private final int[] result = new int[4];

        Cpuid(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            c.env.cpuid((int) c.r[Cpu.RAX], (int) c.r[Cpu.RCX], result);
            c.r[Cpu.RAX] = result[0] & 0xffff_ffffL;
            c.r[Cpu.RBX] = result[1] & 0xffff_ffffL;
            c.r[Cpu.RCX] = result[2] & 0xffff_ffffL;
            c.r[Cpu.RDX] = result[3] & 0xffff_ffffL;
            return next;
        }
    }

    /** RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE. */
    static final class Base extends Op {
        private final int slot;
        private final int register;
        private final boolean write;
        private final long mask;

        Base(Insn i) {
            super(i.off, i.length);
            slot = Cpu.SEG_BASE + Cpu.FS + (i.ext() & 1);
            register = i.rm;
            write = i.ext() >= 2;
            mask = i.opSize == 8 ? -1 : 0xffff_ffffL;
        }

        @Override
        public Op exec(Cpu c) {
            if ((c.cr4 & Control.CR4_FSGSBASE) == 0) {
                throw c.undefined();
            }
            if (!write) {
                c.r[register] = c.r[slot] & mask;
                return next;
            }
            long base = c.r[register] & mask;
            if (!Segmentation.canonical(base)) {
                throw c.protection();
            }
            c.r[slot] = base;
            return next;
        }
    }
}
