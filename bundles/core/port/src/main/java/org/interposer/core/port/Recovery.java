package org.interposer.core.port;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.PortPolicy;
import org.interposer.api.block.SwapReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a port on hold while a stage of its chain is missing, and makes the chain whole again when
 * the stage can be opened. Has the port's one thread, which is made before any stage is on the
 * stack, so that it remembers none of their class loaders.
 */
final class Recovery implements StageSource.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
    private static final long FIRST_RETRY_MILLIS = 20;
    private static final long LAST_RETRY_MILLIS = 2_000;
    private static final long CALM_NANOS = Duration.ofSeconds(1).toNanos();

    private final PortControl control;
    private final ScheduledThreadPoolExecutor worker;
    private final AtomicBoolean lostSeen = new AtomicBoolean();
    private volatile String reason = "a stage was lost";

    // Under the port's lock:
    private boolean broken;
    private boolean absent;
    private boolean failing;
    private long absence;
    private int attempts;
    private long lastWhole;
    private String cause = "stage-gone";

    Recovery(PortControl control) {
        this.control = control;
        worker =
                new ScheduledThreadPoolExecutor(
                        1,
                        task -> {
                            Thread t = new Thread(task, "port " + control.name());
                            t.setDaemon(true);
                            return t;
                        },
                        new ThreadPoolExecutor.DiscardPolicy());
        worker.setRemoveOnCancelPolicy(true);
        worker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        worker.prestartAllCoreThreads();
        lastWhole = System.nanoTime();
    }

    /** Why the port is on hold for {@link Port#ABSENT}. */
    String reason() {
        return reason;
    }

    /** A request was lost. Called on a stage's thread. */
    void lost() {
        if (lostSeen.compareAndSet(false, true)) {
            worker.execute(this::recoverLost);
        }
    }

    /** The chain turned out to be dead; the caller has the lock. */
    void broken() {
        broken = true;
        control.port().hold(Port.ABSENT);
        lost();
    }

    /** Whether a reopening is due; the caller has the lock. */
    boolean isBroken() {
        return broken;
    }

    /** The chain is whole again: a change or a reopening has seen to it. */
    void whole() {
        broken = false;
        absent = false;
        failing = false;
        absence++;
        lastWhole = System.nanoTime();
        control.port().keepLost();
    }

    void end() {
        worker.shutdown();
    }

    /** A provider that went away while the port was being opened was not heard of. */
    void checkStillThere() {
        for (Slot slot : control.chain()) {
            Optional<StageProvider> now = control.source().find(slot.id());
            if (now.isEmpty() || !slot.isFrom(now.get())) {
                worker.execute(() -> underLock(() -> leave(slot)));
            }
        }
    }

    @Override
    public void gone(StageProvider provider) {
        boolean used = control.chain().stream().anyMatch(s -> s.isFrom(provider));
        if (used) {
            control.port().hold(Port.ABSENT);
        } else if (!control.lock().isLocked()) {
            return;
        }
        if (control.lock().isHeldByCurrentThread()) {
            worker.execute(() -> underLock(() -> leave(provider)));
        } else if (!underLock(() -> leave(provider))) {
            LOG.error(
                    "{}: '{}' goes away while another change hangs; it is let go of later",
                    control.name(),
                    provider.id());
            worker.execute(() -> underLock(() -> leave(provider)));
        }
    }

    @Override
    public void present(String id) {
        if (control.chain().stream().anyMatch(s -> s.id().equals(id) && !s.present())) {
            worker.execute(() -> underLock(this::restore));
        }
    }

    private boolean underLock(Runnable action) {
        if (!control.tryLock()) {
            return false;
        }
        try {
            if (!control.closed()) {
                action.run();
            }
            return true;
        } finally {
            control.lock().unlock();
        }
    }

    private void leave(StageProvider provider) {
        control.chain().stream()
                .filter(s -> s.isFrom(provider))
                .findFirst()
                .ifPresentOrElse(this::leave, () -> control.settle(0));
    }

    /** Hold, drain, flush, close: the stage's provider goes away. */
    private void leave(Slot slot) {
        if (!slot.present() || !control.chain().contains(slot)) {
            control.settle(0);
            return;
        }
        Port port = control.port();
        Instant time = Instant.now();
        long start = System.nanoTime();
        port.hold(Port.ABSENT);
        int inFlight = port.inFlight();
        boolean drained = port.awaitIdle(control.drainNanos());
        long drainNanos = System.nanoTime() - start;
        if (drained) {
            control.chain().forEach(Slot::pause);
            flush();
            slot.close();
            control.linkChain();
        } else {
            LOG.warn(
                    "{}: {} requests hang while '{}' goes away; the chain is closed and they are"
                            + " issued again",
                    control.name(),
                    port.inFlight(),
                    slot.id());
            control.closeStages(false);
            port.awaitIdle(control.drainNanos());
        }
        begin("stage-gone", "waiting for '" + slot.id() + "'");
        LOG.warn("{}: on hold, {}", control.name(), reason);
        long total = System.nanoTime() - start;
        List<String> ids = Chains.ids(control.chain());
        control.report(
                new SwapReport(
                        time,
                        cause,
                        ids,
                        ids,
                        0,
                        total,
                        drainNanos,
                        total - drainNanos,
                        0,
                        inFlight,
                        0,
                        Optional.empty()));
        if (control.source().find(slot.id()).isPresent()) {
            worker.execute(() -> underLock(this::restore));
        }
    }

    private void flush() {
        Port port = control.port();
        if (!Chains.complete(control.chain()) || port.lostCount() > 0) {
            return;
        }
        Optional<BlockStatus> status = Flush.held(port).await(control.drainNanos());
        if (!status.equals(Optional.of(BlockStatus.OK))) {
            LOG.error(
                    "{}: a stage goes away and its last flush ended with {}",
                    control.name(),
                    status.map(BlockStatus::toString).orElse("no answer"));
        }
    }

    private void begin(String why, String text) {
        reason = text;
        cause = why;
        if (absent) {
            return;
        }
        absent = true;
        attempts = System.nanoTime() - lastWhole > CALM_NANOS ? 0 : attempts + 1;
        long mine = ++absence;
        Duration limit = control.spec().policy().holdLimit();
        if (!limit.isZero()) {
            worker.schedule(
                    () -> underLock(() -> limitPassed(mine)),
                    limit.toNanos(),
                    TimeUnit.NANOSECONDS);
        }
    }

    private void limitPassed(long mine) {
        if (!absent || mine != absence) {
            return;
        }
        if (control.spec().policy().afterLimit() == PortPolicy.AfterLimit.KEEP_HOLDING) {
            LOG.warn("{}: still on hold, {}; requests wait on", control.name(), reason);
            return;
        }
        LOG.error("{}: {}: requests fail from now on", control.name(), reason);
        Port port = control.port();
        failing = true;
        port.awaitIdle(control.drainNanos());
        port.failLost();
        port.top(new Link.Dead(port.geometry(), BlockStatus.IO_ERROR));
        port.release(Port.ABSENT);
    }

    private void recoverLost() {
        lostSeen.set(false);
        if (!underLock(this::reopenLost)) {
            worker.schedule(this::recoverLost, LAST_RETRY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void reopenLost() {
        Port port = control.port();
        if (port.lostCount() == 0 && !broken) {
            if (!absent) {
                control.settle(0);
            }
            return;
        }
        port.hold(Port.ABSENT);
        if (!port.awaitIdle(control.drainNanos())) {
            lost();
            return;
        }
        List<Slot> chain = control.chain();
        Slot backend = chain.get(chain.size() - 1);
        begin("lost", "'" + backend.id() + "' lost its requests, opening it again");
        broken = false;
        LOG.warn("{}: {}", control.name(), reason);
        if (attempts < 2) {
            chain.forEach(Slot::pause);
            backend.close();
            control.linkChain();
        } else {
            // Reopening the back-end did not help: it may be another stage that loses them.
            control.closeStages(true);
        }
        if (attempts == 0) {
            restore();
        } else {
            retry();
        }
    }

    private void retry() {
        long delay = Math.min(LAST_RETRY_MILLIS, FIRST_RETRY_MILLIS << Math.min(attempts, 10));
        attempts++;
        worker.schedule(() -> underLock(this::restore), delay, TimeUnit.MILLISECONDS);
    }

    /** Opens what is missing, from the back-end up, and lets requests in when all is there. */
    private void restore() {
        List<Slot> chain = control.chain();
        if (!absent || Chains.complete(chain)) {
            return;
        }
        Instant time = Instant.now();
        long start = System.nanoTime();
        List<Slot> kept = chain.stream().filter(Slot::present).toList();
        for (int i = chain.size() - 1; i >= 0; i--) {
            Slot slot = chain.get(i);
            if (!slot.present() && !reopened(slot, i, chain)) {
                return;
            }
        }
        long opened = System.nanoTime();
        Port port = control.port();
        port.hold(Port.ABSENT);
        if (!port.awaitIdle(control.drainNanos())) {
            retry();
            return;
        }
        control.linkChain();
        boolean below = false;
        boolean operator = (port.reasons() & Port.OPERATOR) != 0;
        for (int i = chain.size() - 1; i >= 0; i--) {
            Slot slot = chain.get(i);
            if (!kept.contains(slot)) {
                below = true;
            } else if (below) {
                slot.lowerChanged();
            }
        }
        chain.forEach(operator ? Slot::pause : Slot::resume);
        port.refreshGeometry();
        boolean wasLost = cause.equals("lost");
        whole();
        int reissued = control.settle(0);
        long end = System.nanoTime();
        LOG.info(
                "{}: the chain is whole again, {} requests issued again", control.name(), reissued);
        List<String> ids = Chains.ids(chain);
        control.report(
                new SwapReport(
                        time,
                        wasLost ? "lost" : "stage-back",
                        ids,
                        ids,
                        opened - start,
                        end - start,
                        0,
                        0,
                        end - opened,
                        0,
                        reissued,
                        Optional.empty()));
    }

    private boolean reopened(Slot slot, int index, List<Slot> chain) {
        Optional<StageProvider> provider = control.source().find(slot.id());
        if (provider.isEmpty()) {
            waiting("waiting for '" + slot.id() + "'");
            return false;
        }
        BlockGeometry known = slot.geometry();
        try {
            if (slot.interposer()) {
                slot.link().target(chain.get(index + 1).stage());
            }
            slot.reopen(provider.get());
            Optional<String> unfit =
                    Chains.unfit(known, slot.geometry(), "stage '" + slot.id() + "'");
            if (unfit.isPresent()) {
                slot.close(known);
                throw new IOException(unfit.get());
            }
            return true;
        } catch (IOException e) {
            waiting(e.getMessage());
            retry();
            return false;
        }
    }

    private void waiting(String text) {
        if (!text.equals(reason)) {
            reason = text;
            LOG.warn("{}: {}, {}", control.name(), failing ? "failing" : "on hold", text);
        }
    }
}
