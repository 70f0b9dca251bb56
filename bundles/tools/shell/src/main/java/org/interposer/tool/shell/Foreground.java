package org.interposer.tool.shell;

import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineListener;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;

/** Runs a machine as a process runs: until it ends, with a status of its own. */
final class Foreground {
    static final int TIMED_OUT = 124;
    static final int VMM_ERROR = MachineOutcome.STATUS_FAILED;
    static final int ENDED_BY_USER = MachineOutcome.STATUS_ENDED;

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Machine machine;
    private final PrintStream err;
    private final Runnable started;
    private final CountDownLatch event = new CountDownLatch(1);

    /**
     * Over a machine that was not started.
     *
     * @param started called when its devices take input
     */
    Foreground(Machine machine, Runnable started, PrintStream err) {
        this.machine = machine;
        this.started = started;
        this.err = err;
    }

    /** The user wants it to end. Any thread. */
    void endByUser() {
        event.countDown();
    }

    /**
     * Starts it and waits for its end.
     *
     * @param seconds longest run, 0 for any
     * @param hopeless looked at now and then: whether to end it as the user would
     */
    int run(long seconds, BooleanSupplier hopeless) throws MachineException, InterruptedException {
        MachineListener listener =
                (m, before, now) -> {
                    if (now == MachineState.RUNNING) {
                        started.run();
                    } else if (now == MachineState.STOPPED) {
                        event.countDown();
                    }
                };
        machine.addListener(listener);
        try {
            machine.start();
            boolean inTime = await(seconds, hopeless);
            if (machine.state() == MachineState.STOPPED) {
                return status(machine.outcome());
            }
            machine.stop();
            return inTime ? ENDED_BY_USER : timedOut(seconds);
        } finally {
            machine.removeListener(listener);
        }
    }

    private boolean await(long seconds, BooleanSupplier hopeless) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!event.await(look(seconds, end), TimeUnit.NANOSECONDS)) {
            if (hopeless.getAsBoolean()) {
                return true;
            }
            if (seconds > 0 && System.nanoTime() - end >= 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Nanoseconds until somebody must look again. Seldom, for an idle guest should cost nothing.
     */
    private static long look(long seconds, long end) {
        return seconds > 0 ? Math.min(LOOK_NANOS, end - System.nanoTime()) : LOOK_NANOS;
    }

    private int timedOut(long seconds) {
        err.println("boot: the guest still ran after " + seconds + " s; it was stopped");
        return TIMED_OUT;
    }

    private int status(MachineOutcome outcome) {
        if (outcome instanceof MachineOutcome.Crashed crashed) {
            err.println("boot: the guest crashed: " + crashed.message());
            RegisterTable.print(crashed.cpus(), err);
        }
        if (outcome instanceof MachineOutcome.Failed failed) {
            err.println("boot: " + failed.message());
        }
        return outcome.exitStatus();
    }
}
