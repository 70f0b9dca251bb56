package org.interposer.frontend.virtio.testkit;

import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.interposer.api.bus.IoEvent;

/** A sticky signal for one waiting thread, without a descriptor; allocates nothing. */
public final class FakeEvent implements IoEvent {
    private final AtomicBoolean signalled = new AtomicBoolean();
    private volatile boolean closed;
    private volatile Thread waiting;

    @Override
    public void signal() {
        signalled.set(true);
        LockSupport.unpark(waiting);
    }

    @Override
    public boolean await(long timeoutNanos) {
        waiting = Thread.currentThread();
        long start = System.nanoTime();
        while (!signalled.get() && !closed) {
            long left =
                    timeoutNanos == Long.MAX_VALUE
                            ? Long.MAX_VALUE
                            : timeoutNanos - (System.nanoTime() - start);
            if (left <= 0) {
                break;
            }
            LockSupport.parkNanos(this, left);
        }
        return signalled.getAndSet(false);
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
