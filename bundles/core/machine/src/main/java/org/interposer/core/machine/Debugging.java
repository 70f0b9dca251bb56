package org.interposer.core.machine;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.HostDebug;
import org.interposer.api.engine.Vcpu;
import org.interposer.api.engine.Watchpoint;
import org.interposer.api.machine.MachineDebug;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The debugger of one machine, if there is one. Its methods are for the control thread. */
final class Debugging {
    private static final Logger LOG = LoggerFactory.getLogger(Debugging.class);
    private static final long SECONDS = 60;

    private final ControlledMachine machine;
    private final ControlThread control;
    private Optional<Session> session = Optional.empty();

    Debugging(ControlledMachine machine, ControlThread control) {
        this.machine = machine;
        this.control = control;
    }

    /** Whether somebody debugs. */
    boolean active() {
        return session.isPresent();
    }

    MachineDebug begin(MachineDebug.Listener listener) throws MachineException {
        if (active()) {
            throw new MachineException(
                    "machine '" + machine.name() + "' has a debugger already; vm:gdb shows which");
        }
        Optional<MachineRun> run = machine.run();
        if (run.isPresent()) {
            checkEngine(run.get());
        }
        Session made = new Session(listener);
        session = Optional.of(made);
        return made;
    }

    private void checkEngine(MachineRun run) throws MachineException {
        if (vcpus(run).get(0).debugRegisters() == 0) {
            throw new MachineException(
                    "machine '%s': engine '%s' cannot be debugged"
                            .formatted(machine.name(), run.parts().engine().name()));
        }
    }

    /**
     * Whether a run that is about to begin has to wait for the debugger before its first
     * instruction.
     */
    boolean holds(MachineRun run) throws MachineException {
        if (active()) {
            checkEngine(run);
            session.get().stands = true;
        }
        return active();
    }

    /** A vCPU has come to what the debugger waits for. */
    void stopped(int cpu, Optional<Watchpoint> watched) {
        session.ifPresent(now -> now.stopped(cpu, watched));
    }

    /** The run has ended. */
    void ended(MachineOutcome how) {
        session.ifPresent(now -> now.listener.ended(how));
        session = Optional.empty();
    }

    private static List<Vcpu> vcpus(MachineRun run) {
        return run.parts().vm().vcpus();
    }

    /** One debugger. */
    private final class Session implements MachineDebug {
        private final Listener listener;
        private final Breakpoints breakpoints = new Breakpoints();

        /** The machine stands because of this debugger. */
        private boolean stands;

        /** Accesses that the debugger was not told of, since it was told of another vCPU. */
        private final Map<Integer, Watchpoint> untold = new TreeMap<>();

        Session(Listener listener) {
            this.listener = listener;
        }

        private void stopped(int cpu, Optional<Watchpoint> watched) {
            boolean passed = breakpoints.passed(cpu);
            if (stands) {
                // Another vCPU was first. This one comes to its breakpoint again, but has done its
                // access.
                watched.ifPresent(hit -> untold.put(cpu, hit));
                return;
            }
            try {
                if (passed && watched.isEmpty()) {
                    goOn(run());
                } else {
                    pauseNow();
                    tell(cpu, watched);
                }
            } catch (MachineException e) {
                LOG.error("{}", e.getMessage());
            }
        }

        private void tell(int cpu, Optional<Watchpoint> watched) throws MachineException {
            know(run(), cpu);
            listener.stopped(cpu, watched);
        }

        private void pauseNow() throws MachineException {
            stands = true;
            machine.pause();
        }

        private MachineRun run() throws MachineException {
            if (session.filter(now -> now == this).isEmpty()) {
                throw new MachineException(
                        "machine '" + machine.name() + "' is not debugged any more");
            }
            return machine.run()
                    .orElseThrow(
                            () ->
                                    new MachineException(
                                            "machine '" + machine.name() + "' does not run"));
        }

        private void goOn(MachineRun run) throws MachineException {
            run.standing(
                    () -> {
                        try {
                            breakpoints.apply(vcpus(run));
                        } catch (EngineException e) {
                            throw failed(e);
                        }
                        return this;
                    });
        }

        private void know(MachineRun run, int cpu) throws MachineException {
            try {
                breakpoints.know(vcpus(run).get(cpu));
            } catch (EngineException e) {
                throw failed(e);
            }
        }

        private void apply(MachineRun run, int stepping) throws MachineException {
            try {
                breakpoints.apply(vcpus(run), stepping);
            } catch (EngineException e) {
                throw failed(e);
            }
        }

        private MachineException failed(EngineException e) {
            return new MachineException("machine '" + machine.name() + "': " + e.getMessage(), e);
        }

        private <T> T call(ControlThread.Command<T> command) throws MachineException {
            return control.call("debugging", SECONDS, command);
        }

        @Override
        public void breakpoints(Set<Long> addresses, Set<Watchpoint> watchpoints)
                throws MachineException {
            HostDebug wanted = new HostDebug(false, addresses, watchpoints);
            call(
                    () -> {
                        MachineRun run = run();
                        int most = vcpus(run).get(0).debugRegisters();
                        int registers = wanted.registers();
                        if (registers > most) {
                            throw new MachineException(
                                    ("machine '%s': breakpoints and watchpoints for %d debug"
                                                    + " registers; its engine has %d")
                                            .formatted(machine.name(), registers, most));
                        }
                        breakpoints.set(wanted);
                        untold.values().retainAll(watchpoints);
                        return this;
                    });
        }

        @Override
        public CpuState state(int cpu) throws MachineException {
            return call(
                    () -> {
                        run();
                        return machine.cpuStates().get(cpu);
                    });
        }

        @Override
        public void state(int cpu, CpuState state) throws MachineException {
            call(
                    () -> {
                        MachineRun run = run();
                        if (!run.paused()) {
                            throw new MachineException(
                                    "machine '" + machine.name() + "' runs; stop it first");
                        }
                        try {
                            vcpus(run).get(cpu).restore(state);
                        } catch (EngineException e) {
                            throw failed(e);
                        }
                        return this;
                    });
        }

        @Override
        public void resume(int cpu) throws MachineException {
            go(cpu, Breakpoints.NONE);
        }

        @Override
        public void step(int cpu) throws MachineException {
            go(cpu, cpu);
        }

        private void go(int cpu, int stepping) throws MachineException {
            call(
                    () -> {
                        MachineRun run = run();
                        if (run.paused() && !untold.isEmpty()) {
                            int other = untold.keySet().iterator().next();
                            tell(other, Optional.of(untold.remove(other)));
                        } else if (run.paused()) {
                            know(run, cpu);
                            apply(run, stepping);
                            stands = false;
                            machine.resume();
                        }
                        return this;
                    });
        }

        @Override
        public void pause() throws MachineException {
            call(
                    () -> {
                        run();
                        pauseNow();
                        return this;
                    });
        }

        @Override
        public void close() {
            try {
                call(
                        () -> {
                            leave();
                            return this;
                        });
            } catch (MachineException e) {
                LOG.warn("{}", e.getMessage());
            }
        }

        private void leave() throws MachineException {
            if (session.filter(now -> now == this).isEmpty()) {
                return;
            }
            if (machine.run().isPresent()) {
                MachineRun run = machine.run().get();
                boolean runs = stands || machine.state() == MachineState.RUNNING;
                run.pause();
                breakpoints.set(HostDebug.NONE);
                apply(run, Breakpoints.NONE);
                if (runs) {
                    machine.resume();
                }
            }
            session = Optional.empty();
        }
    }
}
