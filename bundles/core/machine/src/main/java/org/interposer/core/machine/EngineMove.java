package org.interposer.core.machine;

import java.util.List;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.Engine;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.EngineSpec;
import org.interposer.api.engine.EngineVm;
import org.interposer.api.engine.Vcpu;
import org.interposer.api.irq.Irqchip;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.machine.MachineException;
import org.interposer.api.state.StateRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes another engine's part of a paused machine, with the state its vCPUs have now. Everything
 * that can fail happens before anything of the machine changes. Control thread only.
 */
final class EngineMove {
    private static final Logger LOG = LoggerFactory.getLogger(EngineMove.class);
    private static final long NANOS_A_MILLI = 1_000_000;
    private static final String PORTABLE = "v2";

    private final String machine;
    private final EngineSlot from;
    private final Irqchip irqchip;

    private EngineMove(String machine, EngineSlot from, Irqchip irqchip) {
        this.machine = machine;
        this.from = from;
        this.irqchip = irqchip;
    }

    /**
     * Moves a run to another engine.
     *
     * @param force accept a CPU model or an engine that may not carry the guest
     * @return how long the guest stood still, in nanoseconds
     * @throws MachineException naming what forbids it; the machine goes on as before
     */
    static long perform(
            String machine,
            MachineRun run,
            Debugging debugging,
            Parts parts,
            String engine,
            boolean force)
            throws MachineException {
        Assembly assembly = run.parts();
        String before = assembly.engine().name();
        UndoStack services = new UndoStack();
        try {
            EngineChoice choice =
                    EngineChoice.named(machine, engine, parts.all(Engine.class, services));
            check(machine, assembly, choice.engine(), force);
            if (run.traced() || debugging.active()) {
                throw refused(
                        machine,
                        engine,
                        "it is traced or debugged; vm:trace %1$s off or vm:gdb %1$s off ends that"
                                .formatted(machine));
            }
            long nanos = run.moveTo(choice);
            assembly.undo().push("engines", services);
            LOG.info("Machine '{}' moved from {} to {}", machine, before, engine);
            return nanos;
        } catch (MachineException | RuntimeException e) {
            services.close();
            throw e;
        }
    }

    private static void check(String machine, Assembly parts, Engine to, boolean force)
            throws MachineException {
        String why = refusal(parts, to, force);
        if (!why.isEmpty()) {
            throw refused(machine, to.name(), why);
        }
    }

    private static String refusal(Assembly parts, Engine to, boolean force) {
        String name = to.name();
        EngineSlot slot = parts.engine();
        if (slot.name().equals(name)) {
            return "it runs on it already";
        }
        if (parts.mode() != IrqchipMode.USER) {
            return "its interrupt controllers are in the kernel, which only 'kvm' has; create it"
                    + " with --irqchip user";
        }
        if (!to.report().irqchipModes().contains(IrqchipMode.USER)) {
            return "'" + name + "' does not take interrupt controllers in user space";
        }
        String model = slot.spec().cpuModel().base();
        if (!force && !model.equals(PORTABLE)) {
            return "its guest was shown the CPU model '"
                    + model
                    + "', whose features the other engine may lack; create it with --cpu-model v2,"
                    + " or use --force";
        }
        if (!force && !to.report().runsKernelCode()) {
            return to.report().summary() + "; --force moves it all the same";
        }
        return "";
    }

    private static MachineException refused(String machine, String engine, String why) {
        return new MachineException(
                "machine '%s' cannot move to engine '%s': %s".formatted(machine, engine, why));
    }

    /**
     * The other engine's part, ready to be put into the machine.
     *
     * @throws MachineException when it cannot take the guest over; it was taken down again
     */
    static EngineSlot.Content prepare(String machine, Assembly parts, EngineChoice to)
            throws MachineException {
        EngineMove move = new EngineMove(machine, parts.engine(), (Irqchip) parts.interrupts());
        return move.prepare(to);
    }

    private EngineSlot.Content prepare(EngineChoice to) throws MachineException {
        try {
            List<CpuState> states = states();
            EngineVm vm = to.engine().create(spec());
            try {
                vm.pauseClock();
                return new EngineSlot.Content(to, vm, transfer(vm, states));
            } catch (EngineException | RuntimeException | Error e) {
                vm.close();
                throw e;
            }
        } catch (EngineException | RuntimeException e) {
            throw refused(machine, to.engine().name(), e.getMessage());
        }
    }

    private List<CpuState> states() throws EngineException {
        long before = System.nanoTime();
        List<CpuState> states = EngineSlot.states(from.vm());
        long nanos = System.nanoTime() - before;
        return agreeing(states, nanos * from.vm().irqchipHost().tscKhz() / NANOS_A_MILLI);
    }

    /**
     * States whose TSCs agree where they may have. An engine whose TSCs go on while the machine
     * stands reads one after the other, and what passed meanwhile must not become a difference of
     * the guest's processors: Linux reads the clock of one with the TSC of another.
     *
     * @param ticks how far one can have come while all were read
     */
    static List<CpuState> agreeing(List<CpuState> states, long ticks) {
        long first = states.get(0).tsc();
        return states.stream()
                .map(s -> Math.abs(s.tsc() - first) <= ticks ? s.withTsc(first) : s)
                .toList();
    }

    /** The guest's TSC keeps its frequency, where that is known. */
    private EngineSpec spec() {
        long tscKhz = from.vm().irqchipHost().tscKhz();
        return tscKhz > 0 ? from.spec().withTscKhz(tscKhz) : from.spec();
    }

    /**
     * The vCPUs get their state; returns the one that they have after power-on. The local APICs are
     * part of both states and belong to the machine: they are reset for the one and put back for
     * the other.
     */
    private List<CpuState> transfer(EngineVm vm, List<CpuState> states) throws EngineException {
        StateRecord controllers = irqchip.save();
        try {
            irqchip.reset();
            vm.attach(irqchip);
            List<CpuState> powerOn = EngineSlot.states(vm);
            List<Vcpu> vcpus = vm.vcpus();
            for (int i = 0; i < vcpus.size(); i++) {
                vcpus.get(i).restore(states.get(i));
            }
            return powerOn;
        } finally {
            irqchip.restore(controllers);
        }
    }
}
