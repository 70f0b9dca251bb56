package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.fp.Convert;
import org.interposer.engine.softcpu.fp.FloatStatus;

/** CVT between XMM and MMX registers: an SSE instruction's rules, then those of MMX. */
final class MmxConvertOps {
    private MmxConvertOps() {}

    static void fill(Table t) {
        t.add(Table.NONE, 0x12a, i -> new FromMmx(i, false));
        t.add(Table.P66, 0x12a, i -> new FromMmx(i, true));
        t.add(Table.NONE, 0x12c, i -> new SinglesToMmx(i, true));
        t.add(Table.NONE, 0x12d, i -> new SinglesToMmx(i, false));
        t.add(Table.P66, 0x12c, i -> new DoublesToMmx(i, true));
        t.add(Table.P66, 0x12d, i -> new DoublesToMmx(i, false));
    }

    /** CVTPI2PS and CVTPI2PD; an operand in memory leaves the x87 unit alone, as AMD's do. */
    private static final class FromMmx extends XmmOp {
        private final boolean toDoubles;

        FromMmx(Insn i, boolean toDoubles) {
            super(i, 8);
            this.toDoubles = toDoubles;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            if (!mem) {
                MmxOp.waitFor(c);
            }
            long v = mem ? c.ld64(ea(c)) : c.x87.mmx(rm >> 1 & 7);
            long low =
                    toDoubles
                            ? Convert.integerToF64((int) v, c.sse)
                            : ConvertOps.toSingles(v, c.sse);
            if (!mem) {
                c.x87.enterMmx(); // Also when #XM follows.
            }
            settle(c);
            c.xmm[d] = low;
            if (toDoubles) {
                c.xmm[d + 1] = Convert.integerToF64(v >> 32, c.sse);
            }
            return next;
        }
    }

    /** CVTPS2PI and CVTTPS2PI. */
    private static final class SinglesToMmx extends XmmOp {
        private final boolean truncating;

        SinglesToMmx(Insn i, boolean truncating) {
            super(i, 8);
            this.truncating = truncating;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            MmxOp.waitFor(c);
            long v = source8(c);
            int rounding = truncating ? FloatStatus.TRUNCATE : c.sse.rounding();
            long r = ConvertOps.singles(v, rounding, c.sse);
            c.x87.enterMmx(); // Also when #XM follows, as seen on a processor.
            settle(c);
            c.x87.setMmx(d >> 1 & 7, r);
            return next;
        }
    }

    /** CVTPD2PI and CVTTPD2PI. */
    private static final class DoublesToMmx extends XmmOp {
        private final boolean truncating;

        DoublesToMmx(Insn i, boolean truncating) {
            super(i);
            this.truncating = truncating;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            MmxOp.waitFor(c);
            int s = source(c);
            int rounding = truncating ? FloatStatus.TRUNCATE : c.sse.rounding();
            long r = ConvertOps.doubles(c.xmm[s], c.xmm[s + 1], rounding, c.sse);
            c.x87.enterMmx(); // Also when #XM follows, as seen on a processor.
            settle(c);
            c.x87.setMmx(d >> 1 & 7, r);
            return next;
        }
    }
}
