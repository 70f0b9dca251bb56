package org.interposer.core.port;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.SwapReport;

/**
 * One change of one chain, step by step; {@link ChangeRunner} and {@link Passage} call the steps in
 * their order.
 */
final class Change {
    private final PortControl control;
    private final Port port;
    private final String cause;
    private final List<String> target;
    private final List<Slot> old;
    private final Instant time = Instant.now();
    private List<Slot> fresh = List.of();
    private List<Slot> moved = List.of();
    private boolean atStake;
    private Optional<Flush> flush = Optional.empty();
    private boolean held;
    private boolean drained;
    private long openNanos;
    private long heldAt;
    private long holdNanos;
    private long drainedAt;
    private long flushNanos;
    private long switchNanos;
    private int inFlight;
    private int reissued;

    Change(PortControl control, String cause, List<String> target) {
        this.control = control;
        this.port = control.port();
        this.cause = cause;
        this.target = List.copyOf(target);
        old = control.chain();
    }

    PortControl control() {
        return control;
    }

    Port port() {
        return port;
    }

    /** Opens what is new and checks that the guest can live with it. */
    void prepare() throws IOException {
        long start = System.nanoTime();
        Map<String, Slot> kept = new HashMap<>();
        old.stream().filter(Slot::present).forEach(s -> kept.put(s.id(), s));
        fresh = Chains.build(target, kept, control.source());
        openNanos = System.nanoTime() - start;
        checkGeometry();
        moved = moved();
        atStake = old.stream().anyMatch(s -> !fresh.contains(s) && s.stage().keepsData());
    }

    private void checkGeometry() throws IOException {
        for (int i = 0; i < fresh.size(); i++) {
            BlockGeometry known;
            if (i == 0) {
                known = port.geometry();
            } else if (old.contains(fresh.get(i - 1))) {
                known = fresh.get(i - 1).link().geometry();
            } else {
                continue;
            }
            Slot slot = fresh.get(i);
            BlockGeometry offered = slot.stage().geometry();
            Optional<String> unfit = Chains.unfit(known, offered, "stage '" + slot.id() + "'");
            if (unfit.isPresent()) {
                throw new IOException(unfit.get());
            }
        }
    }

    /** Takes most of the flush out of the pause. */
    void flushAhead() {
        if (needsFlush()) {
            Flush.ahead(port, control.drainNanos());
        }
    }

    boolean isIdle() {
        return port.inFlight() == 0;
    }

    void hold(int reason) {
        heldAt = System.nanoTime();
        held = true;
        port.hold(reason);
        inFlight = port.inFlight();
        if (inFlight > 0) {
            port.kick();
        }
    }

    /** Whether nothing is in flight. */
    boolean isDrained() throws IOException {
        if (!isIdle() && System.nanoTime() - heldAt > control.drainNanos()) {
            throw new IOException(
                    ("%d requests are still in flight after %s: what is below does not answer;"
                                    + " try again when it does")
                            .formatted(port.inFlight(), text(control.drainNanos())));
        }
        return isIdle();
    }

    /** Brings what has been drained to rest. */
    void startFlush() {
        drained = true;
        drainedAt = System.nanoTime();
        old.forEach(Slot::pause);
        if (needsFlush()) {
            flush = Optional.of(Flush.held(port));
        }
    }

    /** Whether the flush has ended, and well. */
    boolean isFlushed() throws IOException {
        Optional<BlockStatus> status = flush.flatMap(Flush::status);
        flushNanos = System.nanoTime() - drainedAt;
        if (flush.isEmpty() || status.equals(Optional.of(BlockStatus.OK))) {
            return true;
        }
        if (status.isEmpty() && flushNanos <= control.drainNanos()) {
            return false;
        }
        if (status.equals(Optional.of(BlockStatus.LOST))) {
            control.recovery().broken();
        }
        throw new IOException(
                "the chain could not be flushed: "
                        + status.map(s -> "it ended with " + s)
                                .orElse("no answer in " + text(control.drainNanos())));
    }

    /** A copy of the disk, or a stage that goes, must not miss a write; a dead chain cannot. */
    private boolean needsFlush() {
        return (atStake || cause.equals("hold")) && Chains.complete(old) && port.lostCount() == 0;
    }

    /** Switches; cannot fail. */
    void commit() {
        long start = System.nanoTime();
        control.chain(fresh);
        control.linkChain();
        moved.forEach(Slot::lowerChanged);
        port.refreshGeometry();
        control.recovery().whole();
        switchNanos = System.nanoTime() - start;
    }

    /** The kept stages that have something else below them, near or far; from the back-end up. */
    private List<Slot> moved() {
        List<Slot> found = new ArrayList<>();
        boolean below = false;
        for (int i = fresh.size() - 1; i >= 0; i--) {
            Slot slot = fresh.get(i);
            int before = old.indexOf(slot);
            if (i < fresh.size() - 1) {
                Slot lower = fresh.get(i + 1);
                below |= before < 0 || before + 1 >= old.size() || old.get(before + 1) != lower;
            }
            if (before >= 0 && below) {
                found.add(slot);
            }
        }
        return found;
    }

    /** Lets requests in again. */
    void release(int reason) {
        rest(reason);
        reissued = control.settle(reason);
        holdNanos = port.lastRelease() - heldAt;
    }

    /** Stages work on unless the operator holds the port, this change aside. */
    private void rest(int reason) {
        boolean operator = (port.reasons() & ~reason & Port.OPERATOR) != 0;
        control.chain().forEach(operator ? Slot::pause : Slot::resume);
    }

    /** Closes what the chain no longer has, and tells. */
    SwapReport finish() {
        closeUnused(old);
        return tell(Optional.empty());
    }

    /** Goes on as if nothing had been asked. */
    void undo(int reason) {
        if (held) {
            if (drained) {
                rest(reason);
            }
            control.settle(reason);
            holdNanos = port.lastRelease() - heldAt;
        }
    }

    /** Closes what was opened for nothing, and tells. */
    void refuse(String refusal) {
        closeUnused(fresh);
        tell(Optional.of(refusal));
    }

    private void closeUnused(List<Slot> slots) {
        List<Slot> used = control.chain();
        slots.stream().filter(s -> !used.contains(s)).forEach(Slot::close);
    }

    SwapReport tell(Optional<String> refusal) {
        SwapReport report =
                new SwapReport(
                        time,
                        cause,
                        Chains.ids(old),
                        refusal.isPresent() ? Chains.ids(old) : target,
                        openNanos,
                        holdNanos,
                        drained ? drainedAt - heldAt : holdNanos,
                        flushNanos,
                        switchNanos,
                        inFlight,
                        reissued,
                        refusal);
        control.report(report);
        return report;
    }

    private static String text(long nanos) {
        return Duration.ofNanos(nanos).toMillis() + " ms";
    }
}
