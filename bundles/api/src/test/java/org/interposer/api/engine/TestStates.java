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

    /**
     * A state with another place to go on at, where nothing is pending.
     *
     * @param gpr the 16 general registers
     */
    public static CpuState at(
            CpuState now,
            long[] gpr,
            long rip,
            long rflags,
            CpuState.Segments segments,
            CpuState.Control control) {
        return new CpuState(
                gpr,
                rip,
                rflags,
                segments,
                control,
                now.debug(),
                now.msrs(),
                now.fxsave(),
                now.xsaveExtended(),
                now.tsc(),
                CpuState.Activity.RUNNING,
                CpuState.PendingEvents.NONE,
                now.localApic());
    }

    /** Real mode with all segments at 0. */
    public static CpuState.Segments realMode(CpuState.Segments now, Table gdt) {
        Segment code = new Segment(0, 0, 0xffff, 0x9b);
        Segment data = new Segment(0, 0, 0xffff, 0x93);
        return flat(now, code, data, gdt, new Table(0, 0x3ff));
    }

    /**
     * The segments of a state with others.
     *
     * @param data every segment but CS
     */
    public static CpuState.Segments flat(
            CpuState.Segments now, Segment code, Segment data, Table gdt, Table idt) {
        return new CpuState.Segments(
                code, data, data, data, data, data, now.ldt(), now.tr(), gdt, idt);
    }
}
