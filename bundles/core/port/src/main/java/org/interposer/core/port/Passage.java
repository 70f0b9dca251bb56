package org.interposer.core.port;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * The pause of one or several changes: hold → drain → flush → switch → release. Whoever comes by
 * moves it on as far as it goes without waiting for requests: the I/O threads, which run anyway
 * while the guest is busy, and the thread that asked for the change. So none of them has to be
 * given a processor in the middle of a pause; on a busy host that takes longer than all the rest.
 *
 * <p>Only one thread at a time moves it on. It never does inside a stage's completion: there, the
 * request that completes still counts as in flight. The owner has the locks of all ports meanwhile,
 * so what is done here on its behalf is done under them.
 */
final class Passage {
    /** Nothing is to be done. */
    static final Passage NONE = new Passage(List.of(), 0, false, Step.OVER);

    /**
     * How long a moment is waited for in which nothing is in flight, so that the drain costs
     * nothing. Nothing is held during it.
     */
    static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long POLL_NANOS = 100_000;

    private enum Step {
        DUE,
        DRAINING,
        FLUSHING,
        OVER
    }

    private final List<Change> changes;
    private final int reason;
    private final boolean switching;
    private final Thread owner = Thread.currentThread();
    private final AtomicInteger visits = new AtomicInteger();
    private volatile Step step;
    private volatile boolean graceOver;

    // Written by who moves on, read by the owner when it is over.
    private Optional<IOException> refusal = Optional.empty();

    private Passage(List<Change> changes, int reason, boolean switching, Step step) {
        this.changes = changes;
        this.reason = reason;
        this.switching = switching;
        this.step = step;
    }

    /** Changes the chains; the caller is the owner and has prepared the changes. */
    static void change(List<Change> changes, long graceNanos) throws IOException {
        new Passage(changes, Port.CHANGE, true, Step.DUE).run(graceNanos);
    }

    /** Brings the chain to rest and leaves the port on hold. */
    static void hold(Change change) throws IOException {
        new Passage(List.of(change), Port.OPERATOR, false, Step.DUE).run(GRACE_NANOS);
    }

    private void run(long graceNanos) throws IOException {
        changes.forEach(c -> c.port().passage(this));
        visit();
        boolean interrupted = step == Step.DUE && parked(graceNanos);
        graceOver = true;
        while (step != Step.OVER) {
            visit();
            interrupted |= step != Step.OVER && parked(POLL_NANOS);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (refusal.isPresent()) {
            throw refusal.get();
        }
    }

    private boolean parked(long nanos) {
        LockSupport.parkNanos(this, nanos);
        return Thread.interrupted();
    }

    /** Moves on as far as it goes. What another thread finds in the way it looks at again. */
    void visit() {
        if (visits.getAndIncrement() != 0) {
            return;
        }
        int seen;
        do {
            seen = visits.get();
            move();
        } while (!visits.compareAndSet(seen, 0));
        if (step != Step.DUE && Thread.currentThread() != owner) {
            LockSupport.unpark(owner);
        }
    }

    private void move() {
        if (step == Step.OVER) {
            return;
        }
        try {
            if (step == Step.DUE && (graceOver || idle())) {
                changes.forEach(c -> c.hold(reason));
                step = Step.DRAINING;
            }
            if (step == Step.DRAINING && all(Change::isDrained)) {
                changes.forEach(Change::startFlush);
                step = Step.FLUSHING;
            }
            if (step == Step.FLUSHING && all(Change::isFlushed)) {
                end();
            }
        } catch (IOException | RuntimeException | Error e) {
            refuse(e);
        }
    }

    private boolean idle() {
        for (Change change : changes) {
            if (!change.isIdle()) {
                return false;
            }
        }
        return true;
    }

    /** A question that is a refusal when the answer takes too long. */
    private interface Question {
        boolean ask(Change change) throws IOException;
    }

    private boolean all(Question question) throws IOException {
        for (Change change : changes) {
            try {
                if (!question.ask(change)) {
                    return false;
                }
            } catch (IOException e) {
                throw new IOException(change.control().name() + ": " + e.getMessage(), e);
            }
        }
        return true;
    }

    private void end() {
        if (switching) {
            changes.forEach(Change::commit);
            leave();
            changes.forEach(c -> c.release(reason));
        }
        leave();
        step = Step.OVER;
    }

    private void refuse(Throwable cause) {
        refusal = Optional.of(asRefusal(cause));
        leave();
        try {
            changes.forEach(c -> c.undo(reason));
        } finally {
            step = Step.OVER;
        }
    }

    /** From here on requests need not look in. */
    private void leave() {
        changes.forEach(c -> c.port().passage(NONE));
    }

    private IOException asRefusal(Throwable cause) {
        if (cause instanceof IOException refused) {
            return refused;
        }
        String ports =
                changes.stream().map(c -> c.control().name()).collect(Collectors.joining(", "));
        return new IOException(ports + ": " + text(cause), cause);
    }

    static String text(Throwable cause) {
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
