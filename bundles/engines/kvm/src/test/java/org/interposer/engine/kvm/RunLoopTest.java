package org.interposer.engine.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.engine.CpuModel;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.irq.IrqchipMode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RunLoopTest {
    private static final int CODE = 0x1000;
    private static final long HIGH = 0x1_0000_0000L;

    @BeforeEach
    void needKvm() {
        TestMachine.needKvm();
    }

    @Test
    void portReadsAndWritesReachTheBusWithTheirSizes() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            List<String> seen = new ArrayList<>();
            m.bus.map(
                    AddressSpace.PORT,
                    0x100,
                    8,
                    0,
                    "t",
                    new IoHandler() {
                        @Override
                        public long read(long offset, int size) {
                            seen.add("in " + offset + "/" + size);
                            return 0x1122_3344L + offset;
                        }

                        @Override
                        public void write(long offset, int size, long value) {
                            seen.add("out %d/%d %x".formatted(offset, size, value));
                        }
                    });
            m.kickPort(0xf0, m.cpu(0));
            m.code(
                    CODE,
                    """
                    ba 00 01 # mov dx, 0x100
                    ec # in al, dx
                    ee # out dx, al
                    ba 02 01 # mov dx, 0x102
                    ed # in ax, dx
                    ef # out dx, ax
                    ba 04 01 # mov dx, 0x104
                    66 ed # in eax, dx
                    66 ef # out dx, eax
                    e6 f0 # out 0xf0, al
                    f4 # hlt
                    """);
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertEquals(
                    List.of(
                            "in 0/1",
                            "out 0/1 44",
                            "in 2/2",
                            "out 2/2 3346",
                            "in 4/4",
                            "out 4/4 11223348"),
                    seen);
            assertEquals(3L, m.cpu(0).exits().get("pio-in"));
            assertEquals(4L, m.vm.exits().get("pio-out"));
        }
    }

    @Test
    void stringPortAccessesMoveEveryElement() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            AtomicInteger next = new AtomicInteger();
            m.port(0x60, Handlers.onRead(next::incrementAndGet));
            List<Long> out = new ArrayList<>();
            m.port(0x61, Handlers.onWrite(out::add));
            m.kickPort(0xf0, m.cpu(0));
            m.code(
                    CODE,
                    """
                    fc bf 00 20 b9 64 00 ba 60 00 # cld; mov di, 0x2000; mov cx, 100; mov dx, 0x60
                    f3 6c # rep insb
                    be 00 20 b9 64 00 ba 61 00 # mov si, 0x2000; mov cx, 100; mov dx, 0x61
                    f3 6e # rep outsb
                    e6 f0 f4
                    """);
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertEquals(100, out.size());
            for (int i = 0; i < 100; i++) {
                assertEquals(i + 1, out.get(i));
            }
        }
    }

    @Test
    void mmioInTheHoleIsServedByTheBus() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            List<String> seen = new ArrayList<>();
            m.bus.map(
                    AddressSpace.MMIO,
                    0xD000_0000L,
                    0x1000,
                    IoBus.PRIORITY_PLATFORM,
                    "t",
                    new IoHandler() {
                        @Override
                        public long read(long offset, int size) {
                            seen.add("r %x/%d".formatted(offset, size));
                            return 0xcafe_babeL;
                        }

                        @Override
                        public void write(long offset, int size, long value) {
                            seen.add("w %x/%d %x".formatted(offset, size, value));
                        }
                    });
            m.kickPort(0xf0, m.cpu(0));
            m.code(CODE, ProtectedMode.ENTER);
            m.code(
                    ProtectedMode.BODY,
                    """
                    bb 00 00 00 d0 # mov ebx, 0xd0000000
                    8b 03 # mov eax, [ebx]
                    89 43 08 # mov [ebx + 8], eax
                    88 43 10 # mov [ebx + 16], al
                    66 8b 4b 20 # mov cx, [ebx + 32]
                    e6 f0 f4
                    """);
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertEquals(List.of("r 0/4", "w 8/4 cafebabe", "w 10/1 be", "r 20/2"), seen);
            assertEquals(2L, m.cpu(0).exits().get("mmio-read"));
            assertEquals(2L, m.cpu(0).exits().get("mmio-write"));
        }
    }

    @Test
    void guestCodeSeesMemoryAboveFourGibibytes() throws Exception {
        try (TestMachine m = new TestMachine(IrqchipMode.KERNEL, 1, 5L << 30, CpuModel.HOST)) {
            m.kickPort(0xf0, m.cpu(0));
            long page = HIGH + (1L << 30) + 0x1000;
            m.memory.write(page, new byte[] {1, 2, 3, 4}, 0, 4);
            LongMode.tables(m, page);
            m.code(CODE, LongMode.ENTER);
            m.code(
                    LongMode.BODY,
                    """
                    48 bb 00 00 00 00 40 00 00 00 # mov rbx, 0x4000000000
                    8b 03 # mov eax, [rbx]
                    f7 d0 # not eax
                    89 43 04 # mov [rbx + 4], eax
                    e6 f0 f4
                    """);
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            byte[] back = new byte[8];
            assertTrue(m.memory.read(page, back, 0, 8));
            assertEquals(~1, back[4]);
            assertEquals(~4, back[7]);
        }
    }

    @Test
    void aTripleFaultEndsTheRun() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            m.code(CODE, ProtectedMode.ENTER);
            m.code(
                    ProtectedMode.BODY,
                    """
                    0f 01 1d 00 20 00 00 # lidt [0x2000], limit 0
                    0f 0b # ud2
                    """);
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.TripleFault.class, m.run());
        }
    }

    @Test
    void anEmulationFailureNamesRipAndTheInstruction() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            m.kickPort(0xf0, m.cpu(0));
            m.code(CODE, ProtectedMode.ENTER);
            m.code(ProtectedMode.BODY, "0f 20 e0 0d 00 06 00 00 0f 22 e0 0f 58 c1 e6 f0 f4");
            m.start(0, CODE);
            VcpuExit exit = m.run();
            if (TestMachine.ENGINE.report().runsKernelCode()) {
                assertInstanceOf(VcpuExit.Kicked.class, exit);
            } else {
                String message = assertInstanceOf(VcpuExit.Failed.class, exit).message();
                assertTrue(message.contains("0f 58 c1"), message);
                assertTrue(message.contains("RIP 0x110b"), message);
                assertTrue(message.contains("softcpu"), message);
            }
        }
    }

    @Test
    void afterAKickTheAccessIsCompleteAndRunGoesOnBehindIt() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            m.port(
                    0x60,
                    Handlers.onRead(
                            () -> {
                                m.cpu(0).kick();
                                return 0x77;
                            }));
            m.kickPort(0xf0, m.cpu(0));
            m.code(CODE, "e4 60 40 e6 f0 f4"); // in al, 0x60; inc ax; out 0xf0, al; hlt
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            CpuState state = m.cpu(0).state();
            assertEquals(CODE + 2, state.rip());
            assertEquals(0x77, state.gpr()[CpuState.RAX]);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertEquals(0x78, m.cpu(0).state().gpr()[CpuState.RAX]);
        }
    }

    @Test
    void exitsAllocateNothing() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long id = Thread.currentThread().getId();
            long[] marks = new long[8];
            AtomicInteger next = new AtomicInteger();
            m.port(0x80, Handlers.of(() -> 1, v -> {}));
            m.port(
                    0x81,
                    Handlers.onWrite(
                            v -> {
                                marks[next.get()] = threads.getThreadAllocatedBytes(id);
                                if (next.incrementAndGet() == marks.length) {
                                    m.cpu(0).kick();
                                }
                            }));
            // again: mov cx, 500; turn: in al, 0x80; out 0x80, al; loop turn; out 0x81, al
            m.code(CODE, "b9 f4 01 e4 80 e6 80 e2 fa e6 81 eb f3");
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            long fewest = Long.MAX_VALUE;
            for (int i = 1; i < marks.length; i++) {
                fewest = Math.min(fewest, marks[i] - marks[i - 1]);
            }
            assertTrue(fewest < 1_000, "1,000 exits allocated " + fewest + " bytes");
        }
    }

    @Test
    void anApplicationProcessorSleepsUntilItIsStarted() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL, 2)) {
            Thread runner = new Thread(() -> m.cpu(1).run());
            runner.start();
            Thread.sleep(200);
            m.cpu(1).kick();
            runner.join();
            assertTrue(
                    m.cpu(1).exits().getOrDefault("interrupted", 0L) < 10,
                    m.cpu(1).exits().toString());
            assertEquals(CpuState.Activity.WAIT_FOR_SIPI, m.cpu(1).state().activity());
        }
    }

    @Test
    void stateOfARunningVcpuAndCloseUnderItAreRefused() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            m.code(CODE, "eb fe"); // jmp $
            m.start(0, CODE);
            Thread runner = new Thread(m::run);
            runner.start();
            while (!Thread.State.RUNNABLE.equals(runner.getState())
                    || !((KvmVcpu) m.cpu(0)).isRunning()) {
                Thread.onSpinWait();
            }
            assertThrows(IllegalStateException.class, () -> m.cpu(0).state());
            assertThrows(IllegalStateException.class, m.vm::close);
            m.cpu(0).kick();
            runner.join();
        }
    }

    @Test
    void afterCloseKicksAreHarmlessAndRunIsRefused() throws Exception {
        TestMachine m = TestMachine.of(IrqchipMode.KERNEL);
        m.close();
        m.cpu(0).kick();
        assertThrows(IllegalStateException.class, () -> m.cpu(0).run());
        assertThrows(IllegalStateException.class, () -> m.cpu(0).state());
    }
}
