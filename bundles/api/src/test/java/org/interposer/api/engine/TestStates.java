package org.interposer.api.engine;

import java.util.List;
import java.util.TreeMap;
import org.interposer.api.engine.CpuState.Segment;
import org.interposer.api.engine.CpuState.Table;

/** States of a vCPU for tests that need one and care about a part of it only. */
public final class TestStates {
    private TestStates() {}

    /**
     * Of a vCPU that executes; nothing is pending, what is not given is zero.
     *
     * @param gpr the 16 general registers
     * @param data every segment but CS
     */
    public static CpuState running(
            long[] gpr, long rip, Segment code, Segment data, CpuState.Control control) {
        Table none = new Table(0, 0);
        return new CpuState(
                gpr,
                rip,
                2,
                new CpuState.Segments(code, data, data, data, data, data, data, data, none, none),
                control,
                new long[6],
                new TreeMap<>(),
                new byte[512],
                new byte[0],
                0,
                CpuState.Activity.RUNNING,
                CpuState.PendingEvents.NONE,
                List.of());
    }
}
