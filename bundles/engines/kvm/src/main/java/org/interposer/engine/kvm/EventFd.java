package org.interposer.engine.kvm;

import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.engine.EngineException;

/**
 * An event over an eventfd. {@code pending} is true from a signal of this process until the wait
 * that consumes it, so further signals make no system call; the kernel signals the descriptor
 * alone, which the wait sees all the same.
 *
 * <p>The wait reads the descriptor first and clears {@code pending} afterwards: a signal that falls
 * between the two writes nothing, and needs to write nothing, because the wait returns after it.
 */
final class EventFd implements IoEvent {
    // struct pollfd, then struct timespec, then the counter, in one block.
    private static final int POLL_FD = 0;
    private static final int POLL_EVENTS = 4;
    private static final int TIME_SECONDS = 8;
    private static final int TIME_NANOS = 16;
    private static final int COUNTER = 24;
    private static final int SIZE = 32;
    private static final long NANOS = 1_000_000_000L;

    private static final Struct ONE = new Struct(8).put64(0, 1);

    private final int fd;
    private final Gate gate = new Gate();
    private final AtomicBoolean pending = new AtomicBoolean();

    /** Used by the one waiting thread. */
    private final Struct block = new Struct(SIZE);

    /** A new event, not signalled. */
    EventFd() throws EngineException {
        Libc.acquire();
        fd = Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        if (fd < 0) {
            int errno = Libc.errno();
            Libc.release();
            throw new EngineException("making an eventfd failed: " + Libc.describe(errno));
        }
        block.put32(POLL_FD, fd).put16(POLL_EVENTS, Libc.POLLIN);
    }

    @Override
    public void signal() {
        if (pending.getAndSet(true)) {
            return;
        }
        if (gate.enter()) {
            try {
                write();
            } finally {
                gate.leave();
            }
        }
    }

    /** Signals always, for a descriptor whose reader is the kernel. */
    void write() {
        // SAFETY: eight constant bytes that live as long as the class; the gate keeps the
        // descriptor open.
        Libc.write(fd, ONE.address(), 8);
    }

    @Override
    public boolean await(long timeoutNanos) {
        if (!gate.enter()) {
            return false;
        }
        try {
            if (consume()) {
                return !gate.closed();
            }
            if (timeoutNanos <= 0) {
                return false;
            }
            long deadline = timeoutNanos == Long.MAX_VALUE ? 0 : System.nanoTime() + timeoutNanos;
            do {
                long left =
                        timeoutNanos == Long.MAX_VALUE
                                ? Long.MAX_VALUE
                                : deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                poll(left);
            } while (!consume());
            return !gate.closed();
        } finally {
            gate.leave();
        }
    }

    private void poll(long nanos) {
        long timeout = 0;
        if (nanos != Long.MAX_VALUE) {
            block.put64(TIME_SECONDS, nanos / NANOS).put64(TIME_NANOS, nanos % NANOS);
            timeout = block.address() + TIME_SECONDS;
        }
        // SAFETY: one pollfd and, where given, one timespec inside the block, which this object
        // holds; only the one waiting thread uses it.
        Libc.ppoll(block.address() + POLL_FD, 1, timeout, 0);
        block.keep();
    }

    private boolean consume() {
        // SAFETY: eight bytes inside the block.
        long got = Libc.read(fd, block.address() + COUNTER, 8);
        block.keep();
        if (got != 8) {
            return false;
        }
        pending.getAndSet(false);
        return true;
    }

    @Override
    public OptionalInt descriptor() {
        return gate.closed() ? OptionalInt.empty() : OptionalInt.of(fd);
    }

    @Override
    public void close() {
        if (gate.shut()) {
            write();
            gate.awaitEmpty();
            // SAFETY: nobody is inside any more; closed once.
            Libc.close(fd);
            Libc.release();
        }
    }
}
