package org.interposer.tool.shell;

import java.util.Set;
import org.interposer.api.machine.MachineOutcome;

/** How a run ended, in words and as success or failure. */
final class Outcomes {
    /** Exit statuses of a guest that mean success unless a command says others. */
    static final Set<Integer> GOOD = Set.of(1, 33);

    private Outcomes() {}

    static String text(MachineOutcome outcome) {
        if (outcome instanceof MachineOutcome.PoweredOff) {
            return "powered off";
        }
        if (outcome instanceof MachineOutcome.StoppedByCommand) {
            return "stopped by command";
        }
        if (outcome instanceof MachineOutcome.GuestExit exit) {
            return "guest exit " + exit.status();
        }
        if (outcome instanceof MachineOutcome.Crashed crashed) {
            return "crashed: " + crashed.message();
        }
        if (outcome instanceof MachineOutcome.Failed failed) {
            return "failed: " + failed.message();
        }
        return "";
    }

    static boolean isGood(MachineOutcome outcome, Set<Integer> goodStatuses) {
        return outcome instanceof MachineOutcome.PoweredOff
                || outcome instanceof MachineOutcome.StoppedByCommand
                || outcome instanceof MachineOutcome.GuestExit exit
                        && goodStatuses.contains(exit.status());
    }

    /** An exit status in the manner of a process: the guest's own, 0 for a quiet end, else 1. */
    static int status(MachineOutcome outcome) {
        if (outcome instanceof MachineOutcome.GuestExit exit) {
            return exit.status();
        }
        return isGood(outcome, Set.of()) ? 0 : 1;
    }
}
