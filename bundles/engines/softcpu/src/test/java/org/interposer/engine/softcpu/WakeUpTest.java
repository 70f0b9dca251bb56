package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel.HLT;
import static org.interposer.engine.softcpu.TestKernel.IRETQ;
import static org.interposer.engine.softcpu.TestKernel.OTHER;
import static org.interposer.engine.softcpu.TestKernel.begin;
import static org.interposer.engine.softcpu.TestKernel.writeMsr;
import static org.interposer.engine.softcpu.TestMachine.little;
import static org.interposer.engine.softcpu.TestMachine.spin;
import static org.interposer.engine.softcpu.TestMachine.spinUntil;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Activity;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.engine.VcpuRequests;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.irq.LocalApic;
import org.interposer.api.irq.MsiMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A halted vCPU whose thread sleeps, and other threads that wake it (SDM vol. 2 HLT). */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WakeUpTest {
    private static final int NMI = 2, VECTOR = 0x40, LINE = 5, ROUNDS = 10_000, STEADY = 10;

    /** Tells a device thread. */
    private static final int PORT = 0x91;

    private static final String STI = "fb", CLI = "fa", NOP = "90";

    /** Counts in r13; the program goes on with interrupts off. */
    private static final String COUNT = "49ffc5 4881642410fffdffff";

    private TestKernel k;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel();
        k.m.gate(VECTOR, OTHER, 0);
        k.m.code(OTHER, COUNT + writeMsr(0x80b, 0) + IRETQ); // x2APIC EOI
    }

    @AfterEach
    void close() {
        k.close();
    }

    private static long interrupts(CpuState s) {
        return s.gpr()[13];
    }

    /** The vCPU on a thread of its own. */
    private final class Running {
        private final CompletableFuture<VcpuExit> exit = new CompletableFuture<>();
        private final Thread thread = new Thread(this::run, "vCPU under test");

        Running() {
            thread.start();
        }

        private void run() {
            try {
                exit.complete(k.m.cpu(0).run());
            } catch (RuntimeException | Error e) {
                exit.completeExceptionally(e);
            }
        }

        /** Waits until it sleeps in HLT, without an end to it. */
        void awaitSleep() {
            spinUntil(() -> exit.isDone() || sleeps());
            assertFalse(exit.isDone(), "it has ended");
        }

        private boolean sleeps() {
            return thread.getState() == Thread.State.WAITING
                    && LockSupport.getBlocker(thread) == k.m.cpu(0);
        }

        CpuState stuck() throws Exception {
            assertInstanceOf(VcpuExit.Stuck.class, exit.get(60, TimeUnit.SECONDS));
            thread.join();
            return k.m.cpu(0).state();
        }
    }

    private void message() {
        k.m.irqchip.deliver(new MsiMessage(0xfee0_0000L, VECTOR));
    }

    /** Each round: tell the device, then sleep until its interrupt. */
    private void startRounds() throws Exception {
        String round = "e691" + STI + HLT + "41ffc8 75f7"; // out; sti; hlt; dec r8d; jnz
        k.start(
                writeMsr(0x1b, 0xfee0_0d00L)
                        + writeMsr(0x80f, 0x1ff)
                        + "41b8"
                        + little(ROUNDS)
                        + round);
    }

    // --- an interrupt that another thread raises -------------------------------------------------

    @Test
    void anInterruptEndsTheSleepOfItsVcpu() throws Exception {
        Semaphore asked = new Semaphore(0);
        k.onWrite(PORT, asked::release);
        startRounds();
        Running vcpu = new Running();
        for (int i = 0; i < ROUNDS; i++) {
            asked.acquire();
            vcpu.awaitSleep();
            message();
        }
        assertEquals(ROUNDS, interrupts(vcpu.stuck()));
    }

    @Test
    void anInterruptThatComesWhileItFallsAsleepIsNotMissed() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        k.onWrite(PORT, asked::incrementAndGet);
        startRounds();
        Running vcpu = new Running();
        for (int i = 0; i < ROUNDS; i++) {
            int round = i;
            spinUntil(() -> asked.get() > round);
            spin(i % 200);
            message();
        }
        assertEquals(ROUNDS, interrupts(vcpu.stuck()));
    }

    // --- an interrupt that is withdrawn ----------------------------------------------------------

    /** Where the local APIC changes its mind. */
    private enum Withdrawn {
        BEFORE_DELIVERY,
        BEFORE_ACKNOWLEDGE
    }

    /** A local APIC that announces an interrupt once and has none when the vCPU comes for it. */
    private LocalApic fickle(Withdrawn when, Semaphore announced) {
        LocalApic real = k.m.irqchip.localApic(0);
        int[] asked = {0};
        return (LocalApic)
                Proxy.newProxyInstance(
                        LocalApic.class.getClassLoader(),
                        new Class<?>[] {LocalApic.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("hasInterrupt")) {
                                if (asked[0] > 0) {
                                    return asked[0]-- > 0;
                                }
                                if (announced.tryAcquire()) {
                                    asked[0] = when == Withdrawn.BEFORE_DELIVERY ? 0 : 1;
                                    return true;
                                }
                            }
                            try {
                                return method.invoke(real, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private void sleepsOn(Withdrawn when) throws Exception {
        Semaphore announced = new Semaphore(0);
        k.m.cpu(0).attach(fickle(when, announced));
        k.start(STI + NOP + HLT + "49ffc4" + CLI + HLT); // inc r12
        Running vcpu = new Running();
        vcpu.awaitSleep();
        announced.release();
        k.m.cpu(0).request(VcpuRequests.POKE);
        spinUntil(() -> announced.availablePermits() == 0);
        vcpu.awaitSleep();
        k.m.cpu(0).kick();
        assertInstanceOf(VcpuExit.Kicked.class, vcpu.exit.get(60, TimeUnit.SECONDS));
        vcpu.thread.join();
        CpuState s = k.m.cpu(0).state();
        assertEquals(Activity.HALTED, s.activity());
        assertEquals(begin() + 3, s.rip(), "behind HLT");
        assertEquals(0, s.gpr()[12]);
        assertEquals(0, interrupts(s));
    }

    @Test
    void anInterruptWithdrawnBeforeItsDeliveryDoesNotEndHlt() throws Exception {
        sleepsOn(Withdrawn.BEFORE_DELIVERY);
    }

    @Test
    void anInterruptWithdrawnBeforeItIsAcknowledgedDoesNotEndHlt() throws Exception {
        sleepsOn(Withdrawn.BEFORE_ACKNOWLEDGE);
    }

    /** out port, value. */
    private static String out(int port, int value) {
        return String.format("b0%02xe6%02x", value, port);
    }

    /** The PIC with vectors from 0x40, and one input that is open and triggered by its level. */
    private static String openLine() {
        String level = "66bad004" + String.format("b0%02x", 1 << LINE) + "ee"; // mov dx, ELCR; out
        String pic = out(0x20, 0x11) + out(0x21, VECTOR) + out(0x21, 4) + out(0x21, 1);
        return level + pic + out(0x21, 0xff & ~(1 << LINE));
    }

    /** Raises and lowers a line; now and then it stays until its interrupt has come. */
    private void flicker(Semaphore came) throws InterruptedException {
        IrqLine line = k.m.irqchip.line(LINE);
        for (int i = 0; i < ROUNDS; i++) {
            line.set(true);
            if (i % STEADY == 0) {
                came.acquire();
            }
            spin(i % 300);
            line.set(false);
        }
    }

    @Test
    void aLineThatFlickersEndsEachHltWithAnInterruptOrNotAtAll() throws Exception {
        Semaphore came = new Semaphore(0);
        k.onWrite(PORT, came::release);
        k.m.gate(VECTOR + LINE, OTHER, 0);
        k.m.code(OTHER, COUNT + "e691" + out(0x20, 0x20) + IRETQ);
        // The spurious vector has no gate. Loop: sti; hlt; inc r12; jmp
        k.start(openLine() + STI + HLT + "49ffc4 ebf9");
        Running vcpu = new Running();
        vcpu.awaitSleep();
        flicker(came);
        vcpu.awaitSleep();
        k.m.vm.irqchipHost().nmi(0);
        CpuState s = vcpu.stuck();
        TestKernel.exception(s, NMI);
        assertEquals(interrupts(s), s.gpr()[12]);
        assertTrue(interrupts(s) >= ROUNDS / STEADY);
    }

    // --- what is already on its way when it halts ------------------------------------------------

    @Test
    void anNmiThatArrivedInTheSameTurnEndsHlt() throws Exception {
        // A device on another thread does not stop the turn in which the vCPU reaches HLT.
        k.onWrite(PORT, () -> k.m.vm.irqchipHost().nmi(0));
        CpuState s = k.run(CLI + "e691" + NOP + HLT);
        TestKernel.exception(s, NMI);
        assertEquals(begin() + 5, k.pushed(s, 0), "behind HLT");
    }

    @Test
    void aKickInTheSameTurnHidesNotThatItIsStuck() throws Exception {
        k.onWrite(PORT, k.m.cpu(0)::kick);
        k.start(CLI + "e691" + HLT);
        assertInstanceOf(VcpuExit.Kicked.class, k.m.cpu(0).run());
        assertInstanceOf(VcpuExit.Stuck.class, k.m.cpu(0).run());
    }
}
