package org.interposer.frontend.virtio;

import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts of one queue since its device was realized. Written by the queue's I/O thread only, read
 * by any.
 */
public final class QueueMetrics {
    private final AtomicLong notifications = new AtomicLong();
    private final AtomicLong interrupts = new AtomicLong();
    private final AtomicLong batches = new AtomicLong();
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong stalls = new AtomicLong();
    private final AtomicLong errors = new AtomicLong();

    /** Counts that start at 0. */
    public QueueMetrics() {}

    /** Wake-ups of the I/O thread: doorbells and completions of other threads, coalesced. */
    public long notifications() {
        return notifications.get();
    }

    /** Interrupts sent to the guest. */
    public long interrupts() {
        return interrupts.get();
    }

    /** Stores to the index of the used ring. */
    public long batches() {
        return batches.get();
    }

    /** Chains given back to the guest. */
    public long requests() {
        return requests.get();
    }

    /** Times that the queue was left with work in it, as while a port is on hold. */
    public long stalls() {
        return stalls.get();
    }

    /** Times that the guest broke the rules of the ring. */
    public long errors() {
        return errors.get();
    }

    /** Adds the counts to a map, under a prefix. */
    public void addTo(Map<String, Long> target, String prefix) {
        target.put(prefix + "notifications", notifications());
        target.put(prefix + "interrupts", interrupts());
        target.put(prefix + "batches", batches());
        target.put(prefix + "requests", requests());
        target.put(prefix + "stalls", stalls());
        target.put(prefix + "errors", errors());
    }

    void notified() {
        add(notifications, 1);
    }

    void interrupted() {
        add(interrupts, 1);
    }

    void published(int chains) {
        add(batches, 1);
        add(requests, chains);
    }

    void stalled() {
        add(stalls, 1);
    }

    void failed() {
        add(errors, 1);
    }

    private static void add(AtomicLong counter, long amount) {
        counter.lazySet(counter.getPlain() + amount);
    }
}
