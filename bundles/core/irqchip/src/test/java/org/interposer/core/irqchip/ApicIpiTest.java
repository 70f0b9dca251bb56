package org.interposer.core.irqchip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.interposer.api.irq.LocalApic;
import org.interposer.api.irq.MsiMessage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ApicIpiTest {
    private static final int CPUS = 4;
    private static final int LOGICAL = 1 << 11;
    private static final int SELF = 1 << 18;
    private static final int ALL = 2 << 18;
    private static final int OTHERS = 3 << 18;

    private final Board board = Board.user(CPUS);

    @BeforeEach
    void enable() {
        IntStream.range(0, CPUS).forEach(board::enabled);
    }

    private void send(int from, int destination, int command) {
        board.apic(from).writeMmio(0x310, destination << 24);
        board.apic(from).writeMmio(0x300, command);
    }

    private List<Integer> interrupted() {
        return IntStream.range(0, CPUS).filter(i -> board.apic(i).hasInterrupt()).boxed().toList();
    }

    private void ldr(int cpu, int value) {
        board.apic(cpu).writeMmio(0xD0, value << 24);
    }

    @Test
    void physicalDestinationsAreIds() {
        send(0, 2, 0x41);
        assertEquals(List.of(2), interrupted());
        assertEquals(0x41, board.apic(2).acknowledge());
    }

    @Test
    void destination255IsEveryone() {
        send(1, 0xFF, 0x41);
        assertEquals(List.of(0, 1, 2, 3), interrupted());
    }

    @Test
    void shorthandsIgnoreTheDestination() {
        send(1, 3, SELF | 0x41);
        assertEquals(List.of(1), interrupted());
        send(1, 3, OTHERS | 0x42);
        assertEquals(List.of(0, 1, 2, 3), interrupted());
        assertEquals(0x41, board.apic(1).acknowledge());
        assertEquals(LocalApic.NONE, board.apic(1).acknowledge());
        send(1, 3, ALL | 0x53);
        assertEquals(0x53, board.apic(1).acknowledge());
    }

    @Test
    void flatLogicalDestinationsAreBitSets() {
        for (int cpu = 0; cpu < CPUS; cpu++) {
            ldr(cpu, 1 << cpu);
        }
        send(0, 0b1010, LOGICAL | 0x41);
        assertEquals(List.of(1, 3), interrupted());
    }

    @Test
    void clusterDestinationsNeedTheClusterAndAMember() {
        for (int cpu = 0; cpu < CPUS; cpu++) {
            board.apic(cpu).writeMmio(0xE0, 0x0FFF_FFFF);
            ldr(cpu, (cpu / 2 << 4) | 1 << cpu % 2);
        }
        send(0, 0x13, LOGICAL | 0x41);
        assertEquals(List.of(2, 3), interrupted());
        send(0, 0xF1, LOGICAL | 0x42);
        assertEquals(List.of(0, 2, 3), interrupted());
    }

    @Test
    void lowestPriorityGoesToOneOfThem() {
        for (int cpu = 0; cpu < CPUS; cpu++) {
            ldr(cpu, 1 << cpu);
            board.apic(cpu).writeMmio(0x80, cpu == 2 ? 0x20 : 0x30);
        }
        send(0, 0xF, LOGICAL | 1 << 8 | 0x61);
        assertEquals(List.of(2), interrupted());
    }

    @Test
    void theRedirectionHintOfAMessageMeansOneOfThem() {
        board.chip.deliver(new MsiMessage(0xFEEF_F008L, 0x61));
        assertEquals(1, interrupted().size());
    }

    @Test
    void initStartupNmiAndSmiGoToTheEngine() {
        send(0, 1, 5 << 8 | 1 << 14);
        send(0, 1, 6 << 8 | 0x9F);
        send(0, 2, 4 << 8);
        send(0, 3, 2 << 8);
        assertEquals(List.of("init 1", "startup 1 159", "nmi 2", "smi 3"), board.events);
    }

    @Test
    void anInitDeassertIsIgnored() {
        send(0, 0xFF, 5 << 8 | 1 << 15);
        assertEquals(List.of(), board.events);
    }

    @Test
    void initToAllOthersReachesDisabledOnes() {
        board.apic(3).writeMmio(0xF0, 0xFF);
        send(0, 0, OTHERS | 5 << 8 | 1 << 14);
        assertEquals(List.of("init 1", "init 2", "init 3"), board.events);
    }

    @Test
    void anIllegalVectorIsLoggedAtTheSenderAndInterruptsOnce() {
        LocalApic sender = board.apic(0);
        sender.writeMmio(0x370, 0xFE);
        send(0, 1, 0x0F);
        send(0, 1, 0x0F);
        assertEquals(List.of(0), interrupted());
        assertEquals(0xFE, sender.acknowledge());
        assertEquals(0, sender.readMmio(0x280), "ESR shows errors only after a write");
        sender.writeMmio(0x280, 0);
        assertEquals(0x20, sender.readMmio(0x280));
        sender.writeMmio(0x280, 0);
        assertEquals(0, sender.readMmio(0x280));
    }

    @Test
    void anIllegalVectorIsLoggedAtTheReceiver() {
        board.chip.deliver(new MsiMessage(0xFEE0_2000L, 0x05));
        board.apic(2).writeMmio(0x280, 0);
        assertEquals(0x40, board.apic(2).readMmio(0x280));
    }

    @Test
    void aReservedRegisterIsAnIllegalRegisterError() {
        board.apic(0).readMmio(0x40);
        board.apic(0).writeMmio(0x280, 0);
        assertEquals(0x80, board.apic(0).readMmio(0x280));
    }

    @Test
    void anErrorVectorThatIsIllegalItselfDoesNotRecurse() {
        board.apic(0).writeMmio(0x370, 0x01);
        board.apic(0).readMmio(0x40);
        assertTrue(interrupted().isEmpty());
    }

    @Test
    void lint0AsFixedOrNmiPassesThePicsOutput() {
        board.initializePics(0x20, 0x28);
        board.apic(0).writeMmio(0x350, 0x71);
        board.chip.line(3).pulse();
        assertEquals(0x71, board.apic(0).acknowledge());
        board.chip.picAcknowledge();
        board.out(0x20, 0x20);
        board.apic(0).writeMmio(0x350, 4 << 8);
        board.chip.line(3).pulse();
        assertTrue(board.events.contains("nmi 0"));
    }

    @Test
    void aMaskedLint0HidesThePic() {
        board.initializePics(0x20, 0x28);
        board.apic(0).writeMmio(0x350, 0x1_0700);
        board.chip.line(3).pulse();
        assertFalse(board.apic(0).hasInterrupt());
        board.apic(0).writeMmio(0x350, 0x700);
        assertEquals(0x23, board.apic(0).acknowledge());
    }
}
