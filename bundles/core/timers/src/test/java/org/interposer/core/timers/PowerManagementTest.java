package org.interposer.core.timers;

import static org.interposer.api.bus.AddressSpace.PORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.interposer.api.frontend.MachineRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PowerManagementTest {
    private static final int BASE = 0x600;

    private final PowerManagement power = new PowerManagement();
    private Bench bench;

    @BeforeEach
    void realize() throws Exception {
        bench = Bench.with(power);
    }

    @Test
    void theTimerRunsAt3579545Hertz() {
        bench.clock.advance(1_000_000_000);
        assertEquals(3_579_545, bench.read(PORT, BASE + 8, 4));
        assertEquals(3_579_545 & 0xFF, bench.read(PORT, BASE + 8, 1));
        assertEquals(3_579_545 >> 16, bench.read(PORT, BASE + 10, 2));
    }

    @Test
    void theTimerWrapsAt32Bits() {
        bench.clock.advance(PowerManagement.TIMER.nanos((1L << 32) + 5));
        assertEquals(5, bench.read(PORT, BASE + 8, 4));
    }

    @Test
    void aChangeOfTheTopBitSetsTimerStatusAndInterruptsIfEnabled() {
        bench.write(PORT, BASE + 2, 2, 1);
        bench.clock.advance(PowerManagement.TIMER.nanos(1L << 31) - 1000);
        assertFalse(bench.irq(9).level);
        bench.clock.advance(1000);
        assertTrue(bench.irq(9).level);
        assertEquals(1, bench.read(PORT, BASE, 2));
        bench.write(PORT, BASE, 2, 1);
        assertFalse(bench.irq(9).level);
        bench.clock.advance(PowerManagement.TIMER.nanos(1L << 31));
        assertTrue(bench.irq(9).level);
    }

    @Test
    void thePowerButtonSetsItsStatusAndInterruptsIfEnabled() {
        power.press();
        assertEquals(1 << 8, bench.read(PORT, BASE, 2));
        assertFalse(bench.irq(9).level);
        bench.write(PORT, BASE + 2, 2, 1 << 8);
        assertTrue(bench.irq(9).level);
        bench.write(PORT, BASE, 2, 1 << 8);
        assertFalse(bench.irq(9).level);
        assertEquals(0, bench.read(PORT, BASE, 2));
        power.press();
        assertTrue(bench.irq(9).level);
    }

    @Test
    void acpiModeIsAlwaysOn() {
        assertEquals(1, bench.read(PORT, BASE + 4, 2) & 1);
        bench.write(PORT, BASE + 4, 2, 0);
        assertEquals(1, bench.read(PORT, BASE + 4, 2) & 1);
    }

    @Test
    void sleepType5WithSleepEnablePowersOff() {
        bench.write(PORT, BASE + 4, 2, 5 << 10);
        assertEquals(List.of(), bench.requests);
        bench.write(PORT, BASE + 4, 2, 5 << 10 | 1 << 13);
        assertEquals(List.of(new MachineRequest.PowerOff("ACPI S5")), bench.requests);
        assertEquals(0, bench.read(PORT, BASE + 4, 2) & 1 << 13);
    }

    @Test
    void otherSleepTypesWakeAtOnce() {
        bench.write(PORT, BASE + 4, 2, 1 << 10 | 1 << 13);
        assertEquals(List.of(), bench.requests);
        assertEquals(1 << 15, bench.read(PORT, BASE, 2));
    }

    @Test
    void itsStateIsSavedAndRestored() throws Exception {
        bench.write(PORT, BASE + 2, 2, 0x21);
        bench.write(PORT, BASE + 4, 2, 5 << 10);
        PowerManagement copy = new PowerManagement();
        Bench other = Bench.with(copy);
        copy.restore(power.save());
        assertEquals(power.save(), copy.save());
        assertEquals(5 << 10 | 1, other.read(PORT, BASE + 4, 2));
    }

    @Test
    void theResetRegisterResetsOnARisingBit2() throws Exception {
        ResetControl control = new ResetControl();
        Bench other = Bench.with(control);
        other.out(0xCF9, 2);
        assertEquals(List.of(), other.requests);
        other.out(0xCF9, 6, 6);
        assertEquals(List.of(new MachineRequest.Reset("port 0xCF9")), other.requests);
        control.reset();
        other.out(0xCF9, 0x0E);
        assertEquals(2, other.requests.size());
        assertEquals(0x0E, other.in(0xCF9));
    }
}
