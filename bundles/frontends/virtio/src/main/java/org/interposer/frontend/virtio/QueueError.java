package org.interposer.frontend.virtio;

/**
 * The guest broke the rules of its ring; the device needs a reset (virtio 1.2 §2.1.2). Carries no
 * stack trace: a guest can cause as many as it likes.
 */
public final class QueueError extends Exception {
    private static final long serialVersionUID = 1L;

    /** With what the guest did, for the log. */
    public QueueError(String message) {
        super(message, null, false, false);
    }
}
