package org.interposer.api.engine;

/** An engine cannot do what was asked; the message names the reason and the way out. */
public class EngineException extends Exception {
    private static final long serialVersionUID = 1L;

    /** With a message for the user. */
    public EngineException(String message) {
        super(message);
    }

    /** With a message for the user and its cause. */
    public EngineException(String message, Throwable cause) {
        super(message, cause);
    }
}
