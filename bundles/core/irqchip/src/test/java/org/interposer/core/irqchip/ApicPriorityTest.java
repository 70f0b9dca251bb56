package org.interposer.core.irqchip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.interposer.api.irq.LocalApic;
import org.interposer.api.irq.MsiMessage;
import org.junit.jupiter.api.Test;

final class ApicPriorityTest {
    private final Board board = Board.user(1);
    private final LocalApic apic = board.enabled(0);

    private void request(int vector) {
        board.chip.deliver(new MsiMessage(0xFEE0_0000L, vector));
    }

    private int bit(int offset, int vector) {
        return apic.readMmio(offset + (vector >> 5) * 16) >>> vector & 1;
    }

    @Test
    void aRequestSetsIrrAndKicks() {
        request(0x41);
        assertEquals(1, bit(0x200, 0x41));
        assertTrue(board.events.contains("kick 0"));
        assertTrue(apic.hasInterrupt());
    }

    @Test
    void acknowledgingMovesIrrToIsrAndEoiClearsIt() {
        request(0x41);
        assertEquals(0x41, apic.acknowledge());
        assertEquals(0, bit(0x200, 0x41));
        assertEquals(1, bit(0x100, 0x41));
        apic.writeMmio(0xB0, 0);
        assertEquals(0, bit(0x100, 0x41));
    }

    @Test
    void theHighestVectorComesFirst() {
        for (int vector : new int[] {0x31, 0xF0, 0x80, 0x81}) {
            request(vector);
        }
        for (int vector : new int[] {0xF0, 0x81, 0x80, 0x31}) {
            assertEquals(vector, apic.acknowledge());
            apic.writeMmio(0xB0, 0);
        }
        assertEquals(LocalApic.NONE, apic.acknowledge());
    }

    @Test
    void onlyAHigherClassNests() {
        request(0x51);
        apic.acknowledge();
        request(0x5F);
        assertFalse(apic.hasInterrupt(), "same class");
        request(0x60);
        assertEquals(0x60, apic.acknowledge());
        apic.writeMmio(0xB0, 0);
        apic.writeMmio(0xB0, 0);
        assertEquals(0x5F, apic.acknowledge());
    }

    @Test
    void theProcessorPriorityIsTheHigherOfTaskAndServiceClass() {
        apic.writeMmio(0x80, 0x35);
        assertEquals(0x35, apic.readMmio(0xA0));
        request(0x51);
        apic.acknowledge();
        assertEquals(0x50, apic.readMmio(0xA0));
        apic.writeMmio(0x80, 0x52);
        assertEquals(0x52, apic.readMmio(0xA0), "equal classes: TPR");
        apic.writeMmio(0x80, 0x35);
        assertEquals(0x50, apic.readMmio(0xA0));
        apic.writeMmio(0xB0, 0);
        assertEquals(0x35, apic.readMmio(0xA0));
    }

    @Test
    void theTaskPriorityHoldsBackItsClassAndBelow() {
        apic.setCr8(5);
        assertEquals(0x50, apic.readMmio(0x80));
        request(0x5F);
        assertFalse(apic.hasInterrupt());
        assertFalse(board.events.contains("kick 0"), "no kick for what cannot be delivered");
        apic.setCr8(4);
        assertEquals(4, apic.cr8());
        assertTrue(apic.hasInterrupt());
    }

    @Test
    void aSecondRequestWhileInServiceIsKept() {
        request(0x41);
        apic.acknowledge();
        request(0x41);
        apic.writeMmio(0xB0, 0);
        assertEquals(0x41, apic.acknowledge());
    }

    @Test
    void anEoiWithNothingInServiceDoesNothing() {
        apic.writeMmio(0xB0, 0);
        assertEquals(0, apic.readMmio(0xA0));
    }

    @Test
    void tmrTellsLevelFromEdge() {
        board.chip.deliver(new MsiMessage(0xFEE0_0000L, 0x41 | Msi.LEVEL | Msi.ASSERT));
        assertEquals(1, bit(0x180, 0x41));
        request(0x41);
        assertEquals(0, bit(0x180, 0x41));
    }

    @Test
    void aReleasedLevelMessageIsNoInterrupt() {
        board.chip.deliver(new MsiMessage(0xFEE0_0000L, 0x41 | Msi.LEVEL));
        assertFalse(apic.hasInterrupt());
    }

    @Test
    void writesOutsideTheMessageWindowAreNoInterrupt() {
        board.chip.deliver(new MsiMessage(0xFED0_0000L, 0x41));
        board.chip.deliver(new MsiMessage(0x1_FEE0_0000L, 0x41));
        assertFalse(apic.hasInterrupt());
    }

    @Test
    void aSoftwareDisabledApicTakesNoFixedInterruptButAnNmi() {
        apic.writeMmio(0xF0, 0xFF);
        request(0x41);
        assertFalse(apic.hasInterrupt());
        board.chip.deliver(new MsiMessage(0xFEE0_0000L, 4 << 8));
        assertTrue(board.events.contains("nmi 0"));
    }

    @Test
    void disablingInSoftwareMasksTheLocalVectors() {
        apic.writeMmio(0x370, 0x40);
        apic.writeMmio(0xF0, 0xFF);
        assertEquals(0x1_0040, apic.readMmio(0x370));
        apic.writeMmio(0x370, 0x40);
        assertEquals(0x1_0040, apic.readMmio(0x370), "cannot be unmasked while disabled");
    }
}
