package org.interposer.api.machine;

/**
 * A machine cannot do what was asked; the message names the machine, the reason and the way out.
 * Nothing was changed.
 */
public final class MachineException extends Exception {
    private static final long serialVersionUID = 1L;

    /** With a message for the user. */
    public MachineException(String message) {
        super(message);
    }

    /** With a message for the user and its cause. */
    public MachineException(String message, Throwable cause) {
        super(message, cause);
    }
}
