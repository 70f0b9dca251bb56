package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Control;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.DebugRegisters;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Modes;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.op.MemOp;
import org.interposer.engine.softcpu.op.RmOp;

/** Control and debug registers, caches and translations (SDM vol. 3 §2.8). */
final class ControlOps {
    private ControlOps() {}

    /** MOV r, CR. */
    static final class FromControl extends Op {
        private final int cr;
        private final int to;
        private final long mask;

        FromControl(Insn i) {
            super(i.off, i.length);
            cr = i.reg;
            to = i.rm;
            mask = i.long64() ? -1 : 0xffff_ffffL;
        }

        @Override
        public Op exec(Cpu c) {
            TableOps.kernelOnly(c);
            long value =
                    switch (cr) {
                        case 0 -> c.cr0;
                        case 2 -> c.cr2;
                        case 3 -> c.cr3;
                        case 4 -> c.cr4;
                        default -> c.env.cr8();
                    };
            c.r[to] = value & mask;
            return next;
        }
    }

    /** MOV CR, r. */
    static final class ToControl extends Op {
        private final int cr;
        private final int from;
        private final long mask;

        ToControl(Insn i) {
            super(i.off, i.length);
            cr = i.reg;
            from = i.rm;
            mask = i.long64() ? -1 : 0xffff_ffffL;
        }

        @Override
        public Op exec(Cpu c) {
            TableOps.kernelOnly(c);
            long value = c.r[from] & mask;
            long rip = FarOps.after(c, this);
            switch (cr) {
                case 0 -> ControlRegisters.writeCr0(c, value);
                case 2 -> c.cr2 = value;
                case 3 -> ControlRegisters.writeCr3(c, value);
                case 4 -> ControlRegisters.writeCr4(c, value);
                default -> {
                    ControlRegisters.writeCr8(c, value);
                    return next;
                }
            }
            return c.jump(rip);
        }
    }

    /** Whether there is such a control register. */
    static boolean isControl(Insn i) {
        return i.reg == 0 || i.reg >= 2 && i.reg <= 4 || i.reg == 8;
    }

    /** MOV to and from DR. */
    static final class Debug extends Op {
        private static final long DR6_FIXED = 0xffff_0ff0L, DR6_BITS = 0xe00f;
        private static final long DR7_FIXED = 0x400, DR7_BITS = 0xffff_23ffL;
        private final int dr;
        private final int register;
        private final long mask;
        private final boolean write;

        Debug(Insn i, boolean write) {
            super(i.off, i.length);
            dr = i.reg;
            register = i.rm;
            mask = i.long64() ? -1 : 0xffff_ffffL;
            this.write = write;
        }

        @Override
        public Op exec(Cpu c) {
            boolean alias = dr == 4 || dr == 5;
            if (dr > 7 || alias && (c.cr4 & Control.CR4_DE) != 0) {
                throw c.undefined();
            }
            TableOps.kernelOnly(c);
            if ((c.dr[7] & DebugRegisters.GD) != 0) {
                c.dr[6] |= DebugRegisters.BD;
                throw c.fault(GuestFault.DB, 0);
            }
            int number = alias ? dr + 2 : dr;
            if (write) {
                write(c, number, c.r[register] & mask);
            } else {
                c.r[register] = c.dr[number] & mask;
            }
            return next;
        }

        private static void write(Cpu c, int number, long value) {
            if (number < 4) {
                c.dr[number] = value;
            } else if (value >>> 32 != 0) {
                throw c.protection();
            } else if (number == 6) {
                c.dr[6] = value & DR6_BITS | DR6_FIXED;
            } else {
                c.dr[7] = value & DR7_BITS | DR7_FIXED;
            }
            c.mmu.select();
            c.stop();
        }
    }

    /** SMSW. */
    static final class StoreStatus extends RmOp {
        StoreStatus(Insn i) {
            super(i, i.isMem ? 2 : i.opSize, true);
        }

        @Override
        public Op exec(Cpu c) {
            TableOps.checkUmip(c);
            write(c, c.cr0);
            return next;
        }
    }

    /** LMSW, which may set PE but not clear it. */
    static final class LoadStatus extends RmOp {
        private static final long LOW = 0xe;

        LoadStatus(Insn i) {
            super(i, 2, false);
        }

        @Override
        public Op exec(Cpu c) {
            TableOps.kernelOnly(c);
            long value = read(c);
            long rip = FarOps.after(c, this);
            ControlRegisters.writeCr0(c, c.cr0 & ~LOW | value & (LOW | Control.CR0_PE));
            return c.jump(rip);
        }
    }

    /** CLTS. */
    static final class ClearTaskSwitched extends Op {
        ClearTaskSwitched(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            TableOps.kernelOnly(c);
            c.cr0 &= ~Control.CR0_TS;
            Modes.traps(c);
            return next;
        }
    }

    /** INVLPG. */
    static final class InvalidatePage extends MemOp {
        InvalidatePage(Insn i) {
            super(i, 1, false);
        }

        @Override
        public Op exec(Cpu c) {
            TableOps.kernelOnly(c);
            long rip = FarOps.after(c, this);
            long va = offset(c);
            if (!c.code64()) {
                va = va + c.r[Cpu.SEG_BASE + seg] & 0xffff_ffffL;
            } else if (seg >= Cpu.FS) {
                va = ea(c);
            }
            c.mmu.flush(va);
            return c.jump(rip);
        }
    }

    /** INVD and WBINVD: the caches here are coherent. */
    static final class Caches extends Op {
        Caches(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            TableOps.kernelOnly(c);
            return next;
        }
    }

    /** HLT. */
    static final class Halt extends Op {
        Halt(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            TableOps.kernelOnly(c);
            c.halted = true;
            c.stop();
            return next;
        }
    }
}
