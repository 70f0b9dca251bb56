package org.interposer.api.state;

/** A state record cannot be read; the message names the record, the versions and the way out. */
public final class StateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With a message for the user. */
    public StateException(String message) {
        super(message);
    }

    /** With a message for the user and its cause. */
    public StateException(String message, Throwable cause) {
        super(message, cause);
    }
}
