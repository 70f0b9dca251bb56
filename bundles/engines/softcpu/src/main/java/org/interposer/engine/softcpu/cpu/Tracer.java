package org.interposer.engine.softcpu.cpu;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.interposer.api.engine.TraceEvent;
import org.interposer.api.engine.TraceEvent.Cause;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.engine.TraceSink;
import org.interposer.engine.softcpu.decode.Decoder;

/** Tells a sink what one vCPU does, on its thread, until the sink wants no more. */
public final class Tracer {
    private final int vcpu;
    private final Set<TraceKind> kinds;
    private final TraceSink sink;
    private final Decoder decoder = new Decoder();

    /** Reports some kinds of events. */
    public Tracer(int vcpu, Set<TraceKind> kinds, TraceSink sink) {
        this.vcpu = vcpu;
        this.kinds = Set.copyOf(kinds);
        this.sink = sink;
    }

    /** Whether it must see each instruction. */
    boolean steps() {
        return kinds.contains(TraceKind.INSTRUCTIONS);
    }

    /** The instruction at {@link Cpu#rip} comes next. */
    void instruction(Cpu c) {
        byte[] bytes = c.code.show(c.rip);
        int length = length(bytes, c.codeSize);
        // What is not in memory as a whole does not execute: its fault follows.
        if (length > 0) {
            byte[] own = Arrays.copyOf(bytes, length);
            tell(c, new TraceEvent.Instruction(vcpu, c.seg[Cpu.CS].selector, c.rip, own));
        }
    }

    /** An interrupt or exception is about to be delivered. */
    public void interruption(
            Cpu c, boolean software, boolean external, int vector, OptionalInt error, long rip) {
        if (!kinds.contains(TraceKind.EXCEPTIONS)) {
            return;
        }
        boolean pageFault = vector == GuestFault.PF && !software && !external;
        OptionalLong cr2 = pageFault ? OptionalLong.of(c.cr2) : OptionalLong.empty();
        Cause cause = cause(software, external, vector);
        tell(c, new TraceEvent.Interruption(vcpu, cause, vector, rip, error, cr2));
    }

    /** Traps come as external events, too; no interrupt controller delivers vectors 1 and 2. */
    private static Cause cause(boolean software, boolean external, int vector) {
        if (software) {
            return Cause.SOFTWARE;
        }
        if (!external || vector == GuestFault.DB) {
            return Cause.EXCEPTION;
        }
        return vector == GuestFault.NMI ? Cause.NMI : Cause.INTERRUPT;
    }

    private void tell(Cpu c, TraceEvent event) {
        if (!sink.accept(event)) {
            c.tracer = null;
        }
    }

    private int length(byte[] bytes, int codeSize) {
        try {
            return decoder.decode(new Shown(bytes), codeSize, 0).length;
        } catch (Incomplete e) {
            return 0;
        }
    }

    /** The bytes end before the instruction does. */
    private static final class Incomplete extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Incomplete() {
            super("incomplete instruction", null, false, false);
        }
    }

    private record Shown(byte[] bytes) implements Decoder.Source {
        @Override
        public int at(int index) {
            if (index >= bytes.length) {
                throw new Incomplete();
            }
            return bytes[index] & 0xff;
        }

        @Override
        public RuntimeException tooLong() {
            return new Incomplete();
        }
    }
}
