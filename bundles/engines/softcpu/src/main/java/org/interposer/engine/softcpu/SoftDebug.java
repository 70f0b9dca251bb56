package org.interposer.engine.softcpu;

import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.interposer.api.engine.HostDebug;
import org.interposer.engine.softcpu.cpu.HostWatch;
import org.interposer.engine.softcpu.cpu.Interpreter;

/** Turns of a vCPU that a debugger on the host watches: instruction by instruction. */
final class SoftDebug {
    /** Nobody debugs. */
    static final SoftDebug OFF = new SoftDebug(HostDebug.NONE);

    /** Many are no problem, but a mistake: each instruction searches, each access looks at all. */
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
    private final HostWatch watch;
    private final long[] breakpoints;

    SoftDebug(HostDebug wanted) {
        step = wanted.step();
        watch = new HostWatch(wanted.watchpoints());
        breakpoints = wanted.breakpoints().stream().mapToLong(Long::longValue).sorted().toArray();
    }

    /** What the vCPU's accesses are to be shown to. */
    HostWatch watch() {
        return watch;
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
            // An interrupt's frame may have hit one before the first instruction.
            if (watch.hit() || Arrays.binarySearch(breakpoints, interpreter.linear()) >= 0) {
                return End.STOP;
            }
            if (!interpreter.one()) {
                return End.TRIPLE_FAULT;
            }
            if (step || watch.hit()) {
                return End.STOP;
            }
            if (wanted.getAsBoolean()) {
                break;
            }
        }
        return End.GOES_ON;
    }
}
