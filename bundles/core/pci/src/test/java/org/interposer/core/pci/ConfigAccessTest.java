package org.interposer.core.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.pci.PciConfigListener;
import org.interposer.api.pci.PciFunction;
import org.junit.jupiter.api.Test;

final class ConfigAccessTest extends PciFixture {
    @Test
    void theBridgesAreWhereAGuestLooksForThem() {
        assertEquals(0x1237_8086, read(0, 0, 4));
        assertEquals(0x7000_8086, read(8, 0, 4));
        assertEquals(0x0600, read(0, 0x0A, 2));
        assertEquals(0x0601, read(8, 0x0A, 2));
        assertEquals(0, read(8, 0x0E, 1), "a single function");
    }

    @Test
    void configAddressReadsBackAndByteAccessesDoNotReachIt() {
        out(0xCFB, 1, 1);
        out(0xCF8, 4, 0x8000_0000L);
        assertEquals(0x8000_0000, in(0xCF8, 4));
        out(0xCF8, 4, 0xFFFF_FFFFL);
        assertEquals(0x80FF_FFFC, in(0xCF8, 4));
        out(0xCF8, 2, 0x1234);
        assertEquals(0x80FF_FFFC, in(0xCF8, 4));
    }

    @Test
    void dataIsReadInEveryWidthAndPosition() {
        int bdf = attach("disk").bdf();
        assertEquals(0x10, bdf, "the first slot behind the bridges");
        assertEquals(0x1042_1AF4, read(bdf, 0, 4));
        assertEquals(0x1042, read(bdf, 2, 2));
        assertEquals(0x10, read(bdf, 3, 1));
        assertEquals(0x018002, read(bdf, 8, 4) >>> 8);
        assertEquals(0x42, read(bdf, 0x2E, 2));
        assertEquals(1, read(bdf, 0x3D, 1));
    }

    @Test
    void nothingAnswersWithoutTheEnableBitOrForMissingFunctions() {
        out(0xCF8, 4, 0);
        assertEquals(-1, in(0xCFC, 4));
        assertEquals(-1, read(0x50, 0, 4));
        assertEquals(0xFFFF, read(0x100, 0, 2), "bus 1");
        write(0x100, 4, 2, 7);
        write(0x50, 4, 2, 7);
    }

    @Test
    void ecamShowsTheSameRegisters() {
        int bdf = attach("disk").bdf();
        long base = ECAM + ((long) bdf << 12);
        assertEquals(0x1042_1AF4L, mmio(base, 4));
        assertEquals(0x1042L, mmio(base + 2, 2));
        mmio(base + 0x3C, 1, 5);
        assertEquals(5, read(bdf, 0x3C, 1));
        assertEquals(0, mmio(base + 0x100, 4), "no extended capabilities");
        assertEquals(0xFFFF_FFFFL, mmio(ECAM + (5L << 20), 4), "no bus 5");
        assertEquals(read(bdf, 8, 4), (int) (mmio(base + 4, 8) >>> 32));
    }

    @Test
    void onlyWritableBitsChange() {
        int bdf = attach("disk").bdf();
        write(bdf, 0, 4, 0);
        assertEquals(0x1042_1AF4, read(bdf, 0, 4));
        write(bdf, 4, 2, 0xFFFF);
        assertEquals(0x0547, read(bdf, 4, 2));
        write(bdf, 0x3C, 2, 0xFF0B);
        assertEquals(0x010B, read(bdf, 0x3C, 2));
    }

    @Test
    void statusBitsAreClearedByOnes() {
        PciFunction function = attach("disk");
        function.setConfig(6, 2, 0xF910);
        write(function.bdf(), 6, 2, 0x2000);
        assertEquals(0xD910, read(function.bdf(), 6, 2));
        write(function.bdf(), 6, 2, 0xFFFF);
        assertEquals(0x0010, read(function.bdf(), 6, 2));
    }

