package org.interposer.engine.softcpu.sys;

import java.util.OptionalInt;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Tracer;

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

    void tell(Tracer tracer, Cpu c) {
        OptionalInt error = hasErrorCode() ? OptionalInt.of(errorCode) : OptionalInt.empty();
        tracer.interruption(c, software(), kind == Kind.EXTERNAL, vector, error, rip);
    }

    boolean hasErrorCode() {
        return kind == Kind.EXCEPTION && GuestFault.hasErrorCode(vector);
    }
}
