package org.interposer.core.irqchip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.interposer.api.bus.AddressSpace;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.LocalApic;
import org.interposer.api.irq.MsiMessage;
import org.junit.jupiter.api.Test;

final class IoApicTest {
    private static final int LEVEL = 1 << 15;
    private static final int MASKED = 1 << 16;
    private static final int REMOTE_IRR = 1 << 14;

    private final Board board = Board.user(2);
    private final LocalApic first = board.enabled(0);
    private final LocalApic second = board.enabled(1);

    private int entry(int pin) {
        return board.ioapic(0x10 + 2 * pin);
    }

    private static void eoi(LocalApic apic) {
        apic.writeMmio(0xB0, 0);
    }

    @Test
    void itIsVersion20With24PinsMaskedAfterReset() {
        assertEquals(0x0017_0020, board.ioapic(1));
        for (int pin = 0; pin < 24; pin++) {
            assertEquals(MASKED, entry(pin));
        }
    }

    @Test
    void theIdCanBeChangedAndIsTheArbitrationId() {
        board.ioapic(0, 0xFFFF_FFFF);
        assertEquals(0x0F00_0000, board.ioapic(0));
        assertEquals(0x0F00_0000, board.ioapic(2));
    }

    @Test
    void anEdgeGoesToThePhysicalDestination() {
        board.redirect(5, 1, 0x45);
        board.chip.line(5).pulse();
        assertFalse(first.hasInterrupt());
        assertEquals(0x45, second.acknowledge());
        assertEquals(0, entry(5) & REMOTE_IRR);
    }

    @Test
    void isaInterrupt0ArrivesAtPin2() {
        board.redirect(2, 0, 0x30);
        board.chip.line(0).pulse();
        assertEquals(0x30, first.acknowledge());
    }

    @Test
    void inputsAbove15ReachTheIoApicOnly() {
        board.redirect(20, 0, 0x50);
        board.chip.line(20).pulse();
        assertEquals(0x50, first.acknowledge());
        assertFalse(board.chip.picInterruptPending());
        assertThrows(IllegalArgumentException.class, () -> board.chip.line(24));
    }

    @Test
    void aLevelSetsRemoteIrrAndComesAgainAfterEoiWhileHeld() {
        board.redirect(16, 0, 0x60 | LEVEL);
        IrqLine line = board.chip.line(16);
        line.set(true);
        assertEquals(REMOTE_IRR, entry(16) & REMOTE_IRR);
        assertEquals(0x60, first.acknowledge());
        assertFalse(first.hasInterrupt());
        eoi(first);
        assertEquals(0x60, first.acknowledge());
        line.set(false);
        eoi(first);
        assertFalse(first.hasInterrupt());
        assertEquals(0, entry(16) & REMOTE_IRR);
    }

    @Test
    void theEoiRegisterEndsALevelToo() {
        board.redirect(16, 0, 0x60 | LEVEL);
        IrqLine line = board.chip.line(16);
        line.set(true);
        line.set(false);
        board.write(AddressSpace.MMIO, IoApic.BASE + 0x40, 4, 0x60);
        assertEquals(0, entry(16) & REMOTE_IRR);
    }

    @Test
    void suppressedBroadcastLeavesRemoteIrrForTheEoiRegister() {
        first.writeMmio(0xF0, 0x11FF);
        board.redirect(16, 0, 0x60 | LEVEL);
        IrqLine line = board.chip.line(16);
        line.set(true);
        first.acknowledge();
        line.set(false);
        eoi(first);
        assertEquals(REMOTE_IRR, entry(16) & REMOTE_IRR);
        board.write(AddressSpace.MMIO, IoApic.BASE + 0x40, 4, 0x60);
        assertEquals(0, entry(16) & REMOTE_IRR);
    }

    @Test
    void aMaskedLevelIsDeliveredWhenItIsUnmasked() {
        board.redirect(16, 0, 0x60 | LEVEL | MASKED);
        board.chip.line(16).set(true);
        assertFalse(first.hasInterrupt());
        board.redirect(16, 0, 0x60 | LEVEL);
        assertEquals(0x60, first.acknowledge());
    }

