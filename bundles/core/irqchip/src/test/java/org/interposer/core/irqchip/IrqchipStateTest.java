package org.interposer.core.irqchip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.LocalApic;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.irq.MsiRoute;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;
import org.junit.jupiter.api.Test;

final class IrqchipStateTest {
    private static Board busy() {
        Board board = Board.user(2);
        board.initializePics(0x20, 0x28);
        board.out(0x4D1, 0x02);
        board.out(0x21, 0x01);
        board.enabled(0);
        LocalApic apic = board.enabled(1);
        board.redirect(16, 1, 0x60 | 1 << 15);
        board.chip.line(16).set(true);
        board.chip.line(12).pulse();
        board.chip.line(3).pulse();
        apic.writeMmio(0x80, 0x10);
        apic.acknowledge();
        apic.writeMmio(0x3E0, 0x0B);
        apic.writeMmio(0x320, 0xEC);
        apic.writeMmio(0x380, 1_000_000);
        board.clock.advance(300_000);
        board.chip.deliver(new MsiMessage(0xFEE0_0000L, 0x45));
        return board;
    }

    @Test
    void aRestoredChipSavesTheSameState() {
        Board board = busy();
        Board copy = Board.user(2);
        copy.chip.restore(board.chip.save());
        assertEquals(board.chip.save(), copy.chip.save());
    }

    @Test
    void aRestoredChipGoesOnWhereItWas() {
        Board copy = Board.user(2);
        copy.chip.restore(busy().chip.save());
        assertTrue(copy.chip.picInterruptPending());
        assertEquals(0x2C, copy.apic(0).acknowledge());
        assertEquals(0x45, copy.apic(0).acknowledge());
        assertEquals(0x60, copy.apic(1).readMmio(0xA0));
        copy.clock.advance(699_999);
        assertFalse(copy.apic(1).hasInterrupt());
        copy.clock.advance(1);
        assertEquals(0xEC, copy.apic(1).acknowledge());
        copy.apic(1).writeMmio(0xB0, 0);
        copy.apic(1).writeMmio(0xB0, 0);
        assertEquals(0x60, copy.apic(1).acknowledge(), "the level is still held");
    }

    @Test
    void aLapicsRecordIsTheRegisterPage() {
        StateRecord state = busy().apic(1).save();
        assertEquals("irq.lapic", state.type());
        byte[] regs = state.bytes("regs");
        assertEquals(1024, regs.length);
        assertEquals(1, regs[0x23]);
        assertEquals(0x10, regs[0x80]);
        assertEquals(700_000, (regs[0x390] & 0xFF) | (regs[0x391] & 0xFF) << 8 | regs[0x392] << 16);
    }

    @Test
    void aTscDeadlineSurvives() {
        Board board = Board.user(1);
        board.enabled(0).writeMmio(0x320, 0xEC | 2 << 17);
        board.apic(0).setTscDeadline(board.tsc(0) + 2_000_000);
        Board copy = Board.user(1);
        copy.chip.restore(board.chip.save());
        copy.clock.advance(1_000_000);
        assertEquals(0xEC, copy.apic(0).acknowledge());
    }

    @Test
    void x2ApicModeSurvives() {
        Board board = Board.user(2);
        board.enabled(1).setApicBase(board.apic(1).apicBase() | 0x400);
        Board copy = Board.user(2);
        copy.chip.restore(board.chip.save());
        assertEquals(1, copy.apic(1).readMsr(0x802));
        assertEquals(2, copy.apic(1).readMsr(0x80D));
    }

    @Test
    void anotherNumberOfCpusIsRefusedWithBothNumbers() {
        StateRecord state = busy().chip.save();
        StateException refusal =
                assertThrows(StateException.class, () -> Board.user(3).chip.restore(state));
        assertTrue(refusal.getMessage().contains("2 local APICs, this machine 3"));
    }

    @Test
    void splitModeSavesPicAndIoApic() {
        Board board = new Board(IrqchipMode.SPLIT, 1);
        board.redirect(5, 0, 0x45);
        Board copy = new Board(IrqchipMode.SPLIT, 1);
        copy.chip.restore(board.chip.save());
        assertEquals(board.chip.ioapicRoutes(), copy.chip.ioapicRoutes());
        assertTrue(copy.events.contains("routes"));
    }

    @Test
    void resetForgetsEverything() {
        Board board = busy();
        board.chip.line(16).set(false);
        board.chip.reset();
        assertFalse(board.chip.picInterruptPending());
        assertFalse(board.apic(0).hasInterrupt());
        assertFalse(board.apic(1).hasInterrupt());
        assertEquals(1 << 16, board.ioapic(0x30));
        assertEquals(0, board.clock.armed());
    }

    @Test
    void aRouteSendsItsMessageFromUpdateToClose() {
        Board board = Board.user(1);
        LocalApic apic = board.enabled(0);
        MsiRoute route = board.chip.newMsiRoute();
        route.signal();
        assertFalse(apic.hasInterrupt());
        route.update(new MsiMessage(0xFEE0_0000L, 0x41));
        route.signal();
        assertEquals(0x41, apic.acknowledge());
        apic.writeMmio(0xB0, 0);
        route.close();
        route.signal();
        assertFalse(apic.hasInterrupt());
    }
}
