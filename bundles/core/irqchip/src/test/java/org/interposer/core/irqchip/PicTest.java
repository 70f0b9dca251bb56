package org.interposer.core.irqchip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.interposer.api.irq.IrqLine;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PicTest {
    private static final int EOI = 0x20;

    private final Board board = Board.user(1);

    @BeforeEach
    void initialize() {
        board.initializePics(0x20, 0x28);
    }

    private boolean pending() {
        return board.chip.picInterruptPending();
    }

    private int acknowledge() {
        return board.chip.picAcknowledge();
    }

    private void pulse(int irq) {
        board.chip.line(irq).pulse();
    }

    private int isr(int port) {
        board.out(port, 0x0B);
        return board.in(port);
    }

    private int irr(int port) {
        board.out(port, 0x0A);
        return board.in(port);
    }

    @Test
    void anEdgeIsLatchedAndAcknowledgedWithItsVector() {
        pulse(3);
        assertTrue(pending());
        assertEquals(8, irr(0x20));
        assertEquals(0x23, acknowledge());
        assertEquals(8, isr(0x20));
        assertEquals(0, irr(0x20));
        assertFalse(pending());
    }

    @Test
    void aHeldEdgeLineInterruptsOnlyOnce() {
        IrqLine line = board.chip.line(3);
        line.set(true);
        acknowledge();
        board.out(0x20, EOI);
        assertFalse(pending());
        line.set(false);
        line.set(true);
        assertTrue(pending());
    }

    @Test
    void lowerNumbersComeFirstAndBlockHigherOnesUntilEoi() {
        pulse(5);
        pulse(1);
        assertEquals(0x21, acknowledge());
        assertFalse(pending());
        board.out(0x20, EOI);
        assertEquals(0x25, acknowledge());
        pulse(0);
        assertTrue(pending(), "a higher priority nests");
    }

    @Test
    void theSecondChipComesThroughInput2() {
        pulse(12);
        assertEquals(0x2C, acknowledge());
        assertEquals(4, isr(0x20));
        assertEquals(0x10, isr(0xA0));
        pulse(9);
        assertFalse(pending(), "input 2 is in service on the first chip");
        board.out(0xA0, EOI);
        assertFalse(pending());
        board.out(0x20, EOI);
        assertEquals(0x29, acknowledge());
    }

    @Test
    void specialFullyNestedModeLetsTheSecondChipNest() {
        board.out(0x20, 0x11);
        board.out(0x21, 0x20, 4, 0x11, 0);
        pulse(12);
        acknowledge();
        pulse(9);
        assertTrue(pending());
        assertEquals(0x29, acknowledge());
    }

    @Test
    void maskedInputsWaitInIrr() {
        board.out(0x21, 0x08);
        pulse(3);
        assertFalse(pending());
        assertEquals(8, irr(0x20));
        board.out(0x21, 0);
        assertEquals(0x23, acknowledge());
    }

    @Test
    void anInterruptThatIsGoneGivesTheSpuriousVectorWithoutIsr() {
        assertEquals(0x27, acknowledge());
        assertEquals(0, isr(0x20));
    }

    @Test
    void aLevelThatFallsBeforeItIsAcknowledgedIsGone() {
        board.out(0x4D0, 0x20);
        IrqLine line = board.chip.line(5);
        line.set(true);
        assertTrue(pending());
        line.set(false);
        assertFalse(pending());
        assertEquals(0x27, acknowledge());
    }

    @Test
    void aHeldLevelInterruptsAgainAfterEoi() {
        board.out(0x4D1, 0x08);
        IrqLine line = board.chip.line(11);
        line.set(true);
        assertEquals(0x2B, acknowledge());
        board.out(0xA0, EOI);
        board.out(0x20, EOI);
        assertEquals(0x2B, acknowledge());
        line.set(false);
        board.out(0xA0, EOI);
        board.out(0x20, EOI);
        assertFalse(pending());
    }

    @Test
    void elcrDoesNotOfferTimerKeyboardCascadeClockAndFpu() {
        board.out(0x4D0, 0xFF);
        board.out(0x4D1, 0xFF);
        assertEquals(0xF8, board.in(0x4D0));
        assertEquals(0xDE, board.in(0x4D1));
    }

    @Test
    void aSpecificEoiEndsThatLevel() {
        pulse(5);
        acknowledge();
        pulse(1);
        acknowledge();
        board.out(0x20, 0x65);
        assertEquals(2, isr(0x20));
    }

    @Test
    void rotationOnEoiMakesTheServedInputTheLowest() {
        pulse(3);
        acknowledge();
        board.out(0x20, 0xA0);
        pulse(3);
        pulse(4);
        assertEquals(0x24, acknowledge());
    }

    @Test
    void setPriorityMakesTheNextInputTheHighest() {
        board.out(0x20, 0xC4);
        pulse(0);
        pulse(5);
        assertEquals(0x25, acknowledge());
    }

    @Test
    void rotationOnSpecificEoiEndsAndRotates() {
        pulse(2 + 1);
        acknowledge();
        board.out(0x20, 0xE3);
        assertEquals(0, isr(0x20));
        pulse(3);
        pulse(4);
        assertEquals(0x24, acknowledge());
    }

    @Test
    void automaticEoiLeavesNothingInService() {
        board.out(0x20, 0x11);
        board.out(0x21, 0x20, 4, 3, 0);
        pulse(4);
        assertEquals(0x24, acknowledge());
        assertEquals(0, isr(0x20));
    }

    @Test
    void automaticEoiCanRotate() {
        board.out(0x20, 0x11);
        board.out(0x21, 0x20, 4, 3, 0);
        board.out(0x20, 0x80);
        pulse(4);
        acknowledge();
        pulse(4);
        pulse(6);
        assertEquals(0x26, acknowledge());
    }

    @Test
    void specialMaskModeLetsAMaskedLevelInServiceBlockNobody() {
        pulse(3);
        acknowledge();
        board.out(0x21, 0x08);
        board.out(0x20, 0x68);
        pulse(6);
        assertEquals(0x26, acknowledge());
        board.out(0x20, EOI);
        assertEquals(8, isr(0x20), "a non-specific EOI leaves the masked level");
        board.out(0x20, 0x48);
        pulse(6);
        assertFalse(pending());
    }

    @Test
    void pollingAcknowledges() {
        pulse(4);
        board.out(0x20, 0x0C);
        assertEquals(0x84, board.in(0x20));
        assertEquals(0x10, isr(0x20));
        board.out(0x20, 0x0C);
        assertEquals(0, board.in(0x20));
    }

    @Test
    void initializationForgetsEdgesAndMasks() {
        board.out(0x21, 0xAA);
        pulse(0);
        board.out(0x20, 0x11);
        assertEquals(0, irr(0x20));
        board.out(0x21, 0x40, 4, 1);
        assertEquals(0, board.in(0x21));
        pulse(1);
        assertEquals(0x41, acknowledge());
    }

    @Test
    void aSingleChipSkipsIcw3AndWithoutIcw4ItIsDone() {
        board.out(0x20, 0x12);
        board.out(0x21, 0x50, 0xFE);
        assertEquals(0xFE, board.in(0x21));
        pulse(0);
        assertEquals(0x50, acknowledge());
    }

    @Test
    void severalDevicesShareALine() {
        board.out(0x4D1, 0x04);
        IrqLine one = board.chip.line(10);
        IrqLine two = board.chip.line(10);
        one.set(true);
        two.set(true);
        one.set(false);
        assertTrue(pending());
        two.set(false);
        assertFalse(pending());
    }

    @Test
    void interruptsReachTheBootProcessorThroughLint0() {
        Board two = Board.user(2);
        two.initializePics(0x20, 0x28);
        two.chip.line(3).pulse();
        assertTrue(two.events.contains("kick 0"));
        assertFalse(two.events.contains("kick 1"));
        assertTrue(two.apic(0).hasInterrupt());
        assertFalse(two.apic(1).hasInterrupt());
        assertEquals(0x23, two.apic(0).acknowledge());
        assertFalse(two.apic(0).hasInterrupt());
        assertEquals(-1, two.apic(0).acknowledge());
    }
}