    @Test
    void aMaskedEdgeIsLost() {
        board.redirect(5, 0, 0x45 | MASKED);
        board.chip.line(5).pulse();
        board.redirect(5, 0, 0x45);
        assertFalse(first.hasInterrupt());
    }

    @Test
    void makingAnEntryEdgeTriggeredClearsRemoteIrr() {
        board.redirect(16, 0, 0x60 | LEVEL);
        board.chip.line(16).set(true);
        board.ioapic(0x30, 0x60 | MASKED);
        assertEquals(0, entry(16) & REMOTE_IRR);
    }

    @Test
    void remoteIrrAndDeliveryStatusAreReadOnly() {
        board.redirect(16, 0, 0x60 | LEVEL | REMOTE_IRR | 1 << 12);
        assertEquals(0x60 | LEVEL, entry(16));
    }

    @Test
    void aLevelThatNobodyTakesIsTriedAgain() {
        first.writeMmio(0xF0, 0xFF);
        board.redirect(16, 0, 0x60 | LEVEL);
        board.chip.line(16).set(true);
        assertEquals(0, entry(16) & REMOTE_IRR);
        board.enabled(0);
        board.redirect(16, 0, 0x60 | LEVEL);
        assertEquals(0x60, first.acknowledge());
    }

    @Test
    void logicalDestinationsAndLowestPriorityAreHonoured() {
        first.writeMmio(0xD0, 1 << 24);
        second.writeMmio(0xD0, 2 << 24);
        first.writeMmio(0x80, 0x20);
        board.redirect(5, 3, 0x45 | 1 << 8 | 1 << 11);
        board.chip.line(5).pulse();
        assertFalse(first.hasInterrupt());
        assertEquals(0x45, second.acknowledge());
        board.redirect(5, 3, 0x45 | 1 << 11);
        second.writeMmio(0xB0, 0);
        board.chip.line(5).pulse();
        assertTrue(first.hasInterrupt() && second.hasInterrupt());
    }

    @Test
    void inSplitModeMessagesGoToTheEngine() {
        Board split = new Board(IrqchipMode.SPLIT, 2);
        split.redirect(5, 1, 0x45 | 1 << 11);
        assertTrue(split.events.contains("routes"));
        MsiMessage message = new MsiMessage(0xFEE0_1004L, 0x4045);
        assertEquals(message, split.chip.ioapicRoutes().get(5));
        assertEquals(0, split.chip.ioapicRoutes().get(6).data() & 0xFF);
        assertEquals(24, split.chip.ioapicRoutes().size());
        split.chip.line(5).pulse();
        assertEquals(message, split.delivered.get(0));
        assertThrows(IllegalStateException.class, () -> split.chip.localApic(0));
    }

    @Test
    void inSplitModeTheEngineReportsTheEndOfALevel() {
        Board split = new Board(IrqchipMode.SPLIT, 1);
        split.redirect(16, 0, 0x60 | LEVEL);
        split.chip.line(16).set(true);
        assertEquals(1, split.delivered.size());
        split.chip.endOfInterrupt(0x60);
        assertEquals(2, split.delivered.size());
    }

    @Test
    void inSplitModeThePicKicksTheBootProcessor() {
        Board split = new Board(IrqchipMode.SPLIT, 1);
        split.initializePics(0x20, 0x28);
        split.chip.line(4).pulse();
        assertTrue(split.events.contains("kick 0"));
        assertTrue(split.chip.picInterruptPending());
        assertEquals(0x24, split.chip.picAcknowledge());
    }

    @Test
    void kernelModeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Board(IrqchipMode.KERNEL, 1));
        assertThrows(IllegalArgumentException.class, () -> new Board(IrqchipMode.USER, 0));
    }

    @Test
    void closingTakesTheRegistersOffTheBus() {
        board.chip.close();
        assertEquals(0, board.mapped());
    }
}
