package org.interposer.core.port;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.PortSpec;
import org.interposer.api.block.PortStatus;
import org.interposer.api.block.SwapException;
import org.interposer.api.block.SwapReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What changes a port's chain, under one lock. The lock is waited for with a limit and is never
 * taken on the way of a request.
 */
final class PortControl implements BlockPortControl {
    private static final Logger LOG = LoggerFactory.getLogger(PortControl.class);
    private static final AtomicLong NUMBERS = new AtomicLong();
    private static final Duration LOCK_SLACK = Duration.ofSeconds(10);

    private final long number = NUMBERS.incrementAndGet();
    private final PortSpec spec;
    private final StageSource source;
    private final Port port;
    private final Recovery recovery;
    private final History history = new History();
    private final ReentrantLock lock = new ReentrantLock();
    private volatile List<Slot> chain;
    private volatile boolean closed;
    private volatile Runnable afterClose = () -> {};

    private PortControl(PortSpec spec, StageSource source, List<Slot> chain) {
        this.spec = spec;
        this.source = source;
        this.chain = chain;
        Chains.join(chain);
        recovery = new Recovery(this);
        port =
                new Port(
                        chain.get(0).stage(),
                        spec.policy().drainLimit(),
                        recovery::lost,
                        this::holdAsBefore,
                        this::close);
    }

    /** Opens all stages and the port over them. */
    static PortControl open(PortSpec spec, StageSource source) throws IOException {
        List<Slot> chain;
        try {
            chain = Chains.build(spec.chain(), Map.of(), source);
        } catch (IOException e) {
            throw new IOException(name(spec) + ": " + e.getMessage(), e);
        }
        PortControl control = new PortControl(spec, source, chain);
        source.addListener(control.recovery);
        control.recovery.checkStillThere();
        return control;
    }

    /** Runs when the port has been closed, without its lock. */
    void afterClose(Runnable action) {
        afterClose = action;
    }

    @Override
    public String machine() {
        return spec.machine();
    }

    @Override
    public String device() {
        return spec.device();
    }

    @Override
    public PortStatus status() {
        return new PortStatus(
                chain.stream().map(Slot::status).toList(),
                holdReason(),
                port.geometry(),
                port.inFlight() + port.lostCount(),
                port.admitted(),
                port.failed(),
                port.pauses());
    }

    private Optional<String> holdReason() {
        int reasons = port.reasons();
        List<String> text = new ArrayList<>();
        if ((reasons & Port.CLOSED) != 0) {
            text.add("closed");
        }
        if ((reasons & Port.OPERATOR) != 0) {
            text.add("held by the operator");
        }
        if ((reasons & Port.ABSENT) != 0) {
            text.add(recovery.reason());
        }
        if ((reasons & Port.CHANGE) != 0) {
            text.add("its chain is being changed");
        }
        return text.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", text));
    }

    @Override
    public SwapReport swap(List<String> ids) throws SwapException {
        return change("swap", before -> ids);
    }

    @Override
    public SwapReport replace(String stage, String successor) throws SwapException {
        return change(
                "replace",
                before -> {
                    List<String> after = new ArrayList<>(before);
                    after.set(position(before, stage), successor);
                    return after;
                });
    }

    @Override
    public SwapReport insert(String stage, int position) throws SwapException {
        return change(
                "insert",
                before -> {
                    if (position < 0 || position >= before.size()) {
                        throw new IllegalArgumentException(
                                "position %d is not within 0 (next to the front-end) and %d"
                                        .formatted(position, before.size() - 1));
                    }
                    List<String> after = new ArrayList<>(before);
                    after.add(position, stage);
                    return after;
                });
    }

    @Override
    public SwapReport remove(String stage) throws SwapException {
        return change(
                "remove",
                before -> {
                    List<String> after = new ArrayList<>(before);
                    after.remove(position(before, stage));
                    return after;
                });
    }

    private static int position(List<String> ids, String stage) {
        int at = ids.indexOf(stage);
        if (at < 0) {
            throw new IllegalArgumentException(
                    "the chain has no stage '%s'; it is %s"
                            .formatted(stage, String.join(" → ", ids)));
        }
        return at;
    }

