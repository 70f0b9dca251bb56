package org.interposer.core.timers;

import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import org.interposer.api.state.StateRecord;
import org.interposer.api.time.DeviceTimer;
import org.interposer.api.time.ManagedClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock of one machine: guest time from {@link System#nanoTime()} and one thread that sleeps
 * until the earliest deadline.
 *
 * <p>The lock is held for a heap operation only; expiries run outside it. Reading the time takes no
 * lock.
 */
final class ThreadedClock implements ManagedClock {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadedClock.class);
    private static final String STATE_TYPE = "time.clock";
    private static final long FOR_EVER = Long.MAX_VALUE;
    private static final long DUE = 0;

    /**
     * Where guest time stands.
     *
     * @param nanos while running, host time at guest time 0; while paused, guest time itself
     */
    private record Reference(boolean running, long nanos) {}

    private final Clock wall = Clock.systemUTC();
    private final Object lock = new Object();
    private final TimerHeap armed = new TimerHeap();
    private final Thread thread;

    private volatile Reference reference = new Reference(false, 0);
    private int timers;
    private ClockTimer next;
    private boolean expiring;
    private boolean closed;

    ThreadedClock(String machine) {
        thread = new Thread(this::run, machine + "/timer");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public long nanos() {
        Reference now = reference;
        return now.running() ? System.nanoTime() - now.nanos() : now.nanos();
    }

    @Override
    public long wallNanos() {
        Instant now = wall.instant();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    @Override
    public DeviceTimer newTimer(String name, Runnable expired) {
        synchronized (lock) {
            armed.reserve(++timers);
        }
        return new ClockTimer(this, name, expired);
    }

    void arm(ClockTimer timer, long deadline) {
        boolean earlier;
        synchronized (lock) {
            if (timer.closed || closed) {
                return;
            }
            timer.deadline = deadline;
            armed.put(timer);
            earlier = armed.first() == timer && reference.running();
        }
        if (earlier) {
            wake();
        }
    }

    void cancel(ClockTimer timer) {
        synchronized (lock) {
            armed.remove(timer);
        }
    }

    void close(ClockTimer timer) {
        synchronized (lock) {
            if (!timer.closed) {
                timer.closed = true;
                timers--;
                armed.remove(timer);
            }
        }
    }

    private void wake() {
        if (Thread.currentThread() != thread) {
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        for (long wait = nextWait(); wait >= DUE; wait = nextWait()) {
            if (wait == DUE) {
                expire(next);
            } else if (wait == FOR_EVER) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, wait);
            }
        }
    }

    /**
     * Nanoseconds until the thread is needed; {@link #DUE} with {@link #next} taken off the heap;
     * negative when it must end.
     */
    private long nextWait() {
        synchronized (lock) {
            if (closed) {
                return -1;
            }
            if (armed.isEmpty() || !reference.running()) {
                return FOR_EVER;
            }
            ClockTimer first = armed.first();
            long now = nanos();
            if (first.deadline > now) {
                return first.deadline - now;
            }
            armed.remove(first);
            next = first;
            expiring = true;
            return DUE;
        }
    }

    private void expire(ClockTimer timer) {
        try {
            timer.expired.run();
        } catch (RuntimeException | Error failure) {
            LOG.error("{}: timer '{}' failed", thread.getName(), timer.name, failure);
        } finally {
            synchronized (lock) {
                expiring = false;
                lock.notifyAll();
            }
        }
    }

    @Override
    public void resume() {
        synchronized (lock) {
            if (!reference.running()) {
                reference = new Reference(true, System.nanoTime() - reference.nanos());
            }
        }
        wake();
    }

    @Override
    public void pause() {
        synchronized (lock) {
            reference = new Reference(false, nanos());
            awaitExpiry();
        }
    }

    private void awaitExpiry() {
        boolean interrupted = false;
        while (expiring && Thread.currentThread() != thread) {
            try {
                lock.wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public StateRecord save() {
        return StateRecord.of(STATE_TYPE, 1).put("nanos", nanos()).build();
    }

    @Override
    public void restore(StateRecord state) {
        long nanos = state.expect(STATE_TYPE, 1).number("nanos");
        synchronized (lock) {
            if (reference.running()) {
                throw new IllegalStateException(
                        thread.getName() + " is running: pause the clock before restoring it");
            }
            reference = new Reference(false, nanos);
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            reference = new Reference(false, nanos());
        }
        LockSupport.unpark(thread);
    }
}
