package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.UndefinedOp;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.simd.SimdOps;
import org.interposer.engine.softcpu.sys.SystemOps;

/** The opcodes behind 0F. */
final class TwoByte {
    private static final int REP = 0xf3, GROUP_9_CMPXCHG = 1;

    private TwoByte() {}

    static Op make(Insn i) {
        int op = i.low();
        return switch (op >> 4) {
            case 0 -> row0(i, op);
            case 1 -> op >= 0x18 ? MiscOps.nothing(i) : SimdOps.make(i);
            case 2 -> op < 0x24 ? SystemOps.make(i) : SimdOps.make(i);
            case 3 -> op <= 0x35 ? SystemOps.make(i) : new UndefinedOp(i);
            case 4 -> MiscOps.conditionalMove(i, op & 15);
            case 8 -> BranchOps.conditional(i, op & 15);
            case 9 -> MiscOps.conditionalSet(i, op & 15);
            case 0xa -> rowA(i, op);
            case 0xb -> rowB(i, op);
            case 0xc -> rowC(i, op);
            default -> op == 0xff ? new UndefinedOp(i) : SimdOps.make(i);
        };
    }

    private static Op row0(Insn i, int op) {
        return switch (op) {
            case 0x0d -> i.isMem ? MiscOps.nothing(i) : new UndefinedOp(i);
            case 0x04, 0x0a, 0x0b, 0x0c, 0x0e, 0x0f -> new UndefinedOp(i);
            default -> SystemOps.make(i);
        };
    }

    private static Op rowA(Insn i, int op) {
        return switch (op) {
            case 0xa3 -> BitOps.byRegister(i, BitOps.TEST);
            case 0xa4, 0xa5 -> ShiftOps.twice(i, true, op == 0xa5);
            case 0xab -> BitOps.byRegister(i, BitOps.SET);
            case 0xac, 0xad -> ShiftOps.twice(i, false, op == 0xad);
            case 0xae -> fences(i);
            case 0xaf -> MultiplyOps.byRegister(i);
            case 0xa6, 0xa7, 0xaa -> new UndefinedOp(i);
            default -> SystemOps.make(i);
        };
    }

    /** FSGSBASE shares its opcode with FXSAVE, the fences and CLFLUSH. */
    private static Op fences(Insn i) {
        boolean bases = !i.isMem && i.rep == REP && i.ext() < 4;
        return bases ? SystemOps.make(i) : SimdOps.make(i);
    }

    private static Op rowB(Insn i, int op) {
        return switch (op) {
            case 0xb0 -> ExchangeOps.compare(i, 1);
            case 0xb1 -> ExchangeOps.compare(i, i.opSize);
            case 0xb3 -> BitOps.byRegister(i, BitOps.RESET);
            case 0xb6, 0xb7 -> ExtendOps.make(i, op == 0xb6 ? 1 : 2, false);
            case 0xb8 -> i.rep == REP ? BitOps.count(i) : new UndefinedOp(i);
            case 0xb9 -> new UndefinedOp(i);
            case 0xba -> i.ext() >= 4 ? BitOps.byConstant(i, i.ext() & 3) : new UndefinedOp(i);
            case 0xbb -> BitOps.byRegister(i, BitOps.COMPLEMENT);
            case 0xbc, 0xbd -> BitOps.scan(i, op == 0xbc);
            case 0xbe, 0xbf -> ExtendOps.make(i, op == 0xbe ? 1 : 2, true);
            default -> SystemOps.make(i);
        };
    }

    private static Op rowC(Insn i, int op) {
        return switch (op) {
            case 0xc0 -> ExchangeOps.add(i, 1);
            case 0xc1 -> ExchangeOps.add(i, i.opSize);
            case 0xc7 ->
                    i.isMem && i.ext() == GROUP_9_CMPXCHG
                            ? ExchangeOps.compareWide(i)
                            : new UndefinedOp(i);
            case 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf -> BitOps.swap(i);
            default -> SimdOps.make(i);
        };
    }
}
