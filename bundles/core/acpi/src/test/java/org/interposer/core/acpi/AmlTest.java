package org.interposer.core.acpi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class AmlTest {
    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void integersTakeTheirShortestForm() {
        assertEquals("00", hex(Aml.integer(0)));
        assertEquals("01", hex(Aml.integer(1)));
        assertEquals("0aff", hex(Aml.integer(0xFF)));
        assertEquals("0b0001", hex(Aml.integer(0x100)));
        assertEquals("0cffff0200", hex(Aml.integer(0x2_FFFF)));
        assertEquals("0e0000000001000000", hex(Aml.integer(1L << 32)));
        assertEquals("0effffffffffffffff", hex(Aml.integer(-1)));
    }

    @Test
    void identifiersAreCompressed() {
        assertEquals("0c41d00a03", hex(Aml.eisaId("PNP0A03")));
        assertEquals("0c41d00c0f", hex(Aml.eisaId("PNP0C0F")));
    }

    @Test
    void pathsArePaddedAndPrefixed() {
        assertEquals("5c5f53425f", hex(Aml.path("\\_SB")));
        assertEquals("5c2e5f53425f4c4e4b41", hex(Aml.path("\\_SB.LNKA")));
        assertEquals("5c2f035f53425f504349304953415f", hex(Aml.path("\\_SB.PCI0.ISA")));
    }

    @Test
    void packageLengthsCountThemselves() {
        assertEquals("110200", hex(Aml.buffer(new byte[0])));
        assertLength(58, 61, 1);
        assertLength(60, 63, 1);
        assertLength(61, 65, 2);
        assertLength(4000, 4005, 2);
        assertLength(5000, 5006, 3);
    }

    /** A buffer of so many bytes has this package length, in so many bytes. */
    private static void assertLength(int content, int length, int bytes) {
        byte[] term = Aml.buffer(new byte[content]);
        assertEquals(length, term.length - 1);
        int lead = term[1] & 0xFF;
        assertEquals(bytes - 1, lead >> 6);
        int decoded = bytes == 1 ? lead : lead & 15;
        for (int i = 1; i < bytes; i++) {
            decoded |= (term[1 + i] & 0xFF) << 8 * i - 4;
        }
        assertEquals(length, decoded);
    }

    @Test
    void resourceTemplatesEndWithATag() {
        byte[] template = new Resources().irq(4).ports(0x3F8, 8).template();
        assertArrayEquals(
                Aml.buffer(HexFormat.of().parseHex("221000" + "4701f803f8030108" + "7900")),
                template);
    }
}
