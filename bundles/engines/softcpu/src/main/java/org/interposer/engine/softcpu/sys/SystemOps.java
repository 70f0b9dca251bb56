package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.UndefinedOp;
import org.interposer.engine.softcpu.decode.Insn;

/** Makes the operations of system instructions (SDM vol. 2 appendix A). */
public final class SystemOps {
    private SystemOps() {}

    /** The operation of an opcode of this package; #UD where it is none in this form. */
    public static Op make(Insn i) {
        if (i.lock) {
            return new UndefinedOp(i);
        }
        return i.opcode < Insn.MAP_0F ? oneByte(i) : twoByte(i);
    }

    private static Op oneByte(Insn i) {
        boolean legacy = !i.long64();
        boolean mem = i.isMem;
        return switch (i.opcode) {
            case 0x06, 0x0e, 0x16, 0x1e -> either(i, legacy ? push(i, i.opcode >> 3) : null);
            case 0x07, 0x17, 0x1f -> either(i, legacy ? pop(i, i.opcode >> 3) : null);
            case 0x63 -> either(i, legacy ? new VerifyOps.AdjustRpl(i) : null);
            case 0x6c, 0x6d -> new PortOps.Text(i, true);
            case 0x6e, 0x6f -> new PortOps.Text(i, false);
            case 0x8c -> either(i, i.ext() < 6 ? new SegmentOps.Store(i) : null);
            case 0x8e -> either(i, loadable(i.ext()) ? new SegmentOps.Load(i) : null);
            case 0x9a -> either(i, legacy ? new FarOps.Direct(i, true) : null);
            case 0xea -> either(i, legacy ? new FarOps.Direct(i, false) : null);
            case 0x9c -> new FlagOps.Push(i);
            case 0x9d -> new FlagOps.Pop(i);
            case 0xc4 -> either(i, legacy && mem ? new SegmentOps.LoadFar(i, Cpu.ES) : null);
            case 0xc5 -> either(i, legacy && mem ? new SegmentOps.LoadFar(i, Cpu.DS) : null);
            case 0xca, 0xcb -> new FarOps.Return(i);
            case 0xcc -> new FarOps.Interrupt(i, GuestFault.BP);
            case 0xcd -> new FarOps.Interrupt(i, (int) i.imm & 0xff);
            case 0xce -> either(i, legacy ? new FarOps.Overflow(i) : null);
            case 0xcf -> new FarOps.InterruptReturn(i);
            case 0xe4, 0xe5 -> new PortOps.In(i, true);
            case 0xe6, 0xe7 -> new PortOps.Out(i, true);
            case 0xec, 0xed -> new PortOps.In(i, false);
            case 0xee, 0xef -> new PortOps.Out(i, false);
            case 0xf1 -> new FarOps.Debug(i);
            case 0xf4 -> new ControlOps.Halt(i);
            case 0xfa -> new FlagOps.Cli(i);
            case 0xfb -> new FlagOps.Sti(i);
            case 0xff -> either(i, mem ? new FarOps.Indirect(i, i.ext() == 3) : null);
            default -> new UndefinedOp(i);
        };
    }

    private static Op either(Insn i, Op op) {
        return op != null ? op : new UndefinedOp(i);
    }

    private static Op push(Insn i, int seg) {
        return new SegmentOps.Push(i, seg);
    }

    private static Op pop(Insn i, int seg) {
        return new SegmentOps.Pop(i, seg);
    }

    private static boolean loadable(int seg) {
        return seg < 6 && seg != Cpu.CS;
    }

    private static Op twoByte(Insn i) {
        boolean mem = i.isMem;
        return switch (i.low()) {
            case 0x00 -> group6(i);
            case 0x01 -> mem ? group7Memory(i) : group7Register(i);
            case 0x02 -> new VerifyOps.Describe(i, true);
            case 0x03 -> new VerifyOps.Describe(i, false);
            case 0x05 -> new SyscallOps.Syscall(i);
            case 0x06 -> new ControlOps.ClearTaskSwitched(i);
            case 0x07 -> new SyscallOps.Sysret(i);
            case 0x08, 0x09 -> new ControlOps.Caches(i);
            case 0x20 -> either(i, ControlOps.isControl(i) ? new ControlOps.FromControl(i) : null);
            case 0x22 -> either(i, ControlOps.isControl(i) ? new ControlOps.ToControl(i) : null);
            case 0x21 -> new ControlOps.Debug(i, false);
            case 0x23 -> new ControlOps.Debug(i, true);
            case 0x30 -> new MsrOps.Write(i);
            case 0x31 -> new MsrOps.ReadTsc(i, false);
            case 0x32 -> new MsrOps.Read(i);
            case 0x33 -> new MsrOps.ReadCounter(i);
            case 0x34 -> new SyscallOps.Sysenter(i);
            case 0x35 -> new SyscallOps.Sysexit(i);
            case 0xa0 -> push(i, Cpu.FS);
            case 0xa1 -> pop(i, Cpu.FS);
            case 0xa2 -> new MsrOps.Cpuid(i);
            case 0xa8 -> push(i, Cpu.GS);
            case 0xa9 -> pop(i, Cpu.GS);
            case 0xae -> group15(i);
            case 0xb2 -> either(i, mem ? new SegmentOps.LoadFar(i, Cpu.SS) : null);
            case 0xb4 -> either(i, mem ? new SegmentOps.LoadFar(i, Cpu.FS) : null);
            case 0xb5 -> either(i, mem ? new SegmentOps.LoadFar(i, Cpu.GS) : null);
            default -> new UndefinedOp(i);
        };
    }

    private static Op group6(Insn i) {
        return switch (i.ext()) {
            case 0 -> new TableOps.StoreSelector(i, false);
            case 1 -> new TableOps.StoreSelector(i, true);
            case 2 -> new TableOps.LoadLdt(i);
            case 3 -> new TableOps.LoadTask(i);
            case 4 -> new VerifyOps.Verify(i, false);
            case 5 -> new VerifyOps.Verify(i, true);
            default -> new UndefinedOp(i);
        };
    }

    private static Op group7Memory(Insn i) {
        return switch (i.ext()) {
            case 0 -> new TableOps.StoreTable(i, true);
            case 1 -> new TableOps.StoreTable(i, false);
            case 2 -> new TableOps.LoadTable(i, true);
            case 3 -> new TableOps.LoadTable(i, false);
            case 4 -> new ControlOps.StoreStatus(i);
            case 6 -> new ControlOps.LoadStatus(i);
            case 7 -> new ControlOps.InvalidatePage(i);
            default -> new UndefinedOp(i);
        };
    }

    /** No VMX, MONITOR or XSAVE: #UD. */
    private static Op group7Register(Insn i) {
        return switch (i.modrm) {
            case 0xc1, 0xd9 -> new SyscallOps.Hypercall(i);
            case 0xca -> new FlagOps.AlignmentCheck(i, false);
            case 0xcb -> new FlagOps.AlignmentCheck(i, true);
            case 0xf8 -> either(i, i.long64() ? new SyscallOps.SwapGs(i) : null);
            case 0xf9 -> new MsrOps.ReadTsc(i, true);
            default ->
                    switch (i.ext()) {
                        case 4 -> new ControlOps.StoreStatus(i);
                        case 6 -> new ControlOps.LoadStatus(i);
                        default -> new UndefinedOp(i);
                    };
        };
    }

    private static Op group15(Insn i) {
        boolean base = i.long64() && !i.isMem && i.mandatory() == 0xf3 && i.ext() < 4;
        return either(i, base ? new MsrOps.Base(i) : null);
    }
}