    private SwapReport change(String cause, UnaryOperator<List<String>> edit) throws SwapException {
        lockOrRefuse();
        try {
            List<String> target = edit.apply(Chains.ids(chain));
            return ChangeRunner.run(List.of(new Change(this, cause, target))).get(0);
        } catch (IllegalArgumentException e) {
            throw new SwapException(name() + ": " + e.getMessage(), e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void hold() throws SwapException {
        lockOrRefuse();
        try {
            if (!port.heldByOperator()) {
                ChangeRunner.hold(new Change(this, "hold", Chains.ids(chain)));
            }
        } finally {
            lock.unlock();
        }
    }

    /** The hold of the port whose front-end was exchanged goes on. */
    private void holdAsBefore() {
        try {
            hold();
        } catch (SwapException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    @Override
    public void release() {
        lock.lock();
        try {
            if (port.heldByOperator() && !closed) {
                chain.forEach(Slot::resume);
                settle(Port.OPERATOR);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<SwapReport> history() {
        return history.all();
    }

    /**
     * Takes reasons to hold away, and with them {@link Port#ABSENT} when the chain is whole; then
     * lost requests go first. The caller has the lock.
     *
     * @return requests issued again
     */
    int settle(int reasons) {
        int clear = reasons;
        int reissued = 0;
        if (Chains.complete(chain) && !recovery.isBroken()) {
            boolean operator = (port.reasons() & ~reasons & Port.OPERATOR) != 0;
            if (!operator) {
                reissued = port.reissueLost();
            }
            if (operator || port.lostCount() == 0) {
                clear |= Port.ABSENT;
            }
        }
        port.release(clear);
        return reissued;
    }

    /** Drains, flushes, closes the chain. */
    private void close() {
        boolean locked = tryLock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            source.removeListener(recovery);
            port.hold(Port.CLOSED);
            boolean drained = port.awaitIdle(drainNanos());
            if (drained && Chains.complete(chain) && port.lostCount() == 0) {
                Optional<BlockStatus> status = Flush.held(port).await(drainNanos());
                if (!status.equals(Optional.of(BlockStatus.OK))) {
                    LOG.error(
                            "{}: the last flush ended with {}: the disk may miss its last writes",
                            name(),
                            status.map(BlockStatus::toString).orElse("no answer"));
                }
            }
            closeStages(drained);
            port.failLost();
            recovery.end();
        } finally {
            if (locked) {
                lock.unlock();
            }
        }
        afterClose.run();
    }

    /**
     * Closes all stages and leaves their places empty.
     *
     * @param drained from the front-end down; else the back-end first, which completes what hangs
     */
    void closeStages(boolean drained) {
        List<Slot> order = new ArrayList<>(chain);
        if (!drained) {
            java.util.Collections.reverse(order);
        }
        order.forEach(Slot::close);
        linkChain();
    }

    /** Joins the chain as it is now; places that are empty end requests as lost. */
    void linkChain() {
        Chains.join(chain);
        port.top(chain.get(0).stage());
    }

    boolean tryLock() {
        try {
            return lock.tryLock(drainNanos() + LOCK_SLACK.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    void lockOrRefuse() throws SwapException {
        if (!tryLock()) {
            throw new SwapException(
                    name() + ": another change of this chain is still running; try again later");
        }
        if (closed) {
            lock.unlock();
            throw new SwapException(name() + ": the port is closed");
        }
    }

    ReentrantLock lock() {
        return lock;
    }

    long number() {
        return number;
    }

    boolean closed() {
        return closed;
    }

    PortSpec spec() {
        return spec;
    }

    StageSource source() {
        return source;
    }

    Port port() {
        return port;
    }

    Recovery recovery() {
        return recovery;
    }

    void report(SwapReport report) {
        history.add(report);
    }

    List<Slot> chain() {
        return chain;
    }

    void chain(List<Slot> slots) {
        chain = List.copyOf(slots);
    }

    long drainNanos() {
        return spec.policy().drainLimit().toNanos();
    }

    String name() {
        return name(spec);
    }

    private static String name(PortSpec spec) {
        return spec.machine() + "/" + spec.device();
    }
}
