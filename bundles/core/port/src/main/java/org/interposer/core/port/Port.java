package org.interposer.core.port;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockCompletion;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockRequestQueue;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.PortListener;
import org.interposer.api.block.PortStatus;
import org.interposer.api.block.RequestGate;

/**
 * The way of a request: through the gate down the chain and back. What changes the chain is {@link
 * PortControl}'s, which holds the port's lock; nothing here takes it, but who comes by helps a
 * change that is prepared through its pause.
 */
final class Port implements BlockPort {
    /** Reason to hold: the operator wants it. */
    static final int OPERATOR = 1;

    /** Reason to hold: a change is under way. */
    static final int CHANGE = 2;

    /** Reason to hold: a stage is missing or has lost what is below it. */
    static final int ABSENT = 4;

    /** Reason to hold: the end. */
    static final int CLOSED = 8;

    private final RequestGate gate = new RequestGate();
    private final BlockCompletion completion = this::completed;
    private final BlockRequestQueue lost = new BlockRequestQueue();
    private final LongAdder admitted = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Pauses pauses = new Pauses();
    private final Duration drainLimit;
    private final Runnable onLost;
    private final Runnable onHold;
    private final Runnable onClose;
    private volatile PortListener listener = Deaf.LISTENER;
    private volatile BlockGeometry geometry;
    private volatile boolean keepLost = true;
    private volatile long heldSince;
    private volatile long lastRelease;
    private volatile Passage passage = Passage.NONE;

    // Plain: written while the gate is held and nothing is in flight, read after entering it.
    private BlockBackend top;

    /**
     * An open port.
     *
     * @param onLost called on a stage's thread when a request has been lost; must not block
     * @param onHold does the work of {@link #hold()}
     * @param onClose does the work of {@link #close}
     */
    Port(
            BlockBackend top,
            Duration drainLimit,
            Runnable onLost,
            Runnable onHold,
            Runnable onClose) {
        this.top = top;
        this.drainLimit = drainLimit;
        this.onLost = onLost;
        this.onHold = onHold;
        this.onClose = onClose;
        geometry = top.geometry();
    }

    @Override
    public BlockGeometry geometry() {
        return geometry;
    }

    @Override
    public boolean submit(BlockRequest request) {
        moveOn();
        if (!gate.enter()) {
            return false;
        }
        admitted.increment();
        request.push(completion, 0);
        top.submit(request);
        return true;
    }

    @Override
    public void kick() {
        if (gate.join()) {
            top.kick();
            gate.exit();
        }
        moveOn();
    }

    /** A change that is due is made here, by the thread that is running. */
    private void moveOn() {
        Passage due = passage;
        if (due != Passage.NONE) {
            due.visit();
        }
    }

    private void completed(BlockRequest request, BlockStatus status, long cookie) {
        if (status == BlockStatus.LOST && keepLost) {
            synchronized (lost) {
                lost.add(request);
            }
            hold(ABSENT);
            gate.exit();
            onLost.run();
            return;
        }
        BlockStatus seen = status == BlockStatus.LOST ? BlockStatus.IO_ERROR : status;
        if (seen != BlockStatus.OK) {
            failed.increment();
        }
        request.complete(seen);
        gate.exit();
    }

    @Override
    public void listener(PortListener value) {
        listener = value;
    }

    @Override
    public boolean awaitDrained() {
        return awaitIdle(drainLimit.toNanos()) && lostCount() == 0;
    }

    @Override
    public boolean heldByOperator() {
        return (reasons() & OPERATOR) != 0;
    }

    @Override
    public void hold() {
        onHold.run();
    }

    @Override
    public void close() {
        onClose.run();
    }

    /** Adds a reason to hold. */
    void hold(int reason) {
        if (gate.hold(reason)) {
            heldSince = System.nanoTime();
        }
    }

    /** Takes reasons away; tells the front-end when none is left. */
    void release(int reasons) {
        long since = heldSince;
        boolean opened = gate.release(reasons);
        long now = System.nanoTime();
        lastRelease = now;
        if (opened) {
            pauses.record(now - since);
            listener.released();
        }
    }

    /** When reasons were taken away last, in {@link System#nanoTime}; for who has done it. */
    long lastRelease() {
        return lastRelease;
    }

    /** From now on those who come by move this on. */
    void passage(Passage due) {
        passage = due;
    }

    int reasons() {
        return gate.reasons();
    }

    int inFlight() {
        return gate.inFlight();
    }

    boolean awaitIdle(long nanos) {
        kick();
        return gate.awaitIdle(nanos);
    }

    /** Puts a chain in; the caller holds the gate and has drained. */
    void top(BlockBackend stage) {
        top = stage;
    }

    /** Takes the geometry of the chain; tells the front-end when it is another. */
    void refreshGeometry() {
        BlockGeometry fresh = top.geometry();
        if (!fresh.equals(geometry)) {
            geometry = fresh;
            listener.geometryChanged(fresh);
        }
    }

    /**
     * Sends a request of the port's own down, past the gate; counts as in flight. Its completion is
     * followed by {@link #ownEnded}.
     */
    void submitOwn(BlockRequest request) {
        gate.enterHeld();
        top.submit(request);
        top.kick();
    }

    /** Like {@link #submitOwn}, unless the port is on hold. */
    boolean trySubmitOwn(BlockRequest request) {
        if (!gate.enter()) {
            return false;
        }
        top.submit(request);
        top.kick();
        return true;
    }

    void ownEnded() {
        gate.exit();
    }

    int lostCount() {
        synchronized (lost) {
            return lost.size();
        }
    }

    /**
     * Issues lost requests again, in the order in which they were lost. What is lost once more
     * comes back.
     *
     * @return how many
     */
    int reissueLost() {
        int count = lostCount();
        for (int i = 0; i < count; i++) {
            BlockRequest request;
            synchronized (lost) {
                request = lost.remove();
            }
            gate.enterHeld();
            request.push(completion, 0);
            top.submit(request);
        }
        if (count > 0) {
            kick();
        }
        return count;
    }

    /** From now on lost requests fail, also those that wait. */
    void failLost() {
        keepLost = false;
        while (lostCount() > 0) {
            BlockRequest request;
            synchronized (lost) {
                request = lost.remove();
            }
            failed.increment();
            request.complete(BlockStatus.IO_ERROR);
        }
    }

    /** Lost requests are kept again. */
    void keepLost() {
        keepLost = true;
    }

    long admitted() {
        return admitted.sum();
    }

    long failed() {
        return failed.sum();
    }

    PortStatus.Pauses pauses() {
        return pauses.snapshot();
    }

    /** Stands in until the front-end sets its own. */
    private enum Deaf implements PortListener {
        LISTENER;

        @Override
        public void released() {}

        @Override
        public void geometryChanged(BlockGeometry geometry) {}
    }
}
