package org.interposer.core.irqchip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.interposer.api.irq.LocalApic;
import org.junit.jupiter.api.Test;

final class ApicModeTest {
    private static final long BASE = 0xFEE0_0000L;
    private static final long BSP = 0x100;
    private static final long X2 = 0x400;
    private static final long ON = 0x800;

    private final Board board = Board.user(18);
    private final LocalApic apic = board.apic(0);

    private LocalApic x2(int cpu) {
        LocalApic chosen = board.enabled(cpu);
        assertTrue(chosen.setApicBase(chosen.apicBase() | X2));
        return chosen;
    }

    @Test
    void afterPowerOnRegistersAreAsInTheManual() {
        LocalApic other = board.apic(3);
        assertEquals(BASE | BSP | ON, apic.apicBase());
        assertEquals(BASE | ON, other.apicBase());
        assertEquals(3 << 24, other.readMmio(0x20));
        assertEquals(0x0105_0014, other.readMmio(0x30));
        assertEquals(0xFF, other.readMmio(0xF0));
        assertEquals(-1, other.readMmio(0xE0));
        assertEquals(0, other.readMmio(0xD0));
        for (int lvt = 0x320; lvt <= 0x370; lvt += 0x10) {
            assertEquals(0x1_0000, other.readMmio(lvt));
        }
    }

    @Test
    void theBootProcessorStartsInVirtualWireMode() {
        assertEquals(0x700, apic.readMmio(0x350));
    }

    @Test
    void thePageMovesWithTheBase() {
        assertTrue(apic.decodes(BASE + 0x20));
        assertFalse(apic.decodes(BASE + 0x1000));
        assertTrue(apic.setApicBase(0x1_2345_6000L | ON));
        assertTrue(apic.decodes(0x1_2345_6FF0L));
        assertFalse(apic.decodes(BASE));
    }

    @Test
    void reservedBitsOfTheBaseAreRefused() {
        for (long bit : new long[] {1, 1 << 9, 1L << 52, 1L << 63}) {
            assertFalse(apic.setApicBase(apic.apicBase() | bit));
        }
        assertEquals(BASE | BSP | ON, apic.apicBase());
    }

    @Test
    void onlyTheTransitionsOfTheManualAreAllowed() {
        assertFalse(apic.setApicBase(BASE | X2), "x2APIC without enable");
        assertTrue(apic.setApicBase(BASE | ON | X2), "xAPIC to x2APIC");
        assertFalse(apic.setApicBase(BASE | ON), "x2APIC to xAPIC");
        assertTrue(apic.setApicBase(BASE), "x2APIC to disabled");
        assertFalse(apic.setApicBase(BASE | ON | X2), "disabled to x2APIC");
        assertTrue(apic.setApicBase(BASE | ON), "disabled to xAPIC");
    }

    @Test
    void disablingResetsTheRegisters() {
        board.enabled(0);
        apic.writeMmio(0x80, 0x50);
        assertTrue(apic.setApicBase(BASE | BSP));
        assertFalse(apic.decodes(BASE));
        assertTrue(apic.setApicBase(BASE | BSP | ON));
        assertEquals(0, apic.readMmio(0x80));
        assertEquals(0xFF, apic.readMmio(0xF0));
    }

    @Test
    void x2ApicHasNoPageAndItsOwnIds() {
        LocalApic high = x2(17);
        assertFalse(high.decodes(BASE));
        assertEquals(17, high.readMsr(0x802));
        assertEquals(1 << 16 | 1 << 1, high.readMsr(0x80D));
    }

    @Test
    void msrsAreRefusedOutsideX2Apic() {
        assertFalse(apic.canReadMsr(0x802));
        assertFalse(apic.writeMsr(0x808, 0));
        assertThrows(IllegalArgumentException.class, () -> apic.readMsr(0x802));
    }

