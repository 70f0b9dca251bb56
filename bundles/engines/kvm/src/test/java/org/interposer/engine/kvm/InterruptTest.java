package org.interposer.engine.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.irq.MsiRoute;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class InterruptTest {
    private static final int CODE = 0x1000;
    private static final int HANDLER = 0x1300;
    private static final int VECTOR = 0x50;
    private static final long PATIENCE = 10_000_000_000L;

    /** Real mode: sets up the PIC with base 0x20, then waits; the handler writes port 0xf1. */
    private static final String PIC_GUEST =
            """
            b0 11 e6 20 b0 20 e6 21 b0 04 e6 21 b0 01 e6 21 # ICW1-4
            b0 ef e6 21 # all masked but IRQ 4
            e6 f2 # ready
            fb f4 eb fc # sti; again: hlt; jmp again
            """;

    private static final String PIC_HANDLER = "b0 20 e6 20 e6 f1 cf"; // EOI; out 0xf1; iret

    /**
     * Protected mode: enables the local APIC, then waits; the handler writes port 0xf1 and waits
     * itself: a KVM that interprets kernel code does not know IRET here.
     */
    private static final String APIC_GUEST =
            """
            0f 01 1d 00 20 00 00 # lidt [0x2000]
            c7 05 f0 00 e0 fe ff 01 00 00 # mov dword [0xfee000f0], 0x1ff
            e6 f2 # ready
            fb f4 eb fc # sti; again: hlt; jmp again
            """;

    private static final String APIC_HANDLER =
            "c7 05 b0 00 e0 fe 00 00 00 00 e6 f1 83 c4 0c fb f4 eb fd";

    private final AtomicInteger handled = new AtomicInteger();
    private final AtomicInteger ready = new AtomicInteger();

    @BeforeEach
    void needKvm() {
        TestMachine.needKvm();
    }

    private void ports(TestMachine m) {
        m.port(0xf1, Handlers.onWrite(v -> handled.incrementAndGet()));
        m.port(0xf2, Handlers.onWrite(v -> ready.incrementAndGet()));
    }

    private void realModeGuest(TestMachine m) throws Exception {
        ports(m);
        m.code(CODE, PIC_GUEST).code(HANDLER, PIC_HANDLER);
        m.code(0x24 * 4, "00 13 00 00");
        m.start(0, CODE);
    }

    private void protectedModeGuest(TestMachine m) throws Exception {
        ports(m);
        m.code(CODE, ProtectedMode.ENTER).code(ProtectedMode.BODY, APIC_GUEST);
        m.code(HANDLER, APIC_HANDLER);
        m.code(0x2000, "ff 07 00 30 00 00");
        for (int vector = VECTOR; vector < VECTOR + 2; vector++) {
            m.code(0x3000 + 8 * vector, "00 13 08 00 00 8e 00 00");
        }
        m.start(0, CODE);
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it did not happen");
            }
            LockSupport.parkNanos(100_000);
        }
    }

    /** Runs vCPU 0 on a thread of its own while the test acts, then kicks it out. */
    private void whileRunning(TestMachine m, Runnable test) throws InterruptedException {
        VcpuExit[] exit = new VcpuExit[1];
        Thread runner = new Thread(() -> exit[0] = m.run());
        runner.start();
        try {
            await(() -> ready.get() == 1 || !runner.isAlive());
            test.run();
        } catch (AssertionError e) {
            throw new AssertionError(
                    e.getMessage() + ": handled " + handled + ", exits " + m.vm.exits(), e);
        } finally {
            m.cpu(0).kick();
            runner.join();
        }
        assertInstanceOf(VcpuExit.Kicked.class, exit[0], () -> String.valueOf(exit[0]));
    }

    @Test
    void aLineReachesTheGuestThroughThePicInTheKernel() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            realModeGuest(m);
            IrqLine line = m.vm.kernelIrqchip().line(4);
            whileRunning(
                    m,
                    () -> {
                        for (int i = 1; i <= 20; i++) {
                            int wanted = i;
                            line.pulse();
                            await(() -> handled.get() == wanted);
                        }
                    });
            assertEquals(20, handled.get());
        }
    }

    @Test
    void inputsOfTheSameLineAreOred() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            realModeGuest(m);
            IrqLine first = m.vm.kernelIrqchip().line(4);
            IrqLine second = m.vm.kernelIrqchip().line(4);
            whileRunning(
                    m,
                    () -> {
                        first.set(true);
                        await(() -> handled.get() == 1);
                        second.set(true);
                        first.set(false);
                        second.set(false);
                        second.set(true);
                        await(() -> handled.get() == 2);
                    });
            assertEquals(2, handled.get());
        }
    }

    @Test
    void aMessageReachesTheGuestByCallAndByEventfd() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            protectedModeGuest(m);
            InterruptController irqchip = m.vm.kernelIrqchip();
            MsiRoute route = irqchip.newMsiRoute();
            MsiRoute unset = irqchip.newMsiRoute();
            whileRunning(
                    m,
                    () -> {
                        unset.signal();
                        route.update(new MsiMessage(0xFEE0_0000L, VECTOR));
                        route.signal();
                        await(() -> handled.get() == 1);
                        irqchip.deliver(new MsiMessage(0xFEE0_0000L, VECTOR + 1));
                        await(() -> handled.get() == 2);
                        int fd = route.descriptor().orElseThrow();
                        Struct one = new Struct(8).put64(0, 1);
                        Libc.write(fd, one.address(), 8);
                        await(() -> handled.get() == 3);
                        route.update(new MsiMessage(0xFEE0_0000L, VECTOR + 1));
                        Libc.write(fd, one.address(), 8);
                        await(() -> handled.get() == 4);
                    });
            route.close();
            route.signal();
            assertTrue(route.descriptor().isEmpty());
            assertEquals(4, handled.get());
        }
    }

    @Test
    void linesAndMessagesOfAClosedMachineReachNoOther() throws Exception {
        TestMachine closed = TestMachine.of(IrqchipMode.KERNEL);
        IrqLine line = closed.vm.kernelIrqchip().line(4);
        MsiRoute route = closed.vm.kernelIrqchip().newMsiRoute();
        route.update(new MsiMessage(0xFEE0_0000L, VECTOR));
        closed.close();
        // The next machine gets the same descriptor number.
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            realModeGuest(m);
            whileRunning(
                    m,
                    () -> {
                        line.pulse();
                        route.signal();
                        LockSupport.parkNanos(50_000_000);
                    });
            assertEquals(0, handled.get());
        }
    }

    @Test
    void linesOutsideTheControllersAreRefused() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            InterruptController irqchip = m.vm.kernelIrqchip();
            assertThrows(IllegalArgumentException.class, () -> irqchip.line(24));
            assertThrows(IllegalArgumentException.class, () -> irqchip.line(-1));
        }
    }

    @Test
    void theControllersInTheKernelKeepTheirStateThroughSaveAndRestore() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            realModeGuest(m);
            InterruptController irqchip = m.vm.kernelIrqchip();
            whileRunning(m, () -> {});
            var programmed = irqchip.save();
            irqchip.reset();
            assertFalse(programmed.equals(irqchip.save()));
            irqchip.restore(programmed);
            assertEquals(programmed, irqchip.save());
            IrqLine line = irqchip.line(4);
            whileRunning(
                    m,
                    () -> {
                        line.pulse();
                        await(() -> handled.get() == 1);
                    });
        }
    }

    @Test
    void splitModeInjectsThePicsVectorOnTheFirstVcpu() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.SPLIT)) {
            StubIrqchip irqchip = new StubIrqchip(IrqchipMode.SPLIT, 1);
            m.vm.attach(irqchip);
            realModeGuest(m);
            whileRunning(
                    m,
                    () -> {
                        for (int i = 1; i <= 5; i++) {
                            int wanted = i;
                            irqchip.picVector = 0x24;
                            m.vm.irqchipHost().kick(0);
                            await(() -> handled.get() == wanted);
                        }
                    });
        }
    }

    @Test
    void splitModeReportsTheEndOfALevelTriggeredInterrupt() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.SPLIT)) {
            StubIrqchip irqchip = new StubIrqchip(IrqchipMode.SPLIT, 1);
            MsiMessage level = new MsiMessage(0xFEE0_0000L, VECTOR | 1 << 15 | 1 << 14);
            irqchip.routes.set(9, level);
            m.vm.attach(irqchip);
            m.vm.irqchipHost().routesChanged();
            protectedModeGuest(m);
            whileRunning(
                    m,
                    () -> {
                        m.vm.irqchipHost().deliver(level);
                        await(() -> handled.get() == 1);
                        await(() -> !irqchip.ended.isEmpty());
                        m.vm.irqchipHost().deliver(new MsiMessage(0xFEE0_0000L, VECTOR + 1));
                        await(() -> handled.get() == 2);
                    });
            assertEquals(List.of(VECTOR), irqchip.ended);
            assertEquals(1L, m.vm.exits().get("ioapic-eoi"));
        }
    }

    @Test
    void userModeInjectsFromTheLocalApicAndServesItsPage() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.USER)) {
            StubIrqchip irqchip = new StubIrqchip(IrqchipMode.USER, 1);
            StubLocalApic apic = irqchip.apics.get(0);
            m.vm.attach(irqchip);
            protectedModeGuest(m);
            whileRunning(
                    m,
                    () -> {
                        for (int i = 1; i <= 20; i++) {
                            int wanted = i;
                            apic.raised.set(VECTOR);
                            m.vm.irqchipHost().kick(0);
                            await(() -> handled.get() == wanted);
                        }
                    });
            assertEquals("write f0=1ff", apic.log.get(0));
            assertEquals("write b0=0", apic.log.get(1));
            assertEquals(21, apic.log.size());
            assertTrue(m.vm.exits().get("hlt") > 0);
        }
    }

    @Test
    void userModeWaitsForTheMomentTheGuestTakesInterrupts() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.USER)) {
            StubIrqchip irqchip = new StubIrqchip(IrqchipMode.USER, 1);
            m.vm.attach(irqchip);
            ports(m);
            AtomicLong when = new AtomicLong();
            m.port(0xf3, Handlers.onWrite(v -> when.set(handled.get())));
            m.port(0xf4, Handlers.onWrite(v -> irqchip.apics.get(0).raised.set(0x24)));
            m.kickPort(0xf0, m.cpu(0));
            m.code(CODE, "fa e6 f4 90 e6 f3 fb eb fe"); // raise, look, sti, wait
            m.code(HANDLER, "e6 f1 e6 f0 cf").code(0x24 * 4, "00 13 00 00");
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertEquals(0, when.get());
            assertEquals(1, handled.get());
            assertTrue(m.vm.exits().get("irq-window") > 0);
        }
    }

    @Test
    void userModeServesTheMsrsOfTheLocalApic() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.USER)) {
            StubIrqchip irqchip = new StubIrqchip(IrqchipMode.USER, 1);
            StubLocalApic apic = irqchip.apics.get(0);
            m.vm.attach(irqchip);
            m.kickPort(0xf0, m.cpu(0));
            m.code(CODE, ProtectedMode.ENTER);
            m.code(
                    ProtectedMode.BODY,
                    """
                    b9 1b 00 00 00 0f 32 # mov ecx, 0x1b; rdmsr
                    80 cc 04 0f 30 # or ah, 4; wrmsr
                    b9 e0 06 00 00 b8 78 56 34 12 31 d2 0f 30 # wrmsr 0x6e0
                    b9 08 08 00 00 b8 20 00 00 00 0f 30 # wrmsr 0x808
                    b9 02 08 00 00 0f 32 # rdmsr 0x802
                    e6 f0 f4
                    """);
            m.start(0, CODE);
            VcpuExit exit = m.run();
            assertInstanceOf(VcpuExit.Kicked.class, exit, exit::toString);
            assertEquals(0xFEE0_0D00L, apic.base);
            assertEquals(0x1234_5678L, apic.deadline);
            assertEquals(List.of("msr 808=20"), apic.log);
            assertEquals(7, m.cpu(0).state().gpr()[CpuState.RAX]);
            assertEquals(0xFEE0_0D00L, m.cpu(0).state().control().apicBase());
        }
    }

    @Test
    void userModeFaultsOnAnMsrThatDoesNotExist() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.USER)) {
            m.vm.attach(new StubIrqchip(IrqchipMode.USER, 1));
            m.kickPort(0xf0, m.cpu(0));
            m.code(CODE, ProtectedMode.ENTER);
            m.code(ProtectedMode.BODY, "0f 01 1d 00 20 00 00 b9 00 08 00 00 0f 32 f4");
            m.code(0x2000, "ff 07 00 30 00 00");
            m.code(0x3000 + 8 * 13, "00 13 08 00 00 8e 00 00");
            m.code(HANDLER, "e6 f0 f4");
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertEquals(HANDLER + 2, m.cpu(0).state().rip());
        }
    }

    @Test
    void haltWithInterruptsOffIsReportedOnceAndAnNmiWakes() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.USER)) {
            m.vm.attach(new StubIrqchip(IrqchipMode.USER, 1));
            m.kickPort(0xf0, m.cpu(0));
            m.code(CODE, "fa f4 f4").code(HANDLER, "e6 f0 cf").code(2 * 4, "00 13 00 00");
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Stuck.class, m.run());
            assertEquals(CpuState.Activity.HALTED, m.cpu(0).state().activity());
            m.vm.irqchipHost().nmi(0);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertEquals(HANDLER + 2, m.cpu(0).state().rip());
        }
    }

    @Test
    void aKickTakesAHaltedVcpuOutAndItStaysHalted() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.USER)) {
            m.vm.attach(new StubIrqchip(IrqchipMode.USER, 1));
            ports(m);
            m.code(CODE, "e6 f2 fb f4 e6 f1");
            m.start(0, CODE);
            whileRunning(m, () -> LockSupport.parkNanos(20_000_000));
            assertEquals(CpuState.Activity.HALTED, m.cpu(0).state().activity());
            assertEquals(0, handled.get());
        }
    }

    @Test
    void initAndStartupLetTheSecondVcpuBegin() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL, 2)) {
            ports(m);
            m.kickPort(0xf0, m.cpu(1));
            m.code(0x8000, "8c c8 e6 f0 f4");
            m.code(CODE, ProtectedMode.ENTER);
            m.code(
                    ProtectedMode.BODY,
                    """
                    c7 05 f0 00 e0 fe ff 01 00 00 # enable the local APIC
                    c7 05 10 03 e0 fe 00 00 00 01 # destination 1
                    c7 05 00 03 e0 fe 00 45 00 00 # INIT
                    c7 05 00 03 e0 fe 08 46 00 00 # start-up, 0x8000
                    e6 f2 f4
                    """);
            m.start(0, CODE);
            VcpuExit[] second = new VcpuExit[1];
            Thread runner = new Thread(() -> second[0] = m.cpu(1).run());
            runner.start();
            whileRunning(m, () -> {});
            runner.join();
            assertInstanceOf(VcpuExit.Kicked.class, second[0]);
            assertEquals(0x800, m.cpu(1).state().gpr()[CpuState.RAX]);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = IrqchipMode.class,
            names = {"SPLIT", "USER"})
    void runWithoutAttachedControllersIsRefused(IrqchipMode mode) throws Exception {
        try (TestMachine m = TestMachine.of(mode)) {
            assertThrows(IllegalStateException.class, m::run);
            assertThrows(IllegalStateException.class, m.vm::kernelIrqchip);
            assertThrows(
                    IllegalArgumentException.class,
                    () ->
                            m.vm.attach(
                                    new StubIrqchip(
                                            mode == IrqchipMode.USER
                                                    ? IrqchipMode.SPLIT
                                                    : IrqchipMode.USER,
                                            1)));
        }
    }

    @Test
    void theTimeStampCounterIsReadAndCarriedForward() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.USER)) {
            long khz = m.vm.irqchipHost().tscKhz();
            assertTrue(khz > 100_000, "TSC of " + khz + " kHz");
            long first = m.vm.irqchipHost().tsc(0);
            LockSupport.parkNanos(20_000_000);
            long millis = (m.vm.irqchipHost().tsc(0) - first) / khz;
            assertTrue(millis >= 19 && millis < 5_000, millis + " ms");
        }
    }

    @Test
    void aTaskPriorityWrittenJustBeforeAKickStays() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.USER)) {
            StubIrqchip irqchip = new StubIrqchip(IrqchipMode.USER, 1);
            m.vm.attach(irqchip);
            irqchip.apics.get(0).onWrite = m.cpu(0)::kick;
            m.code(CODE, ProtectedMode.ENTER);
            // mov dword [0xfee00080], 0x20; jmp $
            m.code(ProtectedMode.BODY, "c7 05 80 00 e0 fe 20 00 00 00 eb fe");
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertEquals(2, irqchip.apics.get(0).cr8);
        }
    }
}