    @Test
    void capabilitiesAreAListInTheOrderOfTheSpecWithMsixLast() {
        PciFunction function = attach("disk");
        int bdf = function.bdf();
        assertTrue((read(bdf, 6, 2) & 0x10) != 0);
        int first = read(bdf, 0x34, 1);
        assertEquals(function.capabilityOffset(0), first);
        assertEquals(9, read(bdf, first, 1));
        assertEquals(0xAA, read(bdf, first + 2, 1));
        int second = read(bdf, first + 1, 1);
        assertEquals(function.capabilityOffset(1), second);
        assertEquals(0, second % 4);
        write(bdf, second + 4, 4, 0);
        assertEquals(0x5050_5050, read(bdf, second + 4, 4), "only the low nibbles are writable");
        int msix = read(bdf, second + 1, 1);
        assertEquals(0x11, read(bdf, msix, 1));
        assertEquals(0, read(bdf, msix + 1, 1));
        assertEquals(VECTORS - 1, read(bdf, msix + 2, 2));
        assertEquals(MSIX_BAR, read(bdf, msix + 4, 4));
        assertEquals(2048 | MSIX_BAR, read(bdf, msix + 8, 4));
    }

    @Test
    void aListenerSeesAccessesAndMayAnswerThem() {
        StringBuilder seen = new StringBuilder();
        PciConfigListener listener =
                new PciConfigListener() {
                    @Override
                    public void beforeRead(PciFunction function, int offset, int size) {
                        function.setConfig(0x3C, 1, 0x77);
                        seen.append("r").append(offset).append('.').append(size).append(' ');
                    }

                    @Override
                    public void afterWrite(PciFunction function, int offset, int size) {
                        seen.append("w").append(offset).append('=');
                        seen.append(function.config(offset, size)).append(' ');
                    }
                };
        int bdf = host.attach(spec("disk", OptionalInt.empty(), 0), listener).bdf();
        assertEquals(0x77, read(bdf, 0x3C, 1));
        write(bdf, 0x0C, 1, 16);
        assertEquals("r60.1 w12=16 ", seen.toString());
    }

    @Test
    void severalFunctionsInASlotShowTheMultifunctionBit() {
        host.attach(spec("zero", OptionalInt.of(4), 0), PciConfigListener.NONE);
        assertEquals(0, read(0x20, 0x0E, 1));
        PciFunction one = host.attach(spec("one", OptionalInt.of(4), 1), PciConfigListener.NONE);
        assertEquals(0x80, read(0x20, 0x0E, 1));
        host.reset();
        assertEquals(0x80, read(0x20, 0x0E, 1));
        one.close();
        assertEquals(0, read(0x20, 0x0E, 1));
        assertEquals(-1, read(0x21, 0, 4));
    }

    @Test
    void aTakenSlotIsRefusedWithWhatIsThere() {
        attach("disk");
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                host.attach(
                                        spec("net", OptionalInt.of(2), 0), PciConfigListener.NONE));
        assertTrue(e.getMessage().contains("00:02.0 disk"), e.getMessage());
    }

    @Test
    void whenAllSlotsAreTakenItSaysSo() {
        for (int i = 2; i < 32; i++) {
            attach("disk" + i);
        }
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> attach("late"));
        assertTrue(e.getMessage().contains("no free PCI slot for late"), e.getMessage());
        assertEquals(32, host.nodes().size());
    }

    @Test
    void theResetRegisterInsideConfigAddressTakesBytesOnly() {
        Registers reset = new Registers(0x60);
        bus.map(AddressSpace.PORT, 0xCF9, 1, IoBus.PRIORITY_PLATFORM + 1, "reset", reset);
        out(0xCF8, 4, 0x8000_0600L);
        assertEquals(0x8000_0600, in(0xCF8, 4));
        assertEquals(-1, reset.value);
        out(0xCF9, 1, 6);
        assertEquals(6, reset.value);
        assertEquals(0x8000_0600, in(0xCF8, 4));
    }
}
