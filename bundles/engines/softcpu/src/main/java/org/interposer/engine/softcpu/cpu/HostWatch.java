package org.interposer.engine.softcpu.cpu;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.interposer.api.engine.Watchpoint;

/**
 * Watchpoints of a debugger on the host. While there are any, each access comes past here, as with
 * data breakpoints of the guest's own.
 */
public final class HostWatch {
    private final List<Watchpoint> watchpoints;
    private Watchpoint hit;

    /** None. */
    public HostWatch() {
        this(List.of());
    }

    public HostWatch(Collection<Watchpoint> watchpoints) {
        this.watchpoints = List.copyOf(watchpoints);
    }

    boolean any() {
        return !watchpoints.isEmpty();
    }

    void data(Cpu c, long va, int size, boolean write) {
        for (Watchpoint watchpoint : watchpoints) {
            if ((write || watchpoint.reads()) && watchpoint.touches(va, size)) {
                hit = watchpoint;
                c.stop();
            }
        }
    }

    /** The instruction has faulted, so it has accessed nothing. */
    void faulted() {
        hit = null;
    }

    /** Whether one was hit since {@link #take} was last called. */
    public boolean hit() {
        return hit != null;
    }

    /** The watchpoint that was hit since this was last asked. */
    public Optional<Watchpoint> take() {
        Optional<Watchpoint> taken = Optional.ofNullable(hit);
        hit = null;
        return taken;
    }
}
