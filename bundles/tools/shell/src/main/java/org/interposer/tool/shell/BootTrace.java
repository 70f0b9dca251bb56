package org.interposer.tool.shell;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineException;

/** The trace of {@code ./interposer boot}, from the guest's first instruction on. */
final class BootTrace implements AutoCloseable {
    private final Set<TraceKind> kinds;
    private final TraceFile file;
    private boolean begun;
    private Optional<String> failure = Optional.empty();

    private BootTrace(Set<TraceKind> kinds, TraceFile file) {
        this.kinds = kinds;
        this.file = file;
    }

    /** What {@code --trace FILE[:WHAT]} asks for; makes the file. */
    static Optional<BootTrace> of(Arguments a, Path folder) {
        return a.value("--trace")
                .map(
                        text -> {
                            int colon = text.lastIndexOf(':');
                            String what =
                                    colon < 0 ? TraceChoice.DEFAULT : text.substring(colon + 1);
                            String name = colon < 0 ? text : text.substring(0, colon);
                            long limit =
                                    a.number("--trace-limit", 1, Integer.MAX_VALUE)
                                            .orElse(TraceChoice.LIMIT);
                            return new BootTrace(
                                    TraceChoice.of(a, "--trace", what),
                                    TraceFile.create(
                                            folder.resolve(name).normalize(), true, limit));
                        });
    }

    /**
     * The machine enters RUNNING, and no vCPU has begun: on its control thread, where a trace
     * begins at once.
     */
    synchronized void begin(Machine machine) {
        if (!begun) {
            begun = true;
            try {
                machine.trace(kinds, file);
            } catch (MachineException e) {
                failure = Optional.of(e.getMessage());
            }
        }
    }

    /** Whether the machine cannot be traced so. */
    synchronized boolean failed() {
        return failure.isPresent();
    }

    /**
     * After the machine's end: says what is in the file.
     *
     * @param status of the run
     * @return the same, or another when there is no whole trace of it
     */
    synchronized int end(int status, PrintStream err) {
        file.ended();
        if (!begun || failed()) {
            failure.ifPresent(message -> err.println("boot: " + message));
            return failed() ? Foreground.VMM_ERROR : status;
        }
        try {
            err.println("boot: " + file.summary());
            return status;
        } catch (IllegalStateException e) {
            err.println("boot: " + e.getMessage());
            return Foreground.VMM_ERROR;
        }
    }

    /** Leaves no file where there was nothing to trace. */
    @Override
    public synchronized void close() {
        file.ended();
        if (!begun || failed()) {
            file.discard();
        }
    }
}
