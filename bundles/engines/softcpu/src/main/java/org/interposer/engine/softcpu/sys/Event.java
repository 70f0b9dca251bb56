package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.GuestFault;

/**
 * An interrupt or exception to be delivered.
 *
 * @param errorCode of an exception that has one
 * @param rip return address
 * @param flags the flags to be pushed
 */
record Event(int vector, Kind kind, int errorCode, long rip, long flags) {
    /** Where it comes from. */
    enum Kind {
        EXCEPTION,
        EXTERNAL,
        SOFTWARE
    }

    boolean software() {
        return kind == Kind.SOFTWARE;
    }

    boolean hasErrorCode() {
        return kind == Kind.EXCEPTION && GuestFault.hasErrorCode(vector);
    }
}
