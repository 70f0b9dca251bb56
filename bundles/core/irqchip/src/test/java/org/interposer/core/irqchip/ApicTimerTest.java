package org.interposer.core.irqchip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.interposer.api.irq.LocalApic;
import org.junit.jupiter.api.Test;

final class ApicTimerTest {
    private static final int LVT = 0x320;
    private static final int INITIAL = 0x380;
    private static final int CURRENT = 0x390;
    private static final int DIVIDE = 0x3E0;
    private static final int BY_1 = 0x0B;
    private static final int BY_16 = 0x03;
    private static final int MASKED = 1 << 16;
    private static final int PERIODIC = 1 << 17;
    private static final int DEADLINE = 2 << 17;
    private static final int VECTOR = 0xEC;

    private final Board board = Board.user(1);
    private final LocalApic apic = board.enabled(0);

    private boolean interrupted() {
        boolean taken = apic.acknowledge() == VECTOR;
        apic.writeMmio(0xB0, 0);
        return taken;
    }

    @Test
    void oneShotInterruptsOnceAfterInitialCountTimesDivisor() {
        apic.writeMmio(DIVIDE, BY_16);
        apic.writeMmio(LVT, VECTOR);
        apic.writeMmio(INITIAL, 100_000);
        board.clock.advance(1_599_999);
        assertFalse(interrupted());
        assertEquals(1, apic.readMmio(CURRENT));
        board.clock.advance(1);
        assertTrue(interrupted());
        assertEquals(0, apic.readMmio(CURRENT));
        board.clock.advance(10_000_000);
        assertFalse(interrupted());
    }

    @Test
    void everyDivisorIsHonoured() {
        int[] codes = {0x0B, 0x00, 0x01, 0x02, 0x03, 0x08, 0x09, 0x0A};
        for (int i = 0; i < codes.length; i++) {
            apic.writeMmio(DIVIDE, codes[i]);
            apic.writeMmio(INITIAL, 1_000_000);
            board.clock.advance(128_000);
            assertEquals(1_000_000 - (128_000 >> i), apic.readMmio(CURRENT));
        }
    }

    @Test
    void periodicInterruptsAgainAndAgain() {
        apic.writeMmio(DIVIDE, BY_1);
        apic.writeMmio(LVT, VECTOR | PERIODIC);
        apic.writeMmio(INITIAL, 1_000_000);
        int interrupts = 0;
        for (int i = 0; i < 1000; i++) {
            board.clock.advance(100_000);
            interrupts += interrupted() ? 1 : 0;
        }
        assertEquals(100, interrupts);
    }

    @Test
    void aMaskedTimerCountsWithoutATimerOfTheHost() {
        apic.writeMmio(DIVIDE, BY_1);
        apic.writeMmio(LVT, VECTOR | PERIODIC | MASKED);
        apic.writeMmio(INITIAL, 1_000_000);
        assertEquals(0, board.clock.armed());
        board.clock.advance(1_300_000);
        assertEquals(700_000, apic.readMmio(CURRENT));
        apic.writeMmio(LVT, VECTOR | PERIODIC);
        assertFalse(interrupted());
        board.clock.advance(700_000);
        assertTrue(interrupted());
    }

    @Test
    void aOneShotThatEndedWhileMaskedIsLost() {
        apic.writeMmio(DIVIDE, BY_1);
        apic.writeMmio(LVT, VECTOR | MASKED);
        apic.writeMmio(INITIAL, 1000);
        board.clock.advance(2000);
        apic.writeMmio(LVT, VECTOR);
        board.clock.advance(1_000_000);
        assertFalse(interrupted());
    }

    @Test
    void initialCountZeroStopsIt() {
        apic.writeMmio(DIVIDE, BY_1);
        apic.writeMmio(LVT, VECTOR | PERIODIC);
        apic.writeMmio(INITIAL, 1_000_000);
        apic.writeMmio(INITIAL, 0);
        assertEquals(0, board.clock.armed());
        assertEquals(0, apic.readMmio(CURRENT));
    }

    @Test
    void aNewDivisorKeepsTheCount() {
        apic.writeMmio(DIVIDE, BY_1);
        apic.writeMmio(LVT, VECTOR);
        apic.writeMmio(INITIAL, 1_000_000);
        board.clock.advance(400_000);
        apic.writeMmio(DIVIDE, BY_16);
        assertEquals(600_000, apic.readMmio(CURRENT));
        board.clock.advance(600_000 * 16 - 1);
        assertFalse(interrupted());
        board.clock.advance(1);
        assertTrue(interrupted());
    }

    @Test
    void aTscDeadlineInterruptsOnceAndClearsItself() {
        apic.writeMmio(LVT, VECTOR | DEADLINE);
        long deadline = board.tsc(0) + 10 * Board.TSC_KHZ;
        apic.setTscDeadline(deadline);
        assertEquals(deadline, apic.tscDeadline());
        board.clock.advance(9_999_000);
        assertFalse(interrupted());
        board.clock.advance(1_000);
        assertTrue(interrupted());
        assertEquals(0, apic.tscDeadline());
    }

    @Test
    void aDeadlineThatHasPassedInterruptsAtOnce() {
        apic.writeMmio(LVT, VECTOR | DEADLINE);
        apic.setTscDeadline(1);
        assertTrue(interrupted());
        assertEquals(0, apic.tscDeadline());
    }

    @Test
    void aDeadlineOfZeroDisarmsAndAnEndlessOneIsNoProblem() {
        apic.writeMmio(LVT, VECTOR | DEADLINE);
        apic.setTscDeadline(board.tsc(0) + 1_000_000);
        apic.setTscDeadline(0);
        assertEquals(0, board.clock.armed());
        apic.setTscDeadline(-1);
        board.clock.advance(1_000_000_000);
        assertFalse(interrupted());
    }

    @Test
    void deadlinesAreIgnoredInTheCountingModesAndCountsInDeadlineMode() {
        apic.writeMmio(LVT, VECTOR);
        apic.setTscDeadline(1);
        assertEquals(0, apic.tscDeadline());
        apic.writeMmio(LVT, VECTOR | DEADLINE);
        apic.writeMmio(INITIAL, 1000);
        assertEquals(0, apic.readMmio(INITIAL));
        assertEquals(0, apic.readMmio(CURRENT));
    }

    @Test
    void leavingDeadlineModeDisarms() {
        apic.writeMmio(LVT, VECTOR | DEADLINE);
        apic.setTscDeadline(board.tsc(0) + 1_000_000);
        apic.writeMmio(LVT, VECTOR);
        assertEquals(0, apic.tscDeadline());
        assertEquals(0, board.clock.armed());
    }

    @Test
    void aVeryShortPeriodDoesNotFloodTheTimerThread() {
        apic.writeMmio(DIVIDE, BY_1);
        apic.writeMmio(LVT, VECTOR | PERIODIC);
        apic.writeMmio(INITIAL, 1);
        int interrupts = 0;
        for (int i = 0; i < 1000; i++) {
            board.clock.advance(10_000);
            interrupts += interrupted() ? 1 : 0;
        }
        assertTrue(interrupts <= 201, "interrupts in 10 ms: " + interrupts);
    }
}
