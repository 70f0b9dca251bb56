package org.interposer.api.machine;

import java.util.List;
import org.interposer.api.engine.CpuState;

/** How the last run of a machine ended. */
public sealed interface MachineOutcome {
    /** Exit status when Interposer could not run it. */
    int STATUS_FAILED = 125;

    /** Exit status of a crash. */
    int STATUS_CRASHED = 126;

    /** Exit status of what was ended from outside, as a shell's for SIGINT. */
    int STATUS_ENDED = 130;

    /** It never ran or still runs. */
    record None() implements MachineOutcome {}

    /** The guest powered off. */
    record PoweredOff() implements MachineOutcome {}

    /** Stopped by command. */
    record StoppedByCommand() implements MachineOutcome {}

    /** The guest wrote to isa-debug-exit; status is {@code (value << 1) | 1}. */
    record GuestExit(int status) implements MachineOutcome {}

    /**
     * The guest crashed (triple fault with resets off, all vCPUs in HLT for good).
     *
     * @param message what happened
     * @param cpus state of the vCPUs as the engine shows it afterwards; empty when it could not be
     *     read
     */
    record Crashed(String message, List<CpuState> cpus) implements MachineOutcome {
        /** Copies the list. */
        public Crashed {
            cpus = List.copyOf(cpus);
        }

        /** For logs: without the registers. */
        @Override
        public String toString() {
            return "Crashed[" + message + "]";
        }
    }

    /** Interposer could not go on. */
    record Failed(String message) implements MachineOutcome {}

    /**
     * As the exit status of a process, 0–255: the guest's own, 0 when it powered off, otherwise one
     * of the constants.
     */
    default int exitStatus() {
        if (this instanceof GuestExit exit) {
            return exit.status() & 0xff;
        }
        if (this instanceof Crashed) {
            return STATUS_CRASHED;
        }
        if (this instanceof Failed) {
            return STATUS_FAILED;
        }
        return this instanceof PoweredOff ? 0 : STATUS_ENDED;
    }
}
