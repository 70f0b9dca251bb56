package org.interposer.core.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PitTest {
    private static final int CONTROL = 0x43;
    private static final int SPEAKER = 0x42;
    private static final int PORT_B = 0x61;
    private static final int OUT_2 = 0x20;

    private final Pit pit = new Pit();
    private Bench bench;

    @BeforeEach
    void realize() throws Exception {
        bench = Bench.with(pit);
        bench.clock.advance(1_000_000_000);
    }

    private void ticks(long count) {
        long now = Pit.OSCILLATOR.ticks(bench.clock.nanos());
        bench.clock.advance(Pit.OSCILLATOR.nanos(now + count) - bench.clock.nanos());
    }

    private void counter0(int mode, int count) {
        bench.out(CONTROL, 0x30 | mode << 1);
        bench.out(0x40, count & 0xFF, count >> 8 & 0xFF);
    }

    private void counter2(int mode, int count) {
        bench.out(CONTROL, 0xB0 | mode << 1);
        bench.out(SPEAKER, count & 0xFF, count >> 8 & 0xFF);
    }

    private boolean out2() {
        return (bench.in(PORT_B) & OUT_2) != 0;
    }

    private void gate2(boolean level) {
        bench.out(PORT_B, level ? 1 : 0);
    }

    private int count0() {
        bench.out(CONTROL, 0x00);
        return bench.in(0x40) | bench.in(0x40) << 8;
    }

    private int count2() {
        bench.out(CONTROL, 0x80);
        return bench.in(SPEAKER) | bench.in(SPEAKER) << 8;
    }

    @Test
    void nothingInterruptsAfterPowerOn() {
        bench.clock.advance(2_000_000_000);
        assertEquals(0, bench.irq(0).edges);
        assertEquals(0, bench.clock.armed());
    }

    @Test
    void mode0RaisesOutOnceAtTerminalCount() {
        counter0(0, 1000);
        assertFalse(bench.irq(0).level);
        ticks(999);
        assertFalse(bench.irq(0).level);
        ticks(1);
        assertTrue(bench.irq(0).level);
        ticks(100_000);
        assertEquals(1, bench.irq(0).edges);
    }

    @Test
    void mode0StopsBetweenTheTwoBytesOfANewCount() {
        gate2(true);
        counter2(0, 100);
        ticks(50);
        bench.out(SPEAKER, 10);
        ticks(100);
        assertFalse(out2());
        bench.out(SPEAKER, 0);
        ticks(10);
        assertTrue(out2());
    }

    @Test
    void mode0CountsOnFromFFFFAfterTerminalCount() {
        counter0(0, 1000);
        ticks(1001);
        assertEquals(0xFFFF, count0());
    }

    @Test
    void aLowGateSuspendsMode0() {
        gate2(true);
        counter2(0, 100);
        ticks(40);
        gate2(false);
        ticks(500);
        assertFalse(out2());
        assertEquals(60, count2());
        gate2(true);
        ticks(59);
        assertFalse(out2());
        ticks(1);
        assertTrue(out2());
    }

    @Test
    void mode1IsAOneShotStartedByTheGateAndCanBeRetriggered() {
        gate2(false);
        counter2(1, 100);
        ticks(500);
        assertTrue(out2());
        gate2(true);
        assertFalse(out2());
        ticks(60);
        gate2(false);
        gate2(true);
        ticks(60);
        assertFalse(out2());
        ticks(40);
        assertTrue(out2());
    }

    @Test
    void mode2InterruptsOncePerPeriod() {
        counter0(2, 11932);
        int before = bench.irq(0).edges;
        bench.clock.advance(1_000_000_000);
        assertEquals(100, bench.irq(0).edges - before, 1);
    }

    @Test
    void mode2IsLowForTheLastTickOfAPeriod() {
        gate2(true);
        counter2(2, 10);
        ticks(8);
        assertTrue(out2());
        ticks(1);
        assertFalse(out2());
        ticks(1);
        assertTrue(out2());
    }

    @Test
    void mode2TakesANewCountAtTheEndOfThePeriod() {
        gate2(true);
        counter2(2, 100);
        ticks(30);
        bench.out(SPEAKER, 10, 0);
        ticks(40);
        assertEquals(30, count2());
        ticks(31);
        assertEquals(9, count2());
    }

    @Test
    void aGateEdgeRestartsMode2() {
        gate2(true);
        counter2(2, 100);
        ticks(70);
        gate2(false);
        assertTrue(out2());
        gate2(true);
        assertEquals(100, count2());
    }

    @Test
    void mode3IsASquareWave() {
        gate2(true);
        counter2(3, 100);
        ticks(49);
        assertTrue(out2());
        ticks(1);
        assertFalse(out2());
        ticks(49);
        assertFalse(out2());
        ticks(1);
        assertTrue(out2());
    }

    @Test
    void anOddSquareWaveIsHighOneTickLonger() {
        gate2(true);
        counter2(3, 5);
        ticks(2);
        assertTrue(out2());
        ticks(1);
        assertFalse(out2());
        ticks(2);
        assertTrue(out2());
    }

    @Test
    void mode3CountsDownByTwo() {
        gate2(true);
        counter2(3, 100);
        ticks(10);
        assertEquals(80, count2());
        ticks(50);
        assertEquals(80, count2());
    }

    @Test
    void mode3TakesANewCountAtTheEndOfTheHalfPeriod() {
        gate2(true);
        counter2(3, 100);
        ticks(10);
        bench.out(SPEAKER, 20, 0);
        ticks(40);
        assertFalse(out2());
        ticks(10);
        assertTrue(out2());
        ticks(10);
        assertFalse(out2());
    }

    @Test
    void mode4StrobesOnce() {
        counter0(4, 2000);
        int before = bench.irq(0).edges;
        ticks(2000);
        assertEquals(before, bench.irq(0).edges);
        ticks(1);
        assertEquals(before + 1, bench.irq(0).edges);
        ticks(200_000);
        assertEquals(before + 1, bench.irq(0).edges);
    }

    @Test
    void mode5StrobesAfterTheGate() {
        gate2(false);
        counter2(5, 10);
        gate2(true);
        ticks(9);
        assertTrue(out2());
        ticks(1);
        assertFalse(out2());
        ticks(1);
        assertTrue(out2());
    }

    @Test
    void modes6And7AreModes2And3() {
        bench.out(CONTROL, 0x3C);
        bench.out(CONTROL, 0xE2);
        assertEquals(2 << 1, bench.in(0x40) & 0x0E);
        bench.out(CONTROL, 0x3E);
        bench.out(CONTROL, 0xE2);
        assertEquals(3 << 1, bench.in(0x40) & 0x0E);
    }

    @Test
    void aZeroCountMeans65536() {
        counter0(2, 0);
        int before = bench.irq(0).edges;
        bench.clock.advance(10_000_000_000L);
        assertEquals(182, bench.irq(0).edges - before, 1);
    }

    @Test
    void bcdCountsInDecimal() {
        bench.out(CONTROL, 0x31);
        bench.out(0x40, 0x00, 0x10);
        ticks(1);
        assertEquals(0x0999, count0());
        ticks(1000);
        assertEquals(0x9999, count0());
    }

    @Test
    void aLatchedCountStaysUntilItIsReadAndIgnoresASecondLatch() {
        counter0(2, 1000);
        ticks(100);
        bench.out(CONTROL, 0x00);
        ticks(100);
        bench.out(CONTROL, 0x00);
        assertEquals(900, bench.in(0x40) | bench.in(0x40) << 8);
        assertEquals(800, bench.in(0x40) | bench.in(0x40) << 8);
    }

    @Test
    void readBackGivesStatusThenCount() {
        counter0(2, 1000);
        ticks(10);
        bench.out(CONTROL, 0xC2);
        assertEquals(0xB4, bench.in(0x40));
        assertEquals(990, bench.in(0x40) | bench.in(0x40) << 8);
    }

    @Test
    void nullCountIsSetUntilTheCountIsLoaded() {
        bench.out(CONTROL, 0x34);
        bench.out(CONTROL, 0xE2);
        assertEquals(0x40, bench.in(0x40) & 0x40);
        bench.out(0x40, 100, 0);
        bench.out(CONTROL, 0xE2);
        assertEquals(0, bench.in(0x40) & 0x40);
        bench.out(0x40, 50, 0);
        bench.out(CONTROL, 0xE2);
        assertEquals(0x40, bench.in(0x40) & 0x40);
        ticks(101);
        bench.out(CONTROL, 0xE2);
        assertEquals(0, bench.in(0x40) & 0x40);
    }

    @Test
    void singleByteAccessUsesOnlyThatByte() {
        bench.out(CONTROL, 0x10);
        bench.out(0x40, 200);
        assertEquals(200, bench.in(0x40));
        bench.out(CONTROL, 0x20);
        bench.out(0x40, 2);
        assertEquals(2, bench.in(0x40));
    }

    @Test
    void aVeryShortPeriodDoesNotFloodTheTimerThread() {
        counter0(2, 2);
        int before = bench.irq(0).edges;
        bench.clock.advance(1_000_000_000);
        assertTrue(bench.irq(0).edges - before <= 10_001);
    }

    @Test
    void theRefreshBitToggles() {
        int first = bench.in(PORT_B) & 0x10;
        bench.clock.advance(15_085);
        assertEquals(first ^ 0x10, bench.in(PORT_B) & 0x10);
    }

    @Test
    void aRestoredPitGoesOnWhereItWas() throws Exception {
        counter0(2, 11932);
        gate2(true);
        counter2(0, 5000);
        ticks(777);
        bench.out(CONTROL, 0x80);
        Pit copy = new Pit();
        Bench other = Bench.with(copy);
        other.clock.advance(bench.clock.nanos());
        copy.restore(pit.save());
        assertEquals(pit.save(), copy.save());
        assertEquals(5000 - 777, other.in(SPEAKER) | other.in(SPEAKER) << 8);
        int before = other.irq(0).edges;
        other.clock.advance(1_000_000_000);
        assertEquals(100, other.irq(0).edges - before, 1);
    }

    @Test
    void unrealizedItLeavesPortsAndTimers() {
        counter0(2, 1000);
        pit.unrealize();
        pit.unrealize();
        assertEquals(0, bench.mapped());
        assertEquals(0, bench.clock.armed());
        assertFalse(bench.irq(0).level);
    }
}
