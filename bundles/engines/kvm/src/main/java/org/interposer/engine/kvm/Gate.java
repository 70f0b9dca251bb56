package org.interposer.engine.kvm;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets threads use a native resource and closes it behind the last one. Entering never blocks;
 * closing waits only for calls that are already inside.
 */
final class Gate {
    private static final int CLOSED = 1 << 30;

    private final AtomicInteger users = new AtomicInteger();

    /** Whether the resource may be used; {@link #leave} must follow if so. */
    boolean enter() {
        if ((users.incrementAndGet() & CLOSED) == 0) {
            return true;
        }
        users.decrementAndGet();
        return false;
    }

    /** Ends a use. */
    void leave() {
        users.decrementAndGet();
    }

    /** Whether it is closed. */
    boolean closed() {
        return (users.get() & CLOSED) != 0;
    }

    /**
     * Refuses new users.
     *
     * @return false when it was closed before
     */
    boolean shut() {
        return (users.getAndUpdate(n -> n | CLOSED) & CLOSED) == 0;
    }

    /** After {@link #shut}: waits until the last user has left. */
    void awaitEmpty() {
        while (users.get() != CLOSED) {
            Thread.onSpinWait();
            Thread.yield();
        }
    }
}
