package org.interposer.core.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.interposer.api.pci.PciFunction;
import org.junit.jupiter.api.Test;

final class InterruptPinTest extends PciFixture {
    private static final int ISA = 8;
    private final PciFunction slot2 = attach("slot2");
    private final PciFunction slot3 = attach("slot3");

    @Test
    void pinsAreDisconnectedUntilFirmwareRoutesThem() {
        assertEquals(-1, host.gsi(2, 1));
        slot2.setIntx(true);
        assertTrue(irq.levels.isEmpty());
        host.assignResources();
        assertEquals(11, host.gsi(2, 1), "slot 2, INTA# is PIRQC");
        assertTrue(irq.level(11));
    }

    @Test
    void pinsAreSwizzledBySlot() {
        write(ISA, 0x60, 4, 0x0A090705L);
        assertEquals(5, host.gsi(4, 1));
        assertEquals(7, host.gsi(5, 1));
        assertEquals(9, host.gsi(5, 2));
        assertEquals(10, host.gsi(6, 2));
        assertEquals(5, host.gsi(6, 3));
    }

    @Test
    void aLineIsLowOnlyWhenNoPinOnItIsAsserted() {
        host.assignResources();
        slot2.setIntx(true);
        slot3.setIntx(true);
        slot2.setIntx(false);
        assertTrue(irq.level(11));
        slot3.setIntx(false);
        assertFalse(irq.level(11));
    }

    @Test
    void anAssertedPinMovesToItsNewLine() {
        host.assignResources();
        slot2.setIntx(true);
        write(ISA, 0x62, 1, 5);
        assertFalse(irq.level(11));
        assertTrue(irq.level(5));
        write(ISA, 0x62, 1, 0x80);
        assertFalse(irq.level(5));
        write(ISA, 0x62, 1, 2);
        assertEquals(-1, host.gsi(2, 1), "IRQ 2 is no PIRQ target");
    }

    @Test
    void theDisableBitAndTheStatusBitFollowThePin() {
        host.assignResources();
        slot2.setIntx(true);
        assertEquals(8, read(slot2.bdf(), 6, 1) & 8);
        command(slot2, 0x403);
        assertFalse(irq.level(11));
        assertEquals(8, read(slot2.bdf(), 6, 1) & 8, "still pending");
        command(slot2, 3);
        assertTrue(irq.level(11));
        slot2.setIntx(false);
        assertEquals(0, read(slot2.bdf(), 6, 1) & 8);
    }

    @Test
    void msixSilencesThePin() {
        host.assignResources();
        slot2.setIntx(true);
        int control = slot2.capabilityOffset(1) + 8 + 2;
        assertEquals(0x11, slot2.config(control - 2, 1));
        write(slot2.bdf(), control, 2, 0x8000);
        assertFalse(irq.level(11));
        write(slot2.bdf(), control, 2, 0);
        assertTrue(irq.level(11));
    }

    @Test
    void closingOrResettingLowersThePin() {
        host.assignResources();
        slot2.setIntx(true);
        slot2.close();
        assertFalse(irq.level(11));
        slot3.setIntx(true);
        host.reset();
        assertFalse(irq.level(11));
        assertEquals(-1, host.gsi(2, 1));
    }

    @Test
    void savedRoutesAndLevelsComeBack() {
        host.assignResources();
        slot2.setIntx(true);
        var hostState = host.save();
        var state = slot2.save();
        host.reset();
        host.restore(hostState);
        slot2.restore(state);
        assertTrue(irq.level(11));
        slot2.setIntx(false);
        assertFalse(irq.level(11));
    }
}