    @Test
    void msrsThatDoNotExistOrHaveReservedBitsAreRefused() {
        LocalApic chosen = x2(0);
        for (int msr : new int[] {0x80E, 0x831, 0x809, 0x80C, 0x83F, 0x80B, 0x800, 0x8FF}) {
            assertFalse(chosen.canReadMsr(msr), Integer.toHexString(msr));
        }
        for (int msr : new int[] {0x802, 0x803, 0x80A, 0x80D, 0x80E, 0x810, 0x831, 0x839}) {
            assertFalse(chosen.writeMsr(msr, 0), Integer.toHexString(msr));
        }
        assertFalse(chosen.writeMsr(0x80B, 1), "EOI must be 0");
        assertFalse(chosen.writeMsr(0x828, 1), "ESR must be 0");
        assertFalse(chosen.writeMsr(0x808, 0x100), "TPR has 8 bits");
        assertFalse(chosen.writeMsr(0x832, 1L << 32), "32 bits");
        assertTrue(chosen.writeMsr(0x80B, 0));
        assertTrue(chosen.writeMsr(0x838, 0xFFFF_FFFFL));
    }

    @Test
    void statusBitsMayBeWrittenBackToMsrsAndStayClear() {
        LocalApic chosen = x2(0);
        assertTrue(chosen.writeMsr(0x835, 0x5700), "as Linux does on its way to power-off");
        assertEquals(0x700, chosen.readMsr(0x835));
        assertTrue(chosen.writeMsr(0x832, 0x1_10EC));
        assertEquals(0x1_00EC, chosen.readMsr(0x832));
        assertFalse(chosen.writeMsr(0x832, 0x1_40EC), "the timer has no remote IRR");
    }

    @Test
    void x2ApicIpisHave32BitDestinationsInOneWrite() {
        LocalApic sender = x2(0);
        LocalApic target = x2(17);
        assertTrue(sender.writeMsr(0x830, 17L << 32 | 0x41));
        assertEquals(17L << 32 | 0x41, sender.readMsr(0x830));
        assertEquals(0x41, target.acknowledge());
        assertTrue(target.writeMsr(0x80B, 0));
        assertTrue(sender.writeMsr(0x830, (1L << 16 | 1 << 1) << 32 | 1 << 11 | 0x42));
        assertEquals(0x42, target.acknowledge());
        assertEquals(LocalApic.NONE, sender.acknowledge());
        assertTrue(target.writeMsr(0x80B, 0));
        assertTrue(sender.writeMsr(0x830, 0xFFFF_FFFFL << 32 | 0x43));
        assertEquals(0x43, target.acknowledge());
        assertEquals(0x43, sender.acknowledge());
    }

    @Test
    void selfIpiInterruptsTheSender() {
        LocalApic chosen = x2(0);
        assertTrue(chosen.writeMsr(0x83F, 0x61));
        assertEquals(0x61, chosen.acknowledge());
    }

    @Test
    void initKeepsIdAndBaseAndForgetsTheRest() {
        LocalApic chosen = board.enabled(5);
        chosen.writeMmio(0x80, 0x50);
        chosen.writeMmio(0xD0, 0x2000_0000);
        chosen.init();
        assertEquals(5 << 24, chosen.readMmio(0x20));
        assertEquals(0, chosen.readMmio(0x80));
        assertEquals(0, chosen.readMmio(0xD0));
        assertEquals(0xFF, chosen.readMmio(0xF0));
        assertEquals(BASE | ON, chosen.apicBase());
    }

    @Test
    void readOnlyRegistersIgnoreWrites() {
        for (int offset : new int[] {0x20, 0x30, 0xA0, 0x100, 0x180, 0x200, 0x390}) {
            int before = apic.readMmio(offset);
            apic.writeMmio(offset, 0x55AA_55AA);
            assertEquals(before, apic.readMmio(offset), Integer.toHexString(offset));
        }
    }

    @Test
    void offsetsBetweenRegistersAndBeyondThePageAreHarmless() {
        for (int offset : new int[] {0x21, 0x84, 0x400, 0xFF0, -16}) {
            apic.writeMmio(offset, -1);
            assertEquals(0, apic.readMmio(offset));
        }
    }
}
