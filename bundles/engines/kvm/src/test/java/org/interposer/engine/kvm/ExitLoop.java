package org.interposer.engine.kvm;

import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Segment;
import org.interposer.api.engine.CpuState.Segments;
import org.interposer.api.engine.TestStates;
import org.interposer.api.irq.IrqchipMode;

/**
 * The Java side of {@code src/bench/c/exitloop.c}: the same guest code, the same output. Arguments:
 * exits a kind, rounds.
 */
final class ExitLoop {
    private static final int CODE = 0x1000;
    private static final String[][] KINDS = {
        {"pio-out", "ee 49 75 fc e6 f0 f4"},
        {"pio-in", "ec 49 75 fc e6 f0 f4"},
        {"mmio-write", "89 03 49 75 fb e6 f0 f4"},
        {"mmio-read", "8b 03 49 75 fb e6 f0 f4"}
    };

    private ExitLoop() {}

    /** Prints one line a kind: kind, exits, nanoseconds an exit. */
    public static void main(String[] arguments) throws Exception {
        long turns = arguments.length > 0 ? Long.parseLong(arguments[0]) : 100_000;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            IoHandler nothing = Handlers.of(() -> 0xff, v -> {});
            m.port(0x80, nothing);
            m.bus.map(AddressSpace.MMIO, 0xD000_0000L, 16, IoBus.PRIORITY_PLATFORM, "b", nothing);
            m.kickPort(0xf0, m.cpu(0));
            for (int round = 0; round < rounds; round++) {
                for (String[] kind : KINDS) {
                    m.code(CODE, kind[1]);
                    start(m, turns);
                    long begin = System.nanoTime();
                    m.run();
                    long nanos = System.nanoTime() - begin;
                    System.out.printf("%s %d %d%n", kind[0], turns, nanos / turns);
                }
            }
        }
    }

    private static void start(TestMachine m, long turns) throws Exception {
        CpuState s = m.cpu(0).state();
        Segment code = new Segment(8, 0, -1, 0xc09b);
        Segment data = new Segment(16, 0, -1, 0xc093);
        Segments old = s.segments();
        Segments flat = TestStates.flat(old, code, data, old.gdt(), old.idt());
        CpuState.Control c = s.control();
        CpuState.Control control =
                new CpuState.Control(
                        0x11, 0, 0, c.cr4(), c.cr8(), c.efer(), c.apicBase(), c.xcr0());
        long[] gpr = new long[16];
        gpr[CpuState.RCX] = turns;
        gpr[CpuState.RBX] = 0xD000_0000L;
        gpr[CpuState.RDX] = 0x80;
        m.cpu(0).restore(TestStates.at(s, gpr, CODE, 2, flat, control));
    }
}
