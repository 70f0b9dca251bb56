package org.interposer.core.machine;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.interposer.api.engine.EngineVm;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.engine.TraceSink;
import org.interposer.api.machine.MachineException;

/**
 * What a run reports to a sink: instructions and exceptions come from the engine, accesses to
 * devices from the bus. Control thread only, and while the vCPUs stand still.
 */
final class MachineTrace {
    private final String machine;
    private final Assembly parts;
    private final List<VcpuThread> vcpus;
    private Optional<TraceSink> sink = Optional.empty();

    MachineTrace(String machine, Assembly parts, List<VcpuThread> vcpus) {
        this.machine = machine;
        this.parts = parts;
        this.vcpus = vcpus;
    }

    /** Refuses what cannot be, before anything is paused for it. */
    void check(Set<TraceKind> kinds) throws MachineException {
        if (sink.isPresent()) {
            throw new MachineException(
                    String.format(
                            "machine '%1$s' is traced already; vm:trace %1$s off ends that",
                            machine));
        }
        Set<TraceKind> cannot = engines(kinds);
        cannot.removeAll(parts.vm().traceable());
        if (!cannot.isEmpty()) {
            throw new MachineException(
                    String.format(
                            "machine '%s': engine '%s' cannot trace %s; trace io alone, or run the"
                                    + " machine on engine 'softcpu'",
                            machine, parts.engine().name(), names(cannot)));
        }
    }

    void begin(Set<TraceKind> kinds, TraceSink to) {
        sink = Optional.of(to);
        Set<TraceKind> engines = engines(kinds);
        if (!engines.isEmpty()) {
            parts.vm().trace(engines, to);
        }
        if (kinds.contains(TraceKind.IO)) {
            parts.bus().watch(vcpus, to);
        }
    }

    /** Ends it, if there is one. */
    Optional<TraceSink> end() {
        Optional<TraceSink> was = sink;
        sink = Optional.empty();
        was.ifPresent(
                to -> {
                    parts.bus().unwatch();
                    EngineVm vm = parts.vm();
                    vm.trace(Set.of(), to);
                    to.ended();
                });
        return was;
    }

    boolean active() {
        return sink.isPresent();
    }

    /** The part that is the engine's. */
    private static Set<TraceKind> engines(Set<TraceKind> kinds) {
        Set<TraceKind> engines = EnumSet.noneOf(TraceKind.class);
        engines.addAll(kinds);
        engines.remove(TraceKind.IO);
        return engines;
    }

    private static String names(Set<TraceKind> kinds) {
        return kinds.stream()
                .sorted()
                .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(" and "));
    }
}
