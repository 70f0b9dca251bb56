package org.interposer.api.machine;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.engine.TraceSink;
import org.interposer.api.memory.GuestMemory;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One virtual machine. A service with the property {@link #NAME}, made from a factory configuration
 * with the PID {@link #PID}. Thread-safe; operations run one after the other on the machine's
 * control thread and return when they are done.
 */
@ProviderType
public interface Machine {
    /** Factory PID. */
    String PID = "org.interposer.machine";

    /** Service property: its name. */
    String NAME = "machine";

    /** Its name. */
    String name();

    /** Where it is in its life. */
    MachineState state();

    /** How its last run ended. */
    MachineOutcome outcome();

    /**
     * From DEFINED or STOPPED to RUNNING: memory, engine, devices, boot. On failure everything made
     * so far is undone.
     */
    void start() throws MachineException;

    /** RUNNING to PAUSED; returns when every vCPU has left guest mode and every device is quiet. */
    void pause() throws MachineException;

    /** PAUSED to RUNNING. */
    void resume() throws MachineException;

    /**
     * Presses the power button, which asks the guest to shut down; what comes of it is the guest's
     * affair. While PAUSED the button waits for {@link #resume}.
     *
     * @throws MachineException when it is not RUNNING or PAUSED, or has no power button
     */
    void pressPowerButton() throws MachineException;

    /** To STOPPED, at once and without asking the guest. */
    void stop() throws MachineException;

    /** As the reset button: all devices and vCPUs to power-on state, kernel loaded again. */
    void reset() throws MachineException;

    /**
     * Moves the vCPUs to another engine; the guest goes on where it was. Lasts until the machine
     * stops: its next start follows its configuration again. Needs interrupt controllers in user
     * space and the CPU model {@code v2}, which every engine can show.
     *
     * @param engine {@code kvm}, {@code softcpu}
     * @param force move although the CPU model is not portable, or the engine does not run ordinary
     *     kernels here
     * @return how long the guest stood still, in nanoseconds
     * @throws MachineException when it cannot; the machine runs on where it was
     */
    long moveTo(String engine, boolean force) throws MachineException;

    /**
     * Waits until it is STOPPED.
     *
     * @return false when the time ran out first
     */
    boolean awaitStopped(long timeout, TimeUnit unit) throws InterruptedException;

    /** Everything there is to show. */
    MachineInfo info();

    /** Guest memory while it is RUNNING or PAUSED. */
    Optional<GuestMemory> memory();

    /**
     * Architectural state of its vCPUs; pauses the machine for the moment it takes. Empty unless
     * RUNNING or PAUSED.
     */
    List<CpuState> cpuStates() throws MachineException;

    /**
     * Reports what the guest does to a sink, until {@link #endTrace} or the end of the run. Of
     * ports and MMIO it shows what reaches the machine's bus on a vCPU's thread: not what the
     * kernel answers itself (its interrupt controllers, doorbells over ioeventfd). Pauses the
     * machine for the moment it takes.
     *
     * @throws MachineException when it is not RUNNING or PAUSED, is traced already, or its engine
     *     cannot show all of that
     */
    void trace(Set<TraceKind> kinds, TraceSink sink) throws MachineException;

    /**
     * Ends the trace; the sink gets no event after this has returned.
     *
     * @return its sink; empty when there was none
     */
    Optional<TraceSink> endTrace() throws MachineException;

    /**
     * Gives a debugger its hold; there is one at a time. A machine that is not started yet will
     * stand before its first instruction; one that runs is not disturbed.
     *
     * @throws MachineException when its engine cannot be debugged, or somebody else does it
     */
    MachineDebug debug(MachineDebug.Listener listener) throws MachineException;

    /** Adds a listener. */
    void addListener(MachineListener listener);

    /** Removes a listener. */
    void removeListener(MachineListener listener);
}
