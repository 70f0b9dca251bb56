package org.interposer.api.boot;

/** A kernel cannot be booted; the message names the file, what is wrong with it and the way out. */
public final class BootException extends Exception {
    private static final long serialVersionUID = 1L;

    /** With a message for the user. */
    public BootException(String message) {
        super(message);
    }

    /** With a message for the user and its cause. */
    public BootException(String message, Throwable cause) {
        super(message, cause);
    }
}
