package org.interposer.frontend.serial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;
import org.interposer.api.time.ManualClock;
import org.junit.jupiter.api.Test;

final class Uart16550Test {
    private static final int DATA = 0,
            IER = 1,
            IIR = 2,
            FCR = 2,
            LCR = 3,
            MCR = 4,
            LSR = 5,
            MSR = 6;
    private static final int OUT2 = 8, LOOP = 16;

    private final ManualClock clock = new ManualClock();
    private final Line line = new Line();
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final Uart16550 uart = new Uart16550(clock, line, sent::write);

    @Test
    void transmittedBytesReachTheBackEndAndTheTransmitterIsAlwaysEmpty() {
        for (byte b : "hello".getBytes(StandardCharsets.US_ASCII)) {
            assertEquals(0x60, in(LSR) & 0x60);
            out(DATA, b);
        }
        assertEquals("hello", sent.toString(StandardCharsets.US_ASCII));
    }

    @Test
    void aTransmitterInterruptComesWhenEnabledAndAfterEachByteAndIsClearedByReadingIir() {
        out(MCR, OUT2);
        out(IER, 2);
        assertTrue(line.high);
        assertEquals(2, in(IIR));
        assertFalse(line.high);
        assertEquals(1, in(IIR));
        out(DATA, 'x');
        assertTrue(line.high);
        out(IER, 0);
        assertFalse(line.high);
        out(IER, 2);
        assertEquals(2, in(IIR), "enabling it again raises it again");
    }

    @Test
    void noInterruptLeavesTheChipWithoutOut2() {
        out(IER, 2);
        assertEquals(2, in(IIR) & 0xf);
        assertFalse(line.high);
    }

    @Test
    void withoutFifosEachByteIsAnInterruptAndTheSecondIsNotTaken() {
        out(MCR, OUT2);
        out(IER, 1);
        assertEquals(1, uart.input("ab".getBytes(StandardCharsets.US_ASCII), 0, 2));
        assertTrue(line.high);
        assertEquals(4, in(IIR));
        assertEquals(1, in(LSR) & 1);
        assertEquals('a', in(DATA));
        assertFalse(line.high);
        assertEquals(0, in(LSR) & 1);
    }

    @Test
    void withFifosTheTriggerLevelInterruptsAndSixteenBytesFit() {
        out(MCR, OUT2);
        out(FCR, 0x81);
        out(IER, 1);
        assertEquals(7, uart.input(new byte[7], 0, 7));
        assertEquals(0xc1, in(IIR));
        assertEquals(9, uart.input(new byte[20], 0, 20));
        assertEquals(0xc4, in(IIR));
        assertTrue(line.high);
    }

    @Test
    void bytesBelowTheTriggerLevelInterruptAfterFourCharacterTimes() {
        out(MCR, OUT2);
        out(LCR, 0x80);
        out(DATA, 1);
        out(1, 0);
        out(LCR, 3);
        out(FCR, 0xc1);
        out(IER, 1);
        uart.input(new byte[] {'q', 'r'}, 0, 2);
        clock.advance(300_000);
        assertFalse(line.high);
        clock.advance(60_000);
        assertTrue(line.high);
        assertEquals(0xcc, in(IIR));
        assertEquals('q', in(DATA));
        assertFalse(line.high, "reading restarts the timeout");
        clock.advance(400_000);
        assertEquals(0xcc, in(IIR));
        assertEquals('r', in(DATA));
        clock.advance(400_000);
        assertEquals(0xc1, in(IIR));
    }

    @Test
    void theModemLinesShowTheOutputsInLoopModeAsAutoconfigurationProbesThem() {
        assertEquals(0xb0, in(MSR) & 0xf0);
        out(MCR, LOOP | OUT2 | 2);
        assertEquals(0x90, in(MSR) & 0xf0);
        out(DATA, 0x5a);
        assertEquals(0, sent.size());
        assertEquals(0x5a, in(DATA));
        assertEquals(0, uart.input(new byte[1], 0, 1), "the line is cut in loop mode");
    }

    @Test
    void anOverrunInLoopModeIsALineStatusInterrupt() {
        out(MCR, LOOP);
        out(IER, 4);
        out(DATA, 1);
        out(DATA, 2);
        assertEquals(6, in(IIR));
        assertEquals(0x63, in(LSR));
        assertEquals(0x61, in(LSR));
        assertEquals(2, in(DATA));
    }

    @Test
    void modemChangesAreReportedOnce() {
        out(IER, 8);
        in(MSR);
        out(MCR, LOOP);
        assertEquals(0, in(IIR));
        assertEquals(0x0b, in(MSR));
        assertEquals(1, in(IIR));
    }

    @Test
    void theChipIdentifiesAs16550AWithoutFeaturesOfLaterChips() {
        out(FCR, 1);
        assertEquals(0xc0, in(IIR) & 0xe0);
        out(IER, 0xff);
        assertEquals(0xf, in(IER));
        out(7, 0xa5);
        assertEquals(0xa5, in(7));
    }

    @Test
    void stateSurvivesSaveAndRestoreIntoAFreshChip() {
        out(MCR, OUT2);
        out(FCR, 0x41);
        out(IER, 3);
        out(7, 0x33);
        uart.input(new byte[] {'a', 'b', 'c', 'd', 'e'}, 0, 5);
        StateRecord saved = uart.save();
        Line freshLine = new Line();
        Uart16550 fresh = new Uart16550(clock, freshLine, sent::write);
        fresh.restore(saved);
        assertEquals(saved, fresh.save());
        assertTrue(freshLine.high);
        assertEquals(0xc4, fresh.read(IIR, 1));
        assertEquals('a', fresh.read(DATA, 1));
    }

    @Test
    void stateOfANewerVersionIsRefused() {
        StateRecord newer = StateRecord.of("serial.16550", 9).build();
        assertThrows(StateException.class, () -> uart.restore(newer));
    }

    @Test
    void aQuietChipTakesNoInput() {
        uart.quiet(true);
        assertEquals(0, uart.input(new byte[1], 0, 1));
        uart.quiet(false);
        assertEquals(1, uart.input(new byte[1], 0, 1));
    }

    private int in(int register) {
        return (int) uart.read(register, 1);
    }

    private void out(int register, int value) {
        uart.write(register, 1, value);
    }

    private static final class Line implements IrqLine {
        boolean high;

        @Override
        public void set(boolean level) {
            high = level;
        }
    }
}
