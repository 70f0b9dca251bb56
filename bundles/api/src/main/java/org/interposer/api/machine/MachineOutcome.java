package org.interposer.api.machine;

/** How the last run of a machine ended. */
public sealed interface MachineOutcome {
    /** It never ran or still runs. */
    record None() implements MachineOutcome {}

    /** The guest powered off. */
    record PoweredOff() implements MachineOutcome {}

    /** Stopped by command. */
    record StoppedByCommand() implements MachineOutcome {}

    /** The guest wrote to isa-debug-exit; status is {@code (value << 1) | 1}. */
    record GuestExit(int status) implements MachineOutcome {}

    /** The guest crashed (triple fault with resets off). */
    record Crashed(String message) implements MachineOutcome {}

    /** Interposer could not go on. */
    record Failed(String message) implements MachineOutcome {}
}
