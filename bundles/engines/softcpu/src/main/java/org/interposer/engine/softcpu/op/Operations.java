package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.OpFactory;
import org.interposer.engine.softcpu.cpu.UndefinedOp;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.simd.SimdOps;
import org.interposer.engine.softcpu.sys.SystemOps;

/** The interpreter tier's answer to each opcode: the one place that knows which class does what. */
public final class Operations implements OpFactory {
    @Override
    public Op make(Insn i, boolean limited) {
        return limited ? new LimitedOp(make(i)) : make(i);
    }

    private static Op make(Insn i) {
        if (i.lock && !Lockable.allows(i)) {
            return new UndefinedOp(i);
        }
        return switch (i.opcode >> 8) {
            case 0 -> oneByte(i);
            case 1 -> TwoByte.make(i);
            case 2 -> map38(i);
            default -> SimdOps.make(i);
        };
    }

    private static Op oneByte(Insn i) {
        int op = i.low();
        if (op < 0x40) {
            return (op & 7) < 6 ? AluOps.make(i) : segmentOrDecimal(i, op);
        }
        return switch (op >> 4) {
            case 4 -> UnaryOps.short32(i);
            case 5 -> (op & 8) == 0 ? StackOps.push(i) : StackOps.pop(i);
            case 6 -> row6(i, op);
            case 7 -> BranchOps.conditional(i, op & 15);
            case 8 -> row8(i, op);
            case 9 -> row9(i, op);
            case 0xa -> rowA(i, op);
            case 0xb -> constant(i, op);
            case 0xc -> rowC(i, op);
            case 0xd -> rowD(i, op);
            case 0xe -> rowE(i, op);
            default -> rowF(i, op);
        };
    }

    /** Size of an operand whose opcode's bit 0 tells byte from full size. */
    private static int size(Insn i) {
        return (i.opcode & 1) == 0 ? 1 : i.opSize;
    }

    private static Op only32(Insn i, Op op) {
        return i.long64() ? new UndefinedOp(i) : op;
    }

    private static Op segmentOrDecimal(Insn i, int op) {
        if (i.long64()) {
            return new UndefinedOp(i);
        }
        return op >= 0x27 && (op & 7) == 7 ? DecimalOps.make(i) : SystemOps.make(i);
    }

    private static Op row6(Insn i, int op) {
        return switch (op) {
            case 0x60 -> only32(i, StackOps.pushAll(i));
            case 0x61 -> only32(i, StackOps.popAll(i));
            case 0x62 -> i.long64() || !i.isMem ? new UndefinedOp(i) : MiscOps.bound(i);
            case 0x63 -> i.long64() ? ExtendOps.make(i, 4, true) : SystemOps.make(i);
            case 0x68, 0x6a -> StackOps.pushImmediate(i);
            case 0x69, 0x6b -> MultiplyOps.byImmediate(i);
            default -> SystemOps.make(i);
        };
    }

    private static Op row8(Insn i, int op) {
        return switch (op) {
            case 0x82 -> only32(i, AluOps.immediate(i, 1));
            case 0x80, 0x81, 0x83 -> AluOps.immediate(i, size(i));
            case 0x84, 0x85 -> AluOps.test(i, size(i));
            case 0x86, 0x87 -> ExchangeOps.exchange(i, size(i));
            case 0x88, 0x89, 0x8a, 0x8b -> MoveOps.make(i, (op & 2) != 0, size(i));
            case 0x8d -> i.isMem ? MoveOps.lea(i) : new UndefinedOp(i);
            case 0x8f -> i.ext() == 0 ? StackOps.popOperand(i) : new UndefinedOp(i);
            default -> SystemOps.make(i);
        };
    }

    private static Op row9(Insn i, int op) {
        return switch (op) {
            case 0x90 -> i.opcodeReg() == 0 ? MiscOps.nothing(i) : ExchangeOps.accumulator(i);
            case 0x98 -> MiscOps.extendAccumulator(i);
            case 0x99 -> MiscOps.signToData(i);
            case 0x9b -> SimdOps.make(i);
            case 0x9a, 0x9c, 0x9d -> SystemOps.make(i);
            case 0x9e -> MiscOps.storeFlags(i);
            case 0x9f -> MiscOps.loadFlags(i);
            default -> ExchangeOps.accumulator(i);
        };
    }

