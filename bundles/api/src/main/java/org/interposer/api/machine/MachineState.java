package org.interposer.api.machine;

/** Where a machine is in its life. */
public enum MachineState {
    /** Configured; holds no host resources. */
    DEFINED,
    /** vCPUs execute. */
    RUNNING,
    /** vCPUs and guest time stand still. */
    PAUSED,
    /** Ended by itself or by command; may be started again from the beginning. */
    STOPPED
}
