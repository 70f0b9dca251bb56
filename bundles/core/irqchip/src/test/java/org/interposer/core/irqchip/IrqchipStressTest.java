package org.interposer.core.irqchip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.BitSet;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.LocalApic;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.irq.MsiRoute;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IrqchipStressTest {
    private static final int CPUS = 3;

    /** An engine that only listens, so that nothing is written down. */
    private static final class SilentHost implements IrqchipHost {
        volatile int kicks;

        @Override
        public void kick(int cpu) {
            kicks = cpu + 1;
        }

        @Override
        public void init(int cpu) {
            kick(cpu);
        }

        @Override
        public void startup(int cpu, int vector) {
            kick(cpu);
        }

        @Override
        public void nmi(int cpu) {
            kick(cpu);
        }

        @Override
        public void smi(int cpu) {
            kick(cpu);
        }

        @Override
        public void deliver(MsiMessage message) {
            kick(0);
        }

        @Override
        public void routesChanged() {
            kick(0);
        }

        @Override
        public long tsc(int cpu) {
            return 0;
        }

        @Override
        public long tscKhz() {
            return 1_000_000;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomRegisterAccessesNeitherThrowNorHangNorInventInterrupts(long seed) {
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> play(new Random(seed)));
    }

    private static void play(Random random) {
        Board board = Board.user(CPUS);
        IrqLine[] lines = new IrqLine[24];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = board.chip.line(i);
        }
        BitSet[] taken = {new BitSet(), new BitSet(), new BitSet()};
        for (int step = 0; step < 60_000; step++) {
            int cpu = random.nextInt(CPUS);
            LocalApic apic = board.apic(cpu);
            switch (random.nextInt(10)) {
                case 0 -> lines[random.nextInt(24)].set(random.nextBoolean());
                case 1 -> port(board, random);
                case 2, 3 -> ioapic(board, random);
                case 4, 5 -> page(apic, random);
                case 6 -> msr(apic, random);
                case 7 -> board.chip.deliver(message(random));
                case 8 -> board.clock.advance(random.nextInt(200_000));
                default -> acknowledge(apic, taken[cpu]);
            }
            board.events.clear();
            if (step % 100 == 0) {
                checkService(apic, taken[cpu]);
            }
            if (step % 5_000 == 0) {
                board.chip.restore(board.chip.save());
            }
        }
    }

    private static void port(Board board, Random random) {
        int[] ports = {0x20, 0x21, 0xA0, 0xA1, 0x4D0, 0x4D1};
        int port = ports[random.nextInt(ports.length)];
        if (random.nextBoolean()) {
            board.out(port, random.nextInt(256));
        } else {
            board.in(port);
        }
    }

    private static void ioapic(Board board, Random random) {
        if (random.nextInt(4) == 0) {
            long offset = random.nextInt(0x100);
            int size = 1 << random.nextInt(4);
            board.write(AddressSpace.MMIO, IoApic.BASE + offset, size, random.nextLong());
            board.read(AddressSpace.MMIO, IoApic.BASE + offset, size);
        } else {
            board.ioapic(random.nextInt(0x42), random.nextInt());
        }
    }

    private static void page(LocalApic apic, Random random) {
        int offset = random.nextInt(66) * 16 + (random.nextInt(20) == 0 ? 4 : 0);
        if (random.nextInt(3) == 0) {
            apic.readMmio(offset);
        } else if (random.nextInt(8) == 0) {
            apic.writeMmio(0xF0, 0x1FF);
        } else {
            apic.writeMmio(offset, random.nextInt());
        }
        if (random.nextInt(200) == 0) {
            apic.setTscDeadline(random.nextLong());
        }
    }

    private static void msr(LocalApic apic, Random random) {
        if (random.nextInt(50) == 0) {
            apic.setApicBase(0xFEE0_0000L | (random.nextInt(4) & 3) << 10);
        }
        int index = 0x800 + random.nextInt(0x100);
        if (apic.canReadMsr(index)) {
            apic.readMsr(index);
        }
        apic.writeMsr(index, random.nextInt(3) == 0 ? random.nextLong() : random.nextInt(0x700));
    }

    private static MsiMessage message(Random random) {
        long address = 0xFEE0_0000L | random.nextInt(1 << 20);
        return new MsiMessage(
                random.nextInt(8) == 0 ? random.nextLong() : address, random.nextInt());
    }

    private static void acknowledge(LocalApic apic, BitSet taken) {
        boolean pending = apic.hasInterrupt();
        int vector = apic.acknowledge();
        assertEquals(pending, vector != LocalApic.NONE);
        if (vector != LocalApic.NONE) {
            assertTrue(vector >= 0 && vector < 256);
            taken.set(vector);
        }
    }

    /** ISR holds only vectors that were acknowledged; PPR is never below TPR's class. */
    private static void checkService(LocalApic apic, BitSet taken) {
        byte[] regs = apic.save().bytes("regs");
        for (int vector = 0; vector < 256; vector++) {
            boolean inService =
                    (regs[0x100 + (vector >> 5) * 16 + (vector >> 3 & 3)] >> (vector & 7) & 1) != 0;
            assertTrue(!inService || taken.get(vector), "vector in service: " + vector);
        }
        assertTrue((regs[0xA0] & 0xF0) >= (regs[0x80] & 0xF0));
    }

    @Test
    void interruptsFromOtherThreadsAreNeverLost() {
        assertTimeoutPreemptively(Duration.ofSeconds(60), IrqchipStressTest::race);
    }

    /** Each sender waits until its vector was taken before it sends it again. */
    private static void race() throws InterruptedException {
        Board template = Board.user(1);
        LocalApic apic =
                new ComponentIrqchipFactory()
                        .create(IrqchipMode.USER, 1, template, template.clock, new SilentHost())
                        .localApic(0);
        apic.writeMmio(0xF0, 0x1FF);
        Apic target = (Apic) apic;
        int rounds = 20_000;
        int[] vectors = {0x21, 0x22, 0x3F, 0x40};
        AtomicIntegerArray taken = new AtomicIntegerArray(256);
        CountDownLatch senders = new CountDownLatch(vectors.length);
        for (int vector : vectors) {
            new Thread(
                            () -> {
                                for (int i = 0; i < rounds; i++) {
                                    target.accept(vector, false);
                                    while (taken.get(vector) <= i) {
                                        Thread.yield();
                                    }
                                }
                                senders.countDown();
                            })
                    .start();
        }
        while (senders.getCount() > 0) {
            if (apic.hasInterrupt()) {
                int vector = apic.acknowledge();
                apic.writeMmio(0xB0, 0);
                taken.incrementAndGet(vector);
            } else {
                Thread.yield();
            }
        }
        for (int vector : vectors) {
            assertEquals(rounds, taken.get(vector));
        }
    }

    @Test
    void signallingPollingAndEndingAllocateNothing() {
        Board template = Board.user(1);
        var chip =
                new ComponentIrqchipFactory()
                        .create(IrqchipMode.USER, 2, template, template.clock, new SilentHost());
        LocalApic apic = chip.localApic(1);
        apic.writeMmio(0xF0, 0x1FF);
        MsiRoute route = chip.newMsiRoute();
        route.update(new MsiMessage(0xFEE0_1000L, 0x41));
        IrqLine line = chip.line(16);
        assertEquals(50_000, interrupts(apic, route, line, 50_000));
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        threads.getThreadAllocatedBytes(id);
        long before = threads.getThreadAllocatedBytes(id);
        int taken = interrupts(apic, route, line, 200_000);
        long allocated = threads.getThreadAllocatedBytes(id) - before;
        assertEquals(200_000, taken);
        assertTrue(allocated < 1024, "bytes for 200000 interrupts: " + allocated);
    }

    private static int interrupts(LocalApic apic, MsiRoute route, IrqLine line, int count) {
        int taken = 0;
        for (int i = 0; i < count; i++) {
            route.signal();
            line.set((i & 1) == 0);
            if (apic.hasInterrupt() && apic.acknowledge() == 0x41) {
                taken++;
                apic.writeMmio(0xB0, 0);
            }
        }
        return taken;
    }
}
