package org.interposer.frontend.virtio;

import java.util.Optional;
import org.interposer.api.bus.IoEvent;

/**
 * The I/O thread of one queue: sleeps on one event, serves the ring, and comes to rest when the
 * device bars it. What bars it changes under the device's lock; the thread reads it without.
 */
final class QueueWorker implements Runnable {
    /** The driver has not said DRIVER_OK. */
    static final int IDLE = 1;

    /** The machine wants memory to be at rest. */
    static final int QUIESCE = 2;

    /** A reset waits for chains in flight. */
    static final int RESET = 4;

    /** The guest broke a ring of the device. */
    static final int BROKEN = 8;

    /** The thread is to end. */
    static final int STOP = 16;

    private static final int WANTS_REST = QUIESCE | RESET | STOP;

    /** What the worker tells the device. */
    interface Owner {
        /** Called without any lock. */
        void broken(QueueWorker worker, QueueError error);

        /** Called without any lock; nothing of the queue is in flight. */
        void rested(QueueWorker worker);

        /** Whether the guest lets the device touch memory. */
        boolean busMaster();
    }

    private final int index;
    private final IoEvent event;
    private final QueueHandler handler;
    private final QueueMetrics metrics = new QueueMetrics();
    private final Owner owner;
    private final ShortPoll poll;
    private volatile int barred = IDLE;
    private volatile Optional<Virtqueue> queue = Optional.empty();
    private boolean resting;

    QueueWorker(int index, IoEvent event, QueueHandler handler, Owner owner, long pollNanos) {
        this.index = index;
        this.event = event;
        this.handler = handler;
        this.owner = owner;
        this.poll = new ShortPoll(pollNanos);
    }

    @Override
    public void run() {
        while ((barred & STOP) == 0) {
            event.await(Long.MAX_VALUE);
            metrics.notified();
            step();
        }
    }

    /**
     * First whether it is barred, then which ring: a reset cannot end between a look at 0 and the
     * next rest, so the ring seen here stays the queue's as long as it is served. The other way
     * round the ring could be that from before a reset.
     */
    private void step() {
        boolean mayServe = barred == 0;
        Optional<Virtqueue> present = queue;
        try {
            if (present.isPresent()) {
                handler.complete(present.get());
                if (mayServe && owner.busMaster()) {
                    serve(present.get());
                }
            }
        } catch (QueueError e) {
            metrics.failed();
            owner.broken(this, e);
        }
        if ((barred & WANTS_REST) != 0 && handler.inFlight() == 0) {
            owner.rested(this);
        }
    }

    /** Whoever bars the worker signals the event afterwards, so that {@link #step} comes again. */
    private void serve(Virtqueue ring) throws QueueError {
        ring.disableNotifications();
        while (barred == 0) {
            if (!handler.serve(ring)) {
                metrics.stalled();
                return;
            }
            if (handler.hasCompleted()) {
                handler.complete(ring);
            }
            if (!ring.hasAvailable()
                    && !poll.sawWork(this, ring, handler)
                    && !ring.enableNotifications()) {
                return;
            }
        }
    }

    boolean isBarred() {
        return barred != 0;
    }

    int index() {
        return index;
    }

    QueueHandler handler() {
        return handler;
    }

    QueueMetrics metrics() {
        return metrics;
    }

    void wake() {
        event.signal();
    }

    // From here on: with the device's lock held.

    void bar(int reason) {
        barred = barred | reason;
    }

    void unbar(int reason) {
        barred = barred & ~reason;
        if ((barred & WANTS_REST) == 0) {
            resting = false;
        }
    }

    /** Notes that the thread is at rest, unless the reason has gone meanwhile. */
    boolean rest() {
        resting = (barred & WANTS_REST) != 0;
        return resting;
    }

    boolean resting() {
        return resting;
    }

    boolean isBarred(int reason) {
        return (barred & reason) != 0;
    }

    Optional<Virtqueue> queue() {
        return queue;
    }

    void queue(Optional<Virtqueue> opened) {
        queue = opened;
    }
}
