package org.interposer.core.port;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.interposer.api.block.SwapException;
import org.interposer.api.block.SwapReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs changes of one or several chains as one; the caller has the locks of all ports. */
final class ChangeRunner {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeRunner.class);

    private ChangeRunner() {}

    /** A step of one change that may refuse. */
    private interface Step {
        void run(Change change) throws IOException;
    }

    /** The pause of all. */
    private interface Pass {
        void run() throws IOException;
    }

    /** All, or none. */
    static List<SwapReport> run(List<Change> changes) throws SwapException {
        each(changes, Change::prepare);
        each(changes, Change::flushAhead);
        pass(changes, () -> Passage.change(changes, Passage.GRACE_NANOS));
        List<SwapReport> reports = new ArrayList<>();
        changes.forEach(c -> reports.add(c.finish()));
        reports.forEach(
                r ->
                        LOG.info(
                                "chain {} is now {}: {}, held {} µs",
                                r.before(),
                                r.after(),
                                r.cause(),
                                r.holdNanos() / 1000));
        return reports;
    }

    /** The operator's hold: at rest and flushed afterwards. */
    static void hold(Change change) throws SwapException {
        List<Change> one = List.of(change);
        each(one, Change::flushAhead);
        pass(one, () -> Passage.hold(change));
        change.tell(Optional.empty());
    }

    private static void each(List<Change> changes, Step step) throws SwapException {
        for (Change change : changes) {
            try {
                step.run(change);
            } catch (IOException | RuntimeException | Error e) {
                throw refuse(changes, change.control().name() + ": " + Passage.text(e), e);
            }
        }
    }

    private static void pass(List<Change> changes, Pass pass) throws SwapException {
        try {
            pass.run();
        } catch (IOException e) {
            throw refuse(changes, e.getMessage(), e);
        }
    }

    private static SwapException refuse(List<Change> changes, String refusal, Throwable cause) {
        changes.forEach(c -> c.refuse(refusal));
        LOG.warn("a change was refused, the chain stays as it was: {}", refusal);
        return new SwapException(refusal + " (the chain stays as it was)", cause);
    }
}
