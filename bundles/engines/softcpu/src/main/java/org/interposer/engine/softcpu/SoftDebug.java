package org.interposer.engine.softcpu;

import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.interposer.api.engine.HostDebug;
import org.interposer.engine.softcpu.cpu.Interpreter;

/** Turns of a vCPU that a debugger on the host watches: instruction by instruction. */
final class SoftDebug {
    /** Nobody debugs. */
    static final SoftDebug OFF = new SoftDebug(HostDebug.NONE);

    /** Breakpoints cost a search each instruction, so many are no problem, but a mistake. */
    static final int MOST = 1000;

    /** Instructions a turn. */
    private static final int TURN = 200;

    /** How a turn ended. */
    enum End {
        /** The guest goes on. */
        GOES_ON,
        /** What the debugger waits for. */
        STOP,
        TRIPLE_FAULT
    }

    private final boolean step;
    private final long[] breakpoints;

    SoftDebug(HostDebug wanted) {
        step = wanted.step();
        breakpoints = wanted.breakpoints().stream().mapToLong(Long::longValue).sorted().toArray();
    }

    /** A step is one of the program's: no interrupt comes first. */
    boolean holdsInterrupts() {
        return step;
    }

    /**
     * Executes instructions.
     *
     * @param wanted whether somebody wants the vCPU for something else, looked at after each
     */
    End turn(Interpreter interpreter, BooleanSupplier wanted) {
        for (int n = 0; n < TURN; n++) {
            if (Arrays.binarySearch(breakpoints, interpreter.linear()) >= 0) {
                return End.STOP;
            }
            if (!interpreter.one()) {
                return End.TRIPLE_FAULT;
            }
            if (step) {
                return End.STOP;
            }
            if (wanted.getAsBoolean()) {
                break;
            }
        }
        return End.GOES_ON;
    }
}
