package org.interposer.api.block;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts what is in flight and admits nothing while there is a reason to hold: both in one atomic
 * word, so that who sees "on hold, none in flight" knows that it stays so. Ports stand on it;
 * stages use it to close without a request under way. {@link #enter} and {@link #exit} take no lock
 * and allocate nothing.
 *
 * <p>What a thread writes before {@link #release} is seen by all that enter afterwards; what they
 * write before {@link #exit} is seen by a thread whose {@link #awaitIdle} returns true.
 */
public final class RequestGate {
    private static final long ONE_REASON = 1L << 32;
    private static final int SPINS = 64;
    private static final long PARK_NANOS = 100_000;

    // The word has its cache line for itself: 128 bytes on each side.
    private static final int WORD = 16;
    private final AtomicLongArray cell = new AtomicLongArray(2 * WORD);
    private volatile Thread waiter;

    /** Admits one, unless there is a reason to hold. */
    public boolean enter() {
        long seen;
        do {
            seen = cell.get(WORD);
            if (seen >= ONE_REASON) {
                return false;
            }
        } while (!cell.weakCompareAndSetVolatile(WORD, seen, seen + 1));
        return true;
    }

    /**
     * Admits one that helps what is in flight to end: refused only when the gate is on hold and
     * nothing is in flight.
     */
    public boolean join() {
        long seen;
        do {
            seen = cell.get(WORD);
            if (seen >= ONE_REASON && count(seen) == 0) {
                return false;
            }
        } while (!cell.weakCompareAndSetVolatile(WORD, seen, seen + 1));
        return true;
    }

    /** Admits one although the gate is on hold; only for the thread that holds it. */
    public void enterHeld() {
        cell.incrementAndGet(WORD);
    }

    /**
     * One has ended.
     *
     * @throws IllegalStateException when none was in flight: something ended twice
     */
    public void exit() {
        long now;
        long seen;
        do {
            seen = cell.get(WORD);
            if (count(seen) == 0) {
                throw new IllegalStateException("a request was completed twice");
            }
            now = seen - 1;
        } while (!cell.weakCompareAndSetVolatile(WORD, seen, now));
        if (count(now) == 0) {
            Thread waiting = waiter;
            if (waiting != null) {
                LockSupport.unpark(waiting);
            }
        }
    }

    /**
     * Adds reasons to hold.
     *
     * @param reasons a set of bits of the caller's choice, positive
     * @return whether it was open before
     */
    public boolean hold(int reasons) {
        long seen;
        do {
            seen = cell.get(WORD);
        } while (!cell.compareAndSet(WORD, seen, seen | reasons * ONE_REASON));
        return seen < ONE_REASON;
    }

    /**
     * Takes reasons away.
     *
     * @return whether this opened it
     */
    public boolean release(int reasons) {
        long seen;
        long now;
        do {
            seen = cell.get(WORD);
            now = seen & ~(reasons * ONE_REASON);
        } while (!cell.compareAndSet(WORD, seen, now));
        return seen >= ONE_REASON && now < ONE_REASON;
    }

    /** The reasons to hold; 0 while it is open. */
    public int reasons() {
        return (int) (cell.get(WORD) >>> 32);
    }

    /** How many have entered and not yet ended. */
    public int inFlight() {
        return count(cell.get(WORD));
    }

    /**
     * Waits until nothing is in flight. An interrupt does not end it; it stays set.
     *
     * @param nanos longest wait
     * @return false when something is still in flight
     */
    public boolean awaitIdle(long nanos) {
        long deadline = System.nanoTime() + nanos;
        boolean interrupted = false;
        waiter = Thread.currentThread();
        for (int i = 0; inFlight() != 0; i++) {
            if (i < SPINS) {
                Thread.onSpinWait();
                continue;
            }
            if (System.nanoTime() - deadline >= 0) {
                break;
            }
            LockSupport.parkNanos(this, PARK_NANOS);
            interrupted |= Thread.interrupted();
        }
        if (waiter == Thread.currentThread()) {
            waiter = null;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return inFlight() == 0;
    }

    private static int count(long word) {
        return (int) word;
    }
}
