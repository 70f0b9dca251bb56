package org.interposer.tool.terminal;

import java.util.OptionalInt;
import org.apache.felix.service.command.Descriptor;

/** The command that leaves the shell or ends the script, with an exit status if one is given. */
public final class ExitCommand {
    private volatile OptionalInt requested = OptionalInt.empty();

    /** Thrown to leave the script at once; it is not an error. */
    static final class Requested extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Requested() {
            super("exit", null, false, false);
        }
    }

    /** Leaves with status 0. */
    @Descriptor("Leaves: stops every machine and bundle and ends the process with status 0.")
    public void exit() {
        exit(0);
    }

    /**
     * Leaves with a status.
     *
     * @param status the process's exit status, 0 to 255
     */
    @Descriptor("Leaves with an exit status.")
    public void exit(@Descriptor("exit status, 0 to 255") int status) {
        if (status < 0 || status > 255) {
            throw new IllegalArgumentException("exit status " + status + " is not within 0 to 255");
        }
        requested = OptionalInt.of(status);
        throw new Requested();
    }

    /** The status that was asked for, if it was. */
    OptionalInt requested() {
        return requested;
    }
}
