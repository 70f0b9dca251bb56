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

/** One change of one chain, step by step; {@link ChangeRunner} calls the steps in their order. */
final class Change {
    private final PortControl control;
    private final Port port;
    private final String cause;
    private final List<String> target;
    private final List<Slot> old;
    private final Instant time = Instant.now();
    private List<Slot> fresh = List.of();
    private Optional<Flush> flush = Optional.empty();
    private boolean held;
    private boolean drained;
    private long openNanos;
    private long heldAt;
    private long holdNanos;
    private long drainNanos;
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

    /** Opens what is new and checks that the guest can live with it. */
    void prepare() throws IOException {
        long start = System.nanoTime();
        Map<String, Slot> kept = new HashMap<>();
        old.stream().filter(Slot::present).forEach(s -> kept.put(s.id(), s));
        fresh = Chains.build(target, kept, control.source());
        openNanos = System.nanoTime() - start;
        checkGeometry();
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

    void hold(int reason) {
        heldAt = System.nanoTime();
        held = true;
        port.hold(reason);
        inFlight = port.inFlight();
    }

    void drain() throws IOException {
        long start = System.nanoTime();
        drained = port.awaitIdle(control.drainNanos());
        drainNanos = System.nanoTime() - start;
        if (!drained) {
            throw new IOException(
                    ("%d requests are still in flight after %s: what is below does not answer;"
                                    + " try again when it does")
                            .formatted(port.inFlight(), text(control.drainNanos())));
        }
        old.forEach(Slot::pause);
    }

    void startFlush() {
        if (needsFlush()) {
            flush = Optional.of(Flush.held(port));
        }
    }

    void awaitFlush() throws IOException {
        if (flush.isEmpty()) {
            return;
        }
        long start = System.nanoTime();
        Optional<BlockStatus> status = flush.get().await(control.drainNanos());
        flushNanos = System.nanoTime() - start;
        if (status.equals(Optional.of(BlockStatus.LOST))) {
            control.recovery().broken();
        }
        if (!status.equals(Optional.of(BlockStatus.OK))) {
            throw new IOException(
                    "the chain could not be flushed: "
                            + status.map(s -> "it ended with " + s)
                                    .orElse("no answer in " + text(control.drainNanos())));
        }
    }

    /** A stage that goes, or a copy of the disk, must not miss a write; a dead chain cannot. */
    private boolean needsFlush() {
        boolean goes = cause.equals("hold") || !fresh.containsAll(old);
        return goes && Chains.complete(old) && port.lostCount() == 0;
    }

    /** Switches; cannot fail. */
    void commit() {
        long start = System.nanoTime();
        List<Boolean> moved = moved();
        control.chain(fresh);
        control.linkChain();
        for (int i = fresh.size() - 1; i >= 0; i--) {
            if (moved.get(i)) {
                fresh.get(i).lowerChanged();
            }
        }
        port.refreshGeometry();
        control.recovery().whole();
        switchNanos = System.nanoTime() - start;
    }

    /** Which kept stages have something else below them, near or far. */
    private List<Boolean> moved() {
        List<Boolean> moved = new ArrayList<>();
        boolean below = false;
        for (int i = fresh.size() - 1; i >= 0; i--) {
            Slot slot = fresh.get(i);
            int before = old.indexOf(slot);
            if (i < fresh.size() - 1) {
                Slot lower = fresh.get(i + 1);
                below |= before < 0 || before + 1 >= old.size() || old.get(before + 1) != lower;
            }
            moved.add(0, before >= 0 && below);
        }
        return moved;
    }

    /** Lets requests in again. */
    void release(int reason) {
        rest(reason);
        reissued = control.settle(reason);
        holdNanos = System.nanoTime() - heldAt;
    }

    /** Stages work on unless the operator holds the port, this change aside. */
    private void rest(int reason) {
        boolean operator = (port.reasons() & ~reason & Port.OPERATOR) != 0;
        control.chain().forEach(operator ? Slot::pause : Slot::resume);
    }

    /** Closes what the chain no longer has, and tells. */
    SwapReport finish() {
        old.stream().filter(s -> !fresh.contains(s)).forEach(Slot::close);
        return tell(Optional.empty());
    }

    /** Puts everything back as it was. */
    void abort(int reason, String refusal) {
        if (held) {
            if (drained) {
                rest(reason);
            }
            control.settle(reason);
            holdNanos = System.nanoTime() - heldAt;
        }
        fresh.stream().filter(s -> !old.contains(s)).forEach(Slot::close);
        tell(Optional.of(refusal));
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
                        drainNanos,
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
