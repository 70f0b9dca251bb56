package org.interposer.core.machine;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.engine.TraceSink;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineDebug;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineInfo;
import org.interposer.api.machine.MachineListener;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.interposer.api.memory.GuestMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A machine: its public operations, each a command to its control thread. */
final class ControlledMachine implements Machine {
    private static final Logger LOG = LoggerFactory.getLogger(ControlledMachine.class);
    private static final long START_SECONDS = 120, COMMAND_SECONDS = 60;

    private final String name;
    private final Parts parts;
    private final FrontendSource frontends;
    private final ControlThread control;
    private final Status status = new Status(this);
    private final GuestRequests requests;
    private final DeviceReturn returns;
    private final Debugging debugging;
    private volatile MachineSettings settings;
    private volatile Optional<MachineRun> run = Optional.empty();
    private volatile Optional<MachineInfo> last = Optional.empty();
    private volatile boolean deleted;

    ControlledMachine(MachineSettings settings, Parts parts, FrontendSource frontends) {
        this.name = settings.name();
        this.settings = settings;
        this.parts = parts;
        this.frontends = frontends;
        this.control = new ControlThread(name);
        this.requests = new GuestRequests(this, control);
        this.returns = new DeviceReturn(this, control);
        this.debugging = new Debugging(this, control);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public MachineState state() {
        return status.state();
    }

    @Override
    public MachineOutcome outcome() {
        return status.outcome();
    }

    MachineSettings settings() {
        return settings;
    }

    /** Counts from the next start on. */
    void settings(MachineSettings changed) {
        settings = changed;
    }

    Optional<MachineRun> run() {
        return run;
    }

    @Override
    public void start() throws MachineException {
        control.call("start", START_SECONDS, () -> doStart());
    }

    private MachineRun doStart() throws MachineException {
        if (run.isPresent()) {
            throw new MachineException(
                    "machine '" + name + "' is " + state().name().toLowerCase() + " already");
        }
        MachineSettings now = settings;
        long begin = System.nanoTime();
        Assembly assembly = new MachineBuild(now, parts, requests).build(frontends);
        MachineRun made = new MachineRun(name, assembly, requests);
        requests.begin();
        run = Optional.of(made);
        boolean held = held(made);
        status.enter(MachineState.RUNNING);
        if (held) {
            made.launchPaused();
            status.enter(MachineState.PAUSED);
        } else {
            made.launch();
        }
        LOG.info(
                "Machine '{}' runs on engine {}, irqchip {}, {} vCPUs, {} MiB; started in {} ms",
                name,
                assembly.engine().name(),
                IrqchipChoice.name(assembly.mode()),
                now.cpus(),
                now.memoryBytes() >> 20,
                (System.nanoTime() - begin) / 1_000_000);
        return made;
    }

    private boolean held(MachineRun made) throws MachineException {
        try {
            return debugging.holds(made);
        } catch (MachineException e) {
            made.close();
            run = Optional.empty();
            throw e;
        }
    }

    @Override
    public MachineDebug debug(MachineDebug.Listener listener) throws MachineException {
        return control.call("debugging", COMMAND_SECONDS, () -> debugging.begin(listener));
    }

    Debugging debugging() {
        return debugging;
    }

    @Override
    public void pause() throws MachineException {
        control.call("pause", COMMAND_SECONDS, () -> doPause());
    }

    private MachineRun doPause() throws MachineException {
        MachineRun current = running("pause");
        if (state() == MachineState.RUNNING || !returns.waiting()) {
            current.pause();
        }
        returns.stayPaused();
        status.enter(MachineState.PAUSED);
        return current;
    }

    @Override
    public void resume() throws MachineException {
        control.call("resume", COMMAND_SECONDS, () -> doResume());
    }

    private MachineRun doResume() throws MachineException {
        MachineRun current = running("resume");
        List<String> absent = current.devices().absent();
        if (!absent.isEmpty()) {
            throw new MachineException(
                    String.format(
                            "machine '%s' cannot resume: it waits for its device %s; start the"
                                    + " device's bundle, or use vm:stop %s",
                            name, String.join(", ", absent), name));
        }
        current.resume();
        status.enter(MachineState.RUNNING);
        return current;
    }

    @Override
    public void pressPowerButton() throws MachineException {
        control.call(
                "power button",
                COMMAND_SECONDS,
                () -> {
                    running("power down").devices().pressPowerButton();
                    return this;
                });
    }

    @Override
    public void stop() throws MachineException {
        control.call(
                "stop",
                COMMAND_SECONDS,
                () -> {
                    end(new MachineOutcome.StoppedByCommand());
                    return this;
                });
    }

    /** Ends the run, if there is one. Control thread. */
    void end(MachineOutcome how) {
        run.ifPresent(
                current -> {
                    last = Optional.of(doInfo());
                    current.close();
                    run = Optional.empty();
                    debugging.ended(how);
                    returns.forget();
                    LOG.info("Machine '{}' stopped: {}", name, how);
                    status.stopped(how);
                });
    }

    @Override
    public void reset() throws MachineException {
        control.call(
                "reset",
                COMMAND_SECONDS,
                () -> {
                    doReset();
                    return this;
                });
    }

    /** Resets a run that has all its devices. Control thread. */
    void doReset() throws MachineException {
        MachineRun current = running("reset");
        if (!current.devices().absent().isEmpty()) {
            throw new MachineException(
                    String.format(
                            "machine '%s' cannot reset while it waits for its device %s",
                            name, String.join(", ", current.devices().absent())));
        }
        try {
            current.reset();
        } catch (MachineException | RuntimeException e) {
            end(new MachineOutcome.Failed("reset failed: " + e.getMessage()));
            throw e;
        }
    }

    @Override
    public long moveTo(String engine, boolean force) throws MachineException {
        return control.call(
                "engine move",
                COMMAND_SECONDS,
                () -> {
                    MachineRun current = running("move to another engine");
                    return EngineMove.perform(name, current, debugging, parts, engine, force);
                });
    }

    private MachineRun running(String command) throws MachineException {
        return run.orElseThrow(
                () ->
                        new MachineException(
                                String.format(
                                        "machine '%s' is not running, so it cannot %s; use"
                                                + " vm:start %s",
                                        name, command, name)));
    }

    /** A device waits for its successor: paused, but not by anybody's command. Control thread. */
    void enter(MachineState next) {
        status.enter(next);
    }

    @Override
    public boolean awaitStopped(long timeout, TimeUnit unit) throws InterruptedException {
        return status.awaitStopped(timeout, unit);
    }

    @Override
    public MachineInfo info() {
        try {
            return control.call("info", COMMAND_SECONDS, () -> doInfo());
        } catch (MachineException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private MachineInfo doInfo() {
        return run.map(Infos::running)
                .orElseGet(() -> Infos.atRest(settings, last, frontends.present()));
    }

    @Override
    public Optional<GuestMemory> memory() {
        return run.map(r -> r.parts().memory());
    }

    @Override
    public List<CpuState> cpuStates() throws MachineException {
        return control.call("reading the vCPUs", COMMAND_SECONDS, () -> doCpuStates());
    }

    private List<CpuState> doCpuStates() throws MachineException {
        return run.isEmpty() ? List.of() : run.get().cpuStates();
    }

    @Override
    public void trace(Set<TraceKind> kinds, TraceSink sink) throws MachineException {
        control.call(
                "trace",
                COMMAND_SECONDS,
                () -> {
                    running("be traced").trace(kinds, sink);
                    return this;
                });
    }

    @Override
    public Optional<TraceSink> endTrace() throws MachineException {
        return control.call(
                "end of trace",
                COMMAND_SECONDS,
                () -> run.isEmpty() ? Optional.empty() : run.get().endTrace());
    }

    @Override
    public void addListener(MachineListener listener) {
        status.listen(listener);
    }

    @Override
    public void removeListener(MachineListener listener) {
        status.forget(listener);
    }

    /** A device's service is there. Any thread; returns at once. */
    void arrived(Frontend device) {
        control.post(() -> returns.arrived(device));
    }

    /** A device's service goes: lets go of it before this returns. Any thread. */
    void departing(Frontend device) {
        if (deleted) {
            return;
        }
        try {
            control.call(
                    "letting go of device '" + device.id() + "'",
                    COMMAND_SECONDS,
                    () -> {
                        returns.departing(device);
                        return this;
                    });
        } catch (MachineException e) {
            complain(e);
        }
    }

    /** A machine that has been deleted meanwhile needs nothing more. */
    private void complain(MachineException e) {
        if (!deleted) {
            LOG.error("{}", e.getMessage());
        }
    }

    /** An engine goes: a machine that runs on it ends. Any thread. */
    void engineDeparting(String engine) {
        if (deleted) {
            return;
        }
        try {
            control.call(
                    "stop",
                    COMMAND_SECONDS,
                    () -> {
                        if (run.filter(r -> r.parts().engine().name().equals(engine)).isPresent()) {
                            end(new MachineOutcome.Failed("engine '" + engine + "' was stopped"));
                        }
                        return this;
                    });
        } catch (MachineException e) {
            complain(e);
        }
    }

    /** Starts it on the control thread once its devices have stopped coming. */
    void autostart(long settleMillis) {
        List<String> before = frontends.present();
        control.postAfter(
                settleMillis,
                () -> {
                    if (!frontends.present().equals(before)) {
                        autostart(settleMillis);
                        return;
                    }
                    try {
                        doStart();
                    } catch (MachineException e) {
                        LOG.error("{}", e.getMessage());
                    }
                });
    }

    /** Stops it and ends its control thread. */
    void delete() {
        try {
            stop();
        } catch (MachineException e) {
            LOG.error("{}", e.getMessage());
        }
        deleted = true;
        control.close();
    }
}
