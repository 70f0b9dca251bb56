package org.interposer.engine.softcpu;

import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.interposer.api.bus.IoEvent;

/** An event between threads of this process; nothing outside can ring it. */
final class SoftEvent implements IoEvent {
    private final AtomicBoolean signalled = new AtomicBoolean();
    private volatile Thread waiting;
    private volatile boolean closed;

    @Override
    public void signal() {
        if (signalled.compareAndSet(false, true)) {
            LockSupport.unpark(waiting);
        }
    }

    @Override
    public boolean await(long timeoutNanos) {
        if (signalled.getAndSet(false)) {
            return true;
        }
        if (timeoutNanos <= 0) {
            return false;
        }
        waiting = Thread.currentThread();
        try {
            return park(timeoutNanos);
        } finally {
            waiting = null;
        }
    }

    private boolean park(long timeoutNanos) {
        long begin = System.nanoTime();
        while (!closed) {
            if (signalled.getAndSet(false)) {
                return true;
            }
            if (timeoutNanos == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else {
                long left = timeoutNanos - (System.nanoTime() - begin);
                if (left <= 0) {
                    return false;
                }
                LockSupport.parkNanos(this, left);
            }
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                return signalled.getAndSet(false);
            }
        }
        return false;
    }

    @Override
    public OptionalInt descriptor() {
        return OptionalInt.empty();
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(waiting);
    }
}
