package org.interposer.tool.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.interposer.tool.shell.Objdump.Line;
import org.junit.jupiter.api.Test;

final class ObjdumpTest {
    private static List<Line> lines(String hex, long address, int bits) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/objdump")), "needs binutils");
        return new Objdump("objdump").disassemble(HexFormat.of().parseHex(hex), address, bits);
    }

    @Test
    void instructionsHaveAddressBytesAndTextInIntelsSyntax() throws Exception {
        long base = 0xffff_ffff_8100_0000L;
        assertEquals(
                List.of(
                        new Line(base, "e8 fb 0f 00 00", "call   0xffffffff81001000"),
                        new Line(base + 5, "48 89 c3", "mov    rbx,rax"),
                        new Line(base + 8, "0f 0b", "ud2")),
                lines("e8fb0f0000 4889c3 0f0b".replace(" ", ""), base, 64));
    }

    @Test
    void theSameBytesReadOtherwiseInEachMode() throws Exception {
        String hex = "b801000000";
        assertEquals("mov    eax,0x1", lines(hex, 0, 64).get(0).text());
        assertEquals("mov    eax,0x1", lines(hex, 0, 32).get(0).text());
        assertEquals("mov    ax,0x1", lines(hex, 0, 16).get(0).text());
        assertEquals("dec    eax", lines("4889c3", 0, 32).get(0).text());
    }

    @Test
    void zeroesAndLongInstructionsAreShownWhole() throws Exception {
        assertEquals(8, lines("00".repeat(16), 0x1000, 64).size());
        Line nop = lines("6666666666662e0f1f840000000000", 0x1000, 64).get(0);
        assertEquals("66 66 66 66 66 66 2e 0f 1f 84 00 00 00 00 00", nop.bytes());
    }

    @Test
    void aMissingProgramNamesItsPackage() {
        Exception e =
                assertThrows(
                        IllegalStateException.class,
                        () -> new Objdump("no-such-objdump").disassemble(new byte[1], 0, 64));
        assertTrue(e.getMessage().contains("install the Debian package binutils"));
    }
}
