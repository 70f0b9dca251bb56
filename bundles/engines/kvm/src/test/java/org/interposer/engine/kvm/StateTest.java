package org.interposer.engine.kvm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Activity;
import org.interposer.api.engine.CpuState.PendingEvents;
import org.interposer.api.engine.CpuState.Segment;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.Vcpu;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.memory.DirtyLog;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class StateTest {
    private static final int CODE = 0x1000;
    private static final int STAR = 0xC000_0081;

    @BeforeEach
    void needKvm() {
        TestMachine.needKvm();
    }

    private static void assertSame(CpuState expected, CpuState actual) {
        assertArrayEquals(expected.gpr(), actual.gpr());
        assertEquals(expected.rip(), actual.rip());
        assertEquals(expected.rflags(), actual.rflags());
        assertEquals(expected.segments(), actual.segments());
        assertEquals(expected.control(), actual.control());
        assertArrayEquals(expected.debug(), actual.debug());
        assertEquals(expected.msrs().keySet(), actual.msrs().keySet());
        expected.msrs()
                .forEach((k, v) -> assertEquals(v, actual.msrs().get(k), "MSR %x".formatted(k)));
        assertArrayEquals(expected.fxsave(), actual.fxsave());
        assertArrayEquals(expected.xsaveExtended(), actual.xsaveExtended());
        assertEquals(expected.activity(), actual.activity());
        assertEquals(expected.events(), actual.events());
        assertEquals(expected.localApic(), actual.localApic());
    }

    private static long counter(TestMachine m, int address) {
        byte[] raw = new byte[4];
        m.memory.read(address, raw, 0, 4);
        return ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).getInt() & 0xffff_ffffL;
    }

    private static void attach(TestMachine m, IrqchipMode mode, int cpus) {
        if (mode != IrqchipMode.KERNEL) {
            m.vm.attach(new StubIrqchip(mode, cpus));
        }
    }

    /** Counts in ecx and mirrors it to memory, for ever. */
    private static String counting(int address) {
        return "31 c9 66 31 c9 66 41 66 89 0e %02x %02x eb f7"
                .formatted(address & 0xff, address >> 8);
    }

    private static void runUntil(TestMachine m, BooleanSupplier enough)
            throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (Vcpu vcpu : m.vm.vcpus()) {
            Thread thread = new Thread(() -> assertInstanceOf(VcpuExit.Kicked.class, vcpu.run()));
            thread.start();
            threads.add(thread);
        }
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!enough.getAsBoolean() && System.nanoTime() < deadline) {
            Thread.sleep(1);
        }
        m.vm.vcpus().forEach(Vcpu::kick);
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @ParameterizedTest
    @EnumSource(IrqchipMode.class)
    void twoVcpusGoOnInAnotherMachineWhereTheyWere(IrqchipMode mode) throws Exception {
        List<CpuState> saved = new ArrayList<>();
        byte[] ram = new byte[1 << 16];
        try (TestMachine m = TestMachine.of(mode, 2)) {
            attach(m, mode, 2);
            m.code(CODE, counting(0x6000)).code(0x1100, counting(0x6100));
            m.start(0, CODE).start(1, 0x1100);
            runUntil(m, () -> counter(m, 0x6000) > 100 && counter(m, 0x6100) > 100);
            for (Vcpu vcpu : m.vm.vcpus()) {
                saved.add(vcpu.state());
            }
            m.memory.read(0, ram, 0, ram.length);
        }
        try (TestMachine m = TestMachine.of(mode, 2)) {
            attach(m, mode, 2);
            m.memory.write(0, ram, 0, ram.length);
            for (int i = 0; i < 2; i++) {
                m.cpu(i).restore(saved.get(i));
                assertSame(saved.get(i), m.cpu(i).state());
            }
            long first = counter(m, 0x6000);
            long second = counter(m, 0x6100);
            assertTrue(first > 100 && second > 100, first + ", " + second);
            runUntil(m, () -> counter(m, 0x6000) > first && counter(m, 0x6100) > second);
            assertTrue(counter(m, 0x6000) > first);
            assertTrue(counter(m, 0x6100) > second);
            assertEquals(
                    counter(m, 0x6000), m.cpu(0).state().gpr()[CpuState.RCX] & 0xffff_ffffL, 1.0);
        }
    }

    @Test
    void everyPartOfTheRecordIsTakenOverAndGivenBack() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            m.start(0, CODE);
            CpuState s = m.cpu(0).state();
            long[] gpr = new long[16];
            for (int i = 0; i < 16; i++) {
                gpr[i] = 0x1111_1111_1111_1111L * i + i;
            }
            byte[] fx = s.fxsave().clone();
            for (int i = 160; i < 160 + 16 * 16; i++) {
                fx[i] = (byte) i;
            }
            byte[] extended = s.xsaveExtended().clone();
            extended[0] |= 3;
            TreeMap<Integer, Long> msrs = new TreeMap<>(s.msrs());
            assertTrue(msrs.containsKey(STAR));
            msrs.put(STAR, 0x0023_0010_0000_0000L);
            long[] debug = {0x1000, 0x2000, 0x3000, 0x4000, s.debug()[4], 0x400};
            CpuState wanted =
                    new CpuState(
                            gpr,
                            0x1234,
                            0x202,
                            s.segments(),
                            s.control(),
                            debug,
                            msrs,
                            fx,
                            extended,
                            s.tsc(),
                            Activity.HALTED,
                            new PendingEvents(-1, -1, 0, 0x41, false, true, true, false),
                            s.localApic());
            m.cpu(0).restore(wanted);
            CpuState got = m.cpu(0).state();
            assertSame(wanted, got);
            assertTrue(got.tsc() - wanted.tsc() >= 0);
        }
    }

    @Test
    void anExceptionUnderWayIsKept() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.USER)) {
            attach(m, IrqchipMode.USER, 1);
            m.start(0, CODE);
            CpuState s = m.cpu(0).state();
            PendingEvents fault = new PendingEvents(13, 0x18, 0, -1, false, false, false, false);
            CpuState with =
                    new CpuState(
                            s.gpr(),
                            s.rip(),
                            s.rflags(),
                            s.segments(),
                            s.control(),
                            s.debug(),
                            s.msrs(),
                            s.fxsave(),
                            s.xsaveExtended(),
                            s.tsc(),
                            s.activity(),
                            fault,
                            s.localApic());
            m.cpu(0).restore(with);
            assertEquals(fault, m.cpu(0).state().events());
        }
    }

    @Test
    void segmentAttributesArePackedAsInADescriptor() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            m.kickPort(0xf0, m.cpu(0));
            m.code(CODE, LongMode.ENTER).code(LongMode.BODY, "e6 f0 f4");
            LongMode.tables(m, 0);
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            Segment cs = m.cpu(0).state().segments().cs();
            assertEquals(8, cs.selector());
            assertEquals(0xa09b, cs.attributes());
            assertEquals(-1, cs.limit());
            assertEquals(0x500, m.cpu(0).state().control().efer());
        }
    }

    @Test
    void anUnknownMsrWithAValueIsRefusedByName() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            m.start(0, CODE);
            CpuState s = m.cpu(0).state();
            s.msrs().put(0x3fff_fff0, 5L);
            var e = assertThrows(EngineException.class, () -> m.cpu(0).restore(s));
            assertTrue(e.getMessage().contains("0x3ffffff0"), e.getMessage());
            s.msrs().put(0x3fff_fff0, 0L);
            m.cpu(0).restore(s);
        }
    }

    @Test
    void pagesThatTheGuestWritesAreInTheDirtyLog() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            m.kickPort(0xf0, m.cpu(0));
            m.code(CODE, "c6 06 00 60 01 e6 f0 c6 06 00 70 01 e6 f0 f4"); // [0x6000], [0x7000]
            m.start(0, CODE);
            DirtyLog log = m.memory.dirtyLog();
            log.start();
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            List<String> runs = new ArrayList<>();
            log.collect((address, length) -> runs.add("%x+%x".formatted(address, length)));
            assertTrue(runs.contains("6000+1000"), runs.toString());
            assertTrue(runs.stream().noneMatch(run -> run.startsWith("7000")), runs.toString());
            runs.clear();
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            log.collect((address, length) -> runs.add("%x+%x".formatted(address, length)));
            assertTrue(runs.contains("7000+1000"), runs.toString());
            log.stop();
            log.start();
            assertEquals(0, log.collect((address, length) -> {}));
        }
    }

    @Test
    void romIsReadByTheGuestAndItsWritesGoToTheBus() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            byte[] rom = {0x11, 0x22, 0x33, 0x44};
            var region = m.memory.addRom("rom", 0xD000_0000L, rom);
            m.kickPort(0xf0, m.cpu(0));
            m.code(CODE, ProtectedMode.ENTER);
            m.code(ProtectedMode.BODY, "bb 00 00 00 d0 8b 0b 89 1b 8b 13 e6 f0 8b 0b e6 f0 f4");
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertEquals(0x4433_2211L, m.cpu(0).state().gpr()[CpuState.RCX]);
            assertEquals(0x4433_2211L, m.cpu(0).state().gpr()[CpuState.RDX]);
            assertEquals(1L, m.vm.exits().get("mmio-write"));
            m.memory.remove(region);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertEquals(0xffff_ffffL, m.cpu(0).state().gpr()[CpuState.RCX]);
        }
    }

    @Test
    void theGuestsClockStandsStillWhileItIsPaused() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            m.kickPort(0xf0, m.cpu(0));
            // wrmsr 0x4b564d01, 0x5001: kvmclock at 0x5000; again: out 0xf0, al; jmp again
            m.code(CODE, "66 b9 01 4d 56 4b 66 b8 01 50 00 00 66 31 d2 0f 30 e6 f0 eb fc");
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            long before = clock(m);
            assertTrue(before > 0);
            m.vm.pauseClock();
            m.vm.pauseClock();
            Thread.sleep(2_000);
            m.vm.resumeClock();
            m.vm.resumeClock();
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            long passed = clock(m) - before;
            assertTrue(passed > 0 && passed < 1_000_000_000L, passed + " ns");
        }
    }

    /** system_time of the kvmclock page at 0x5000. */
    private static long clock(TestMachine m) {
        return m.memory.window(0x5010, 8).orElseThrow().get64(0);
    }
}
