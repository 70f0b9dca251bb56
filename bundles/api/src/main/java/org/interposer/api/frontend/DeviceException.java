package org.interposer.api.frontend;

/** A device cannot be realized; the message names the device, the reason and the way out. */
public final class DeviceException extends Exception {
    private static final long serialVersionUID = 1L;

    /** With a message for the user. */
    public DeviceException(String message) {
        super(message);
    }

    /** With a message for the user and its cause. */
    public DeviceException(String message, Throwable cause) {
        super(message, cause);
    }
}
