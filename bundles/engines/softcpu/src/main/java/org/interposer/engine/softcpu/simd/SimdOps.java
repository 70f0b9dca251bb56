package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.UndefinedOp;
import org.interposer.engine.softcpu.decode.Insn;

/**
 * Operations of MMX and SSE to SSE4.2, of WAIT and of x87 instructions. Not AES, PCLMULQDQ, AVX,
 * SSE4a and 3DNow!, which CPUID does not announce; they are #UD.
 *
 * <p>Not here although their opcodes are near: POPCNT, CRC32, MOVBE, PREFETCHh, and what has the
 * prefix F3 before 0F AE.
 */
public final class SimdOps {
    private static final int WAIT = 0x9b, X87_FIRST = 0xd8, X87_LAST = 0xdf;
    private static final Table TABLE = table();

    private SimdOps() {}

    private static Table table() {
        Table t = new Table();
        MoveOps.fill(t);
        CrossOps.fill(t);
        LogicOps.fill(t);
        IntegerOps.fill(t);
        ShuffleOps.fill(t);
        InsertOps.fill(t);
        SearchOps.fill(t);
        FloatOps.fill(t);
        HorizontalOps.fill(t);
        ConvertOps.fill(t);
        MmxConvertOps.fill(t);
        StateOps.fill(t);
        return t;
    }

    /** The operation of an instruction, one that raises #UD where there is no such instruction. */
    public static Op make(Insn i) {
        if (i.lock) {
            return new UndefinedOp(i);
        }
        if (i.opcode == WAIT) {
            return StateOps.waitOp(i);
        }
        if (i.opcode >= X87_FIRST && i.opcode <= X87_LAST) {
            return X87Ops.make(i);
        }
        return i.opcode < Insn.MAP_0F ? new UndefinedOp(i) : TABLE.make(i);
    }
}
