package org.interposer.core.machine;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Activity;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.HostDebug;
import org.interposer.api.engine.Vcpu;
import org.interposer.api.engine.Watchpoint;

/**
 * The breakpoints and watchpoints of one debugger, and how vCPUs get past those they stand at: by a
 * step of their own with that one off, of which the debugger is not told. Control thread only.
 */
final class Breakpoints {
    /** No vCPU. */
    static final int NONE = -1;

    private Set<Long> addresses = Set.of();

    private Set<Watchpoint> watchpoints = Set.of();

    /** By vCPU, the address where the debugger knows that it stands. */
    private final Map<Integer, Long> known = new HashMap<>();

    /** The vCPUs in a step that the debugger did not ask for. */
    private final Set<Integer> passing = new HashSet<>();

    private int stepping = NONE;

    void set(HostDebug wanted) {
        addresses = wanted.breakpoints();
        watchpoints = wanted.watchpoints();
    }

    /** The debugger knows where this vCPU stands. */
    void know(Vcpu vcpu) throws EngineException {
        known.put(vcpu.index(), vcpu.state().linearRip());
    }

    /**
     * Tells all vCPUs what to stop for. Only while none runs.
     *
     * @param cpu the one that the debugger steps, or {@link #NONE}
     */
    void apply(List<Vcpu> vcpus, int cpu) throws EngineException {
        stepping = cpu;
        passing.clear();
        for (Vcpu vcpu : vcpus) {
            int index = vcpu.index();
            Optional<Long> place = place(vcpu);
            if (place.isEmpty()) {
                known.remove(index);
            } else if (index != stepping) {
                passing.add(index);
            }
            boolean step = index == stepping || passing.contains(index);
            vcpu.debug(new HostDebug(step, without(place), watchpoints));
        }
    }

    /** The same again, after a vCPU has {@link #passed}. */
    void apply(List<Vcpu> vcpus) throws EngineException {
        apply(vcpus, stepping);
    }

    /**
     * The breakpoint that a vCPU stands at and the debugger knows of. One that is halted does not
     * execute that instruction next, but what wakes it up.
     */
    private Optional<Long> place(Vcpu vcpu) throws EngineException {
        Optional<Long> place =
                Optional.ofNullable(known.get(vcpu.index())).filter(addresses::contains);
        if (place.isEmpty()) {
            return place;
        }
        CpuState state = vcpu.state();
        boolean next = state.activity() == Activity.RUNNING || vcpu.index() == stepping;
        return place.filter(address -> next && address == state.linearRip());
    }

    private Set<Long> without(Optional<Long> place) {
        Set<Long> others = new HashSet<>(addresses);
        place.ifPresent(others::remove);
        return others;
    }

    /** A vCPU has stopped; whether it did so only because it had a breakpoint to get past. */
    boolean passed(int cpu) {
        boolean was = passing.remove(cpu);
        if (was) {
            known.remove(cpu);
        }
        return was;
    }
}
