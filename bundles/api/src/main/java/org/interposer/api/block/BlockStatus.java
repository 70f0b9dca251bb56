package org.interposer.api.block;

/** How a request ended. */
public enum BlockStatus {
    /** Done. */
    OK,
    /** Not done, or only in part; the front-end tells the guest. */
    IO_ERROR,
    /** The stage does not know the operation, or the disk is read-only. */
    UNSUPPORTED,
    /**
     * The stage lost what is below it (connection, bundle) and does not know whether the request
     * was done. All operations may be issued again; the port does so on the successor, the guest
     * does not see it.
     */
    LOST
}
