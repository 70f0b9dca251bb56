package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.fp.Float32;
import org.interposer.engine.softcpu.fp.Float64;
import org.interposer.engine.softcpu.fp.FloatStatus;

/** Division of SSE, a class for each form, so that each has machine code of its own. */
final class FloatDiv {
    private FloatDiv() {}

    static void fill(Table t, int opcode) {
        t.add(Table.NONE, opcode, PackedSingle::new);
        t.add(Table.P66, opcode, PackedDouble::new);
        t.add(Table.F3, opcode, ScalarSingle::new);
        t.add(Table.F2, opcode, ScalarDouble::new);
    }

    private static final class ScalarDouble extends XmmOp {
        ScalarDouble(Insn i) {
            super(i, 8);
        }

        @Override
        public Op exec(Cpu c) {
            long b = source8(c);
            long[] x = c.xmm;
            long r = Float64.div(x[d], b, c.sse);
            settle(c);
            x[d] = r;
            return next;
        }
    }

    private static final class ScalarSingle extends XmmOp {
        ScalarSingle(Insn i) {
            super(i, 4);
        }

        @Override
        public Op exec(Cpu c) {
            int b = source4(c);
            long[] x = c.xmm;
            int r = Float32.div((int) x[d], b, c.sse);
            settle(c);
            x[d] = x[d] & HIGH | r & LOW;
            return next;
        }
    }

    private static final class PackedDouble extends XmmOp {
        PackedDouble(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            FloatStatus f = c.sse;
            long low = Float64.div(x[d], x[s], f);
            long high = Float64.div(x[d + 1], x[s + 1], f);
            settle(c);
            x[d] = low;
            x[d + 1] = high;
            return next;
        }
    }

    private static final class PackedSingle extends XmmOp {
        PackedSingle(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            FloatStatus f = c.sse;
            long low = pair(x[d], x[s], f);
            long high = pair(x[d + 1], x[s + 1], f);
            settle(c);
            x[d] = low;
            x[d + 1] = high;
            return next;
        }

        private static long pair(long a, long b, FloatStatus f) {
            int low = Float32.div((int) a, (int) b, f);
            return Swar.pair(low, Float32.div((int) (a >> 32), (int) (b >> 32), f));
        }
    }
}
