package org.interposer.api.net;

/** Whether the cable is plugged in. */
public enum LinkState {
    /** Frames flow. */
    UP,
    /** No carrier. */
    DOWN
}