    private static Op rowA(Insn i, int op) {
        return switch (op) {
            case 0xa0, 0xa1 -> MoveOps.make(i, true, size(i));
            case 0xa2, 0xa3 -> MoveOps.make(i, false, size(i));
            case 0xa4, 0xa5 -> StringOps.make(i, StringOps.MOVS, size(i));
            case 0xa6, 0xa7 -> StringOps.make(i, StringOps.CMPS, size(i));
            case 0xa8, 0xa9 -> AluOps.testImmediate(i, size(i));
            case 0xaa, 0xab -> StringOps.make(i, StringOps.STOS, size(i));
            case 0xac, 0xad -> StringOps.make(i, StringOps.LODS, size(i));
            default -> StringOps.make(i, StringOps.SCAS, size(i));
        };
    }

    private static Op constant(Insn i, int op) {
        int size = (op & 8) == 0 ? 1 : i.opSize;
        return MoveOps.constant(i, Regs.number(i, i.opcodeReg(), size), i.imm, size);
    }

    private static Op rowC(Insn i, int op) {
        return switch (op) {
            case 0xc0, 0xc1 -> ShiftOps.byConstant(i, size(i), (int) i.imm);
            case 0xc2 -> CallOps.ret(i, (int) i.imm);
            case 0xc3 -> CallOps.ret(i, 0);
            case 0xc4, 0xc5 -> i.long64() || !i.isMem ? new UndefinedOp(i) : SystemOps.make(i);
            case 0xc6, 0xc7 -> i.ext() == 0 ? MoveOps.immediate(i, size(i)) : new UndefinedOp(i);
            case 0xc8 -> StackOps.enter(i);
            case 0xc9 -> StackOps.leave(i);
            default -> SystemOps.make(i);
        };
    }

    private static Op rowD(Insn i, int op) {
        return switch (op) {
            case 0xd0, 0xd1 -> ShiftOps.byConstant(i, size(i), 1);
            case 0xd2, 0xd3 -> ShiftOps.byCounter(i, size(i));
            case 0xd4, 0xd5 -> only32(i, DecimalOps.make(i));
            case 0xd6 -> only32(i, MiscOps.setAlOnCarry(i));
            case 0xd7 -> MiscOps.translate(i);
            default -> SimdOps.make(i);
        };
    }

    private static Op rowE(Insn i, int op) {
        return switch (op) {
            case 0xe0, 0xe1, 0xe2, 0xe3 -> BranchOps.loop(i);
            case 0xe8 -> CallOps.call(i);
            case 0xe9, 0xeb -> BranchOps.jump(i);
            default -> SystemOps.make(i);
        };
    }

    private static Op rowF(Insn i, int op) {
        return switch (op) {
            case 0xf5, 0xf8, 0xf9, 0xfc, 0xfd -> MiscOps.flag(i);
            case 0xf6, 0xf7 -> group3(i, size(i));
            case 0xfe -> i.ext() < 2 ? UnaryOps.make(i, i.ext(), 1) : new UndefinedOp(i);
            case 0xff -> group5(i);
            default -> SystemOps.make(i);
        };
    }

    private static Op group3(Insn i, int size) {
        return switch (i.ext()) {
            case 0, 1 -> AluOps.testImmediate(i, size);
            case 2 -> UnaryOps.make(i, UnaryOps.NOT, size);
            case 3 -> UnaryOps.make(i, UnaryOps.NEG, size);
            case 4 -> MultiplyOps.wide(i, size, false);
            case 5 -> MultiplyOps.wide(i, size, true);
            case 6 -> MultiplyOps.divide(i, size, false);
            default -> MultiplyOps.divide(i, size, true);
        };
    }

    private static Op group5(Insn i) {
        return switch (i.ext()) {
            case 0, 1 -> UnaryOps.make(i, i.ext(), i.opSize);
            case 2 -> CallOps.callOperand(i);
            case 4 -> CallOps.jumpOperand(i);
            case 6 -> StackOps.pushOperand(i);
            case 7 -> new UndefinedOp(i);
            default -> i.isMem ? SystemOps.make(i) : new UndefinedOp(i);
        };
    }

    private static Op map38(Insn i) {
        int op = i.low();
        if (op >= 0xf0) {
            boolean crc = i.rep == 0xf2 && op <= 0xf1;
            return crc ? BitOps.crc(i, size(i)) : new UndefinedOp(i);
        }
        return SimdOps.make(i);
    }
}
