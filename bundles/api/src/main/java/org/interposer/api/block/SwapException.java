package org.interposer.api.block;

/** A chain was not changed; the message names the port, the stage, the reason and the way out. */
public final class SwapException extends Exception {
    private static final long serialVersionUID = 1L;

    /** With a message for the user. */
    public SwapException(String message) {
        super(message);
    }

    /** With a message for the user and its cause. */
    public SwapException(String message, Throwable cause) {
        super(message, cause);
    }
}
