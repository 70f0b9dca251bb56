package org.interposer.core.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RtcTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MIB = 1 << 20;
    private static final int A = 10;
    private static final int B = 11;
    private static final int C = 12;

    private final Rtc rtc = new Rtc(512 * MIB);
    private Bench bench;

    @BeforeEach
    void realize() throws Exception {
        bench = Bench.with(rtc);
    }

    @Test
    void itShowsWallTimeInBcdAnd24HoursAtFirst() {
        assertEquals(0x56, bench.cmos(0));
        assertEquals(0x34, bench.cmos(2));
        assertEquals(0x12, bench.cmos(4));
        assertEquals(2, bench.cmos(6), "Monday");
        assertEquals(0x23, bench.cmos(7));
        assertEquals(0x11, bench.cmos(8));
        assertEquals(0x26, bench.cmos(9));
        assertEquals(0x20, bench.cmos(0x32));
    }

    @Test
    void binaryModeShowsBinary() {
        bench.cmos(B, 0x06);
        assertEquals(56, bench.cmos(0));
        assertEquals(34, bench.cmos(2));
        assertEquals(26, bench.cmos(9));
    }

    @Test
    void twelveHourModeMarksTheAfternoon() {
        bench.cmos(B, 0x00);
        assertEquals(0x92, bench.cmos(4));
        bench.clock.advance(3600 * SECOND);
        assertEquals(0x81, bench.cmos(4));
        bench.clock.advance(11 * 3600 * SECOND);
        assertEquals(0x12, bench.cmos(4));
    }

    @Test
    void theBitNmiMaskIsNotPartOfTheIndex() {
        assertEquals(0x56, bench.cmos(0x80));
    }

    @Test
    void settingTheClockUnderSetMovesItFromThenOn() {
        bench.cmos(B, 0x82);
        bench.cmos(0, 0x58);
        bench.cmos(2, 0x59);
        bench.cmos(4, 0x23);
        bench.cmos(7, 0x31);
        bench.cmos(8, 0x12);
        bench.clock.advance(5 * SECOND);
        assertEquals(0x58, bench.cmos(0));
        bench.cmos(B, 0x02);
        bench.clock.advance(2 * SECOND);
        assertEquals(0x00, bench.cmos(0));
        assertEquals(0x01, bench.cmos(7));
        assertEquals(0x01, bench.cmos(8));
        assertEquals(0x27, bench.cmos(9));
    }

    @Test
    void writingARunningClockChangesThatFieldOnly() {
        bench.cmos(2, 0x10);
        assertEquals(0x10, bench.cmos(2));
        assertEquals(0x56, bench.cmos(0));
        assertEquals(0x12, bench.cmos(4));
    }

    @Test
    void anImpossibleDateBecomesTheNearestRealOne() {
        bench.cmos(B, 0x82);
        bench.cmos(7, 0x31);
        bench.cmos(8, 0x02);
        bench.cmos(B, 0x02);
        assertEquals(0x28, bench.cmos(7));
    }

    @Test
    void afterDividerResetTheFirstUpdateComesHalfASecondLater() {
        bench.cmos(A, 0x76);
        bench.clock.advance(3 * SECOND);
        assertEquals(0x56, bench.cmos(0));
        bench.cmos(A, 0x26);
        bench.clock.advance(SECOND / 2 - 1000);
        assertEquals(0x56, bench.cmos(0));
        bench.clock.advance(1000);
        assertEquals(0x57, bench.cmos(0));
    }

    @Test
    void updateInProgressIsShownShortlyBeforeTheSecondEnds() {
        assertEquals(0, bench.cmos(A) & 0x80);
        bench.clock.advance(SECOND - 1_000_000);
        assertEquals(0x80, bench.cmos(A) & 0x80);
        bench.clock.advance(1_000_000);
        assertEquals(0, bench.cmos(A) & 0x80);
    }

    @Test
    void updateEndedInterruptsEachSecondUntilItsFlagIsUnread() {
        bench.cmos(B, 0x12);
        bench.clock.advance(SECOND);
        assertTrue(bench.irq(8).level);
        bench.clock.advance(5 * SECOND);
        assertEquals(1, bench.irq(8).edges);
        assertEquals(0x90, bench.cmos(C) & 0x90);
        assertFalse(bench.irq(8).level);
        assertEquals(0, bench.cmos(C));
        bench.clock.advance(SECOND);
        assertEquals(2, bench.irq(8).edges);
    }

    @Test
    void setClearsTheUpdateInterrupt() {
        bench.cmos(B, 0x92);
        assertEquals(0x82, bench.cmos(B));
    }

    @Test
    void thePeriodicInterruptHasTheSelectedRate() {
        bench.cmos(A, 0x26);
        bench.cmos(B, 0x42);
        bench.cmos(C);
        int interrupts = 0;
        for (int i = 0; i < 10_000; i++) {
            bench.clock.advance(100_000);
            if (bench.irq(8).level) {
                interrupts++;
                assertEquals(0xC0, bench.cmos(C) & 0xC0);
            }
        }
        assertEquals(1024, interrupts, 2);
    }

    @Test
    void flagsAreSetWithoutTheirEnablesButDoNotInterrupt() {
        bench.cmos(C);
        bench.clock.advance(SECOND);
        assertFalse(bench.irq(8).level);
        assertEquals(0x50, bench.cmos(C));
    }

    @Test
    void theAlarmGoesOffAtItsTime() {
        bench.cmos(1, 0x00);
        bench.cmos(3, 0x35);
        bench.cmos(5, 0x12);
        bench.cmos(B, 0x22);
        bench.clock.advance(3 * SECOND);
        assertFalse(bench.irq(8).level);
        bench.clock.advance(SECOND);
        assertTrue(bench.irq(8).level);
        assertEquals(0xA0, bench.cmos(C) & 0xA0);
        bench.clock.advance(86_399 * SECOND);
        assertFalse(bench.irq(8).level);
        bench.clock.advance(SECOND);
        assertTrue(bench.irq(8).level);
    }

    @Test
    void anyHourAndMinuteMakeAnAlarmEachMinute() {
        bench.cmos(1, 0x30);
        bench.cmos(3, 0xFF);
        bench.cmos(5, 0xC0);
        bench.cmos(B, 0x22);
        int alarms = 0;
        for (int i = 0; i < 600; i++) {
            bench.clock.advance(SECOND);
            alarms += bench.cmos(C) >> 5 & 1;
        }
        assertEquals(10, alarms);
    }

    @Test
    void anImpossibleAlarmNeverGoesOff() {
        bench.cmos(1, 0x75);
        bench.cmos(B, 0x22);
        assertEquals(0, bench.clock.armed());
    }

    @Test
    void cmosTellsTheMemorySizeBelowAndAbove4GiB() throws Exception {
        Bench big = Bench.with(new Rtc(5L << 30));
        assertEquals(640, big.cmos(0x15) | big.cmos(0x16) << 8);
        assertEquals(0xFFFF, big.cmos(0x30) | big.cmos(0x31) << 8);
        long below16 = big.cmos(0x34) | big.cmos(0x35) << 8;
        long above = big.cmos(0x5B) | big.cmos(0x5C) << 8 | big.cmos(0x5D) << 16;
        assertEquals(5L << 30, 16 * MIB + (below16 + above) * 65536);
        assertEquals(3L << 30, 16 * MIB + below16 * 65536);
    }

    @Test
    void otherBytesAreMemoryThatSurvivesAReset() {
        bench.cmos(0x0F, 0x0A);
        bench.cmos(0x7F, 0x55);
        rtc.reset();
        assertEquals(0x0A, bench.cmos(0x0F));
        assertEquals(0x55, bench.cmos(0x7F));
        assertEquals(0x80, bench.cmos(13));
    }

    @Test
    void aRestoredClockKeepsItsOffsetAndItsInterrupt() throws Exception {
        bench.cmos(4, 0x03);
        bench.cmos(B, 0x12);
        bench.clock.advance(SECOND);
        Rtc copy = new Rtc(MIB);
        Bench other = Bench.with(copy);
        other.clock.advance(bench.clock.nanos());
        copy.restore(rtc.save());
        assertEquals(rtc.save(), copy.save());
        assertEquals(0x03, other.cmos(4));
        assertTrue(other.irq(8).level);
    }
}
