package org.interposer.core.machine;

import java.util.Optional;
import org.interposer.api.engine.Watchpoint;
import org.interposer.api.frontend.MachineRequest;

/** What vCPU and device threads ask of the control thread. Any thread; returns at once. */
interface Requests {
    /** A device asks. */
    void request(MachineRequest request);

    /** A vCPU hit a triple fault and stands still. */
    void tripleFault(int cpu);

    /** A vCPU has come to what a debugger waits for, and stands still. */
    void debugStop(int cpu, Optional<Watchpoint> watched);

    /** All vCPUs stand in HLT for good. */
    void allStuck();
}
