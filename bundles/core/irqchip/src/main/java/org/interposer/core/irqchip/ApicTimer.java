package org.interposer.core.irqchip;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.time.DeviceTimer;
import org.interposer.api.time.MachineClock;

/**
 * Timer of a local APIC: one-shot, periodic, TSC-deadline (SDM vol. 3 §11.5.4). It counts at 1 GHz
 * divided by the divide configuration. Guarded by its monitor: the vCPU's thread writes registers,
 * the machine's timer thread expires.
 *
 * <p>Periods shorter than {@link #MIN_INTERVAL_NANOS} interrupt at that interval, so that a guest
 * cannot keep the timer thread busy.
 */
final class ApicTimer {
    static final long MIN_INTERVAL_NANOS = 50_000;

    private static final int MASKED = 1 << 16;
    private static final int ONE_SHOT = 0;
    private static final int PERIODIC = 1;
    private static final int TSC_DEADLINE = 2;
    private static final long NEVER = Long.MAX_VALUE;
    private static final long LONGEST_NANOS = 1L << 61;
    private static final long MS = 1_000_000;

    private final AtomicIntegerArray page;
    private final MachineClock clock;
    private final IrqchipHost host;
    private final int cpu;
    private final Runnable fire;
    private final DeviceTimer timer;

    private long start;
    private boolean running;
    private long tscDeadline;
    private long armedFor = NEVER;
    private long lastFired;

    ApicTimer(
            AtomicIntegerArray page, MachineClock clock, IrqchipHost host, int cpu, Runnable fire) {
        this.page = page;
        this.clock = clock;
        this.host = host;
        this.cpu = cpu;
        this.fire = fire;
        timer = clock.newTimer("lapic" + cpu, this::expired);
        lastFired = -MIN_INTERVAL_NANOS;
    }

    private int mode() {
        return page.get(ApicRegister.LVT_TIMER) >> 17 & 3;
    }

    private boolean masked() {
        return (page.get(ApicRegister.LVT_TIMER) & MASKED) != 0;
    }

    private long divisor() {
        int configuration = page.get(ApicRegister.TIMER_DIVIDE);
        int code = configuration & 3 | configuration >> 1 & 4;
        return code == 7 ? 1 : 2L << code;
    }

    private long initial() {
        return page.get(ApicRegister.TIMER_INITIAL) & 0xFFFF_FFFFL;
    }

    private long period() {
        return initial() * divisor();
    }

    synchronized void setInitial(int value) {
        if (mode() == TSC_DEADLINE) {
            return;
        }
        page.set(ApicRegister.TIMER_INITIAL, value);
        start = clock.nanos();
        running = value != 0;
        arm();
    }

    /** What the current-count register shows. */
    synchronized int current() {
        long period = period();
        if (!running || period == 0) {
            return 0;
        }
        long elapsed = clock.nanos() - start;
        long into = mode() == PERIODIC ? elapsed % period : Math.min(elapsed, period);
        return (int) ((period - into + divisor() - 1) / divisor());
    }

    /** A new divisor applies to what is left of the count. */
    synchronized void setDivide(int value) {
        long left = current() & 0xFFFF_FFFFL;
        page.set(ApicRegister.TIMER_DIVIDE, value);
        start = clock.nanos() - (period() - left * divisor());
        arm();
    }

    /** Changing between TSC-deadline and the counting modes disarms (SDM vol. 3 §11.5.4.1). */
    synchronized void setLvt(int value) {
        boolean wasDeadline = mode() == TSC_DEADLINE;
        boolean missed = masked() && mode() == ONE_SHOT && clock.nanos() - start >= period();
        page.set(ApicRegister.LVT_TIMER, value);
        if (wasDeadline != (mode() == TSC_DEADLINE)) {
            page.set(ApicRegister.TIMER_INITIAL, 0);
            running = false;
            tscDeadline = 0;
        } else if (missed) {
            running = false;
        }
        arm();
    }

    synchronized long tscDeadline() {
        return tscDeadline;
    }

    /** A deadline in the past interrupts at once, without the timer thread. */
    synchronized void setTscDeadline(long value) {
        if (mode() != TSC_DEADLINE) {
            return;
        }
        boolean passed = value != 0 && !masked() && nanosUntil(value) == 0;
        tscDeadline = passed ? 0 : value;
        arm();
        if (passed) {
            fire.run();
        }
    }

    private void arm() {
        long deadline = masked() ? NEVER : nextDeadline(clock.nanos());
        armedFor = deadline;
        if (deadline == NEVER) {
            timer.cancel();
        } else {
            timer.arm(deadline);
        }
    }

    private long nextDeadline(long now) {
        if (mode() == TSC_DEADLINE) {
            return tscDeadline == 0 ? NEVER : now + nanosUntil(tscDeadline);
        }
        long period = period();
        if (!running || period == 0) {
            return NEVER;
        }
        if (mode() != PERIODIC) {
            return start + period;
        }
        long next = start + ((now - start) / period + 1) * period;
        return Math.max(next, lastFired + MIN_INTERVAL_NANOS);
    }

    private long nanosUntil(long deadline) {
        long now = host.tsc(cpu);
        if (Long.compareUnsigned(deadline, now) <= 0) {
            return 0;
        }
        long ticks = deadline - now;
        long khz = Math.max(1, host.tscKhz());
        long millis = Long.divideUnsigned(ticks, khz);
        if (millis < 0 || millis > LONGEST_NANOS / MS) {
            return LONGEST_NANOS;
        }
        return millis * MS + (Long.remainderUnsigned(ticks, khz) * MS + khz - 1) / khz;
    }

    private synchronized void expired() {
        long now = clock.nanos();
        if (now < armedFor || masked()) {
            return;
        }
        if (mode() == TSC_DEADLINE) {
            if (nanosUntil(tscDeadline) > 0) {
                arm();
                return;
            }
            tscDeadline = 0;
        } else if (mode() != PERIODIC) {
            running = false;
        }
        lastFired = now;
        fire.run();
        arm();
    }

    synchronized void reset() {
        running = false;
        tscDeadline = 0;
        armedFor = NEVER;
        timer.cancel();
    }

    /** Goes on from the page's initial and current count. */
    synchronized void restore(long deadline) {
        long left = page.get(ApicRegister.TIMER_CURRENT) & 0xFFFF_FFFFL;
        start = clock.nanos() - (period() - left * divisor());
        running = left != 0;
        tscDeadline = mode() == TSC_DEADLINE ? deadline : 0;
        lastFired = clock.nanos() - MIN_INTERVAL_NANOS;
        arm();
    }

    void close() {
        timer.close();
    }
}
