package org.interposer.engine.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.engine.VcpuRequests;
import org.interposer.api.irq.IrqchipMode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KickTest {
    private static final int BURST = 8;

    @BeforeEach
    void needKvm() {
        TestMachine.needKvm();
    }

    /**
     * The runner publishes how many kicks it has answered; the kicker goes on after each burst only
     * when the last one was answered, so a lost kick stops the test.
     */
    @ParameterizedTest
    @CsvSource({
        "KERNEL, 100000, eb fe", // jmp $
        "KERNEL, 20000, fb f4 eb fd", // sti; again: hlt; jmp again
        "USER, 20000, fb f4 eb fd",
        "USER, 20000, e6 80 eb fc" // again: out 0x80, al; jmp again
    })
    @Timeout(120)
    void everyKickIsAnswered(IrqchipMode mode, int kicks, String code) throws Exception {
        try (TestMachine m = TestMachine.of(mode)) {
            if (mode == IrqchipMode.USER) {
                m.vm.attach(new StubIrqchip(mode, 1));
            }
            m.code(0x1000, code).start(0, 0x1000);
            AtomicInteger asked = new AtomicInteger();
            AtomicInteger answered = new AtomicInteger();
            VcpuExit[] odd = {VcpuExit.Kicked.INSTANCE};
            Thread runner =
                    new Thread(
                            () -> {
                                while (answered.get() < kicks) {
                                    VcpuExit exit = m.run();
                                    if (!(exit instanceof VcpuExit.Kicked)) {
                                        odd[0] = exit;
                                        answered.set(Integer.MAX_VALUE);
                                        return;
                                    }
                                    answered.set(asked.get());
                                }
                            });
            runner.setDaemon(true);
            runner.start();
            while (asked.get() < kicks) {
                for (int i = 0; i < BURST; i++) {
                    asked.incrementAndGet();
                    m.cpu(0).kick();
                }
                long deadline = System.nanoTime() + 10_000_000_000L;
                while (answered.get() < asked.get()) {
                    Thread.onSpinWait();
                    assertTrue(System.nanoTime() < deadline, "a kick was lost");
                }
            }
            runner.join();
            assertInstanceOf(VcpuExit.Kicked.class, odd[0], () -> odd[0].toString());
            assertEquals(kicks, answered.get());
        }
    }

    /**
     * A sender whose request is served before it has set immediate_exit leaves that set with no
     * request behind it: KVM_RUN then returns at once, for ever.
     */
    @ParameterizedTest
    @EnumSource(IrqchipMode.class)
    void theGuestRunsOnAfterAWakeUpThatComesTooLate(IrqchipMode mode) throws Exception {
        try (TestMachine m = TestMachine.of(mode)) {
            if (mode != IrqchipMode.KERNEL) {
                m.vm.attach(new StubIrqchip(mode, 1));
            }
            m.kickPort(0xf0, m.cpu(0));
            m.code(0x1000, "e6 f0 eb fe").start(0, 0x1000); // out 0xf0, al; jmp $
            ((KvmVcpu) m.cpu(0)).page().immediateExit(true);
            assertKickedOut(m);
        }
    }

    /** Wakes the loop in the middle of its exits, then waits for the guest to go on. */
    @Test
    @Timeout(120)
    void theGuestGoesOnAfterEachOfManyWakeUps() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            AtomicLong writes = new AtomicLong();
            m.port(0x80, Handlers.onWrite(v -> writes.incrementAndGet()));
            m.code(0x1000, "e6 80 eb fc").start(0, 0x1000); // again: out 0x80, al; jmp again
            Thread runner = new Thread(m::run);
            runner.setDaemon(true);
            runner.start();
            KvmVcpu vcpu = (KvmVcpu) m.cpu(0);
            for (int i = 0; i < 50_000; i++) {
                int wakeUp = i;
                long before = writes.get();
                vcpu.request(VcpuRequests.POKE);
                long deadline = System.nanoTime() + 5_000_000_000L;
                while (writes.get() < before + 2) {
                    Thread.onSpinWait();
                    assertTrue(
                            System.nanoTime() < deadline,
                            () -> "stands still after " + wakeUp + ", exits " + m.vm.exits());
                }
            }
            vcpu.kick();
            runner.join();
        }
    }

    @Test
    void aKickWhileAnAccessIsCompletedIsNotLost() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL)) {
            KvmVcpu vcpu = (KvmVcpu) m.cpu(0);
            AtomicBoolean late = new AtomicBoolean();
            vcpu.feed(
                    new InterruptFeed() {
                        @Override
                        public void afterRun() {
                            if (late.getAndSet(false)) {
                                onAnotherThread(vcpu::kick);
                            }
                        }
                    });
            m.port(
                    0xf0,
                    Handlers.onWrite(
                            v -> {
                                late.set(true);
                                vcpu.request(VcpuRequests.NMI);
                            }));
            m.code(0x1000, "e6 f0 eb fe").start(0, 0x1000);
            assertKickedOut(m);
        }
    }

    private static void onAnotherThread(Runnable action) {
        Thread thread = new Thread(action);
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertKickedOut(TestMachine m) throws InterruptedException {
        VcpuExit[] exit = new VcpuExit[1];
        Thread runner = new Thread(() -> exit[0] = m.run());
        runner.setDaemon(true);
        runner.start();
        runner.join(10_000);
        boolean stuck = runner.isAlive();
        if (stuck) {
            m.cpu(0).kick();
            runner.join(1_000);
        }
        assertFalse(stuck, () -> "still running, exits " + m.vm.exits());
        assertInstanceOf(VcpuExit.Kicked.class, exit[0], () -> String.valueOf(exit[0]));
    }
}
