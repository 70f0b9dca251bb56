package org.interposer.tool.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Segment;
import org.interposer.api.engine.TestStates;
import org.interposer.api.machine.Machine;
import org.interposer.api.memory.GuestMemory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class VmDisasmTest {
    private static final int SIZE = 1 << 16, CODE = 0x8000;

    /** Where the page of {@link #CODE} is seen through the page tables below. */
    private static final long KERNEL = 0xffff_ffff_8000_0000L;

    private final FakeContainer container = new FakeContainer();
    private final VmDisasm command = new VmDisasm(container::open, new Objdump("objdump"));
    private final ByteBuffer ram = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    private List<CpuState> states = List.of();

    @BeforeEach
    void machine() {
        GuestMemory memory =
                FakeContainer.proxy(
                        GuestMemory.class,
                        (method, a) -> read((long) a[0], (byte[]) a[1], (int) a[2], (int) a[3]));
        container.services.add(
                FakeContainer.proxy(
                        Machine.class,
                        (method, arguments) ->
                                switch (method) {
                                    case "name" -> "demo";
                                    case "cpuStates" -> states;
                                    case "memory" -> Optional.of(memory);
                                    default -> throw new UnsupportedOperationException(method);
                                }));
    }

    private boolean read(long address, byte[] target, int offset, int length) {
        if (address < 0 || address + length > SIZE) {
            return false;
        }
        ram.get((int) address, target, offset, length);
        return true;
    }

    private void code(int address, String hex) {
        ram.put(address, HexFormat.of().parseHex(hex));
    }

    private static CpuState state(long rip, Segment cs, long cr0, long efer) {
        Segment none = new Segment(0, 0, 0, 0);
        return TestStates.running(
                new long[16],
                rip,
                cs,
                none,
                new CpuState.Control(cr0, 0, 0x1000, 0x20, 0, efer, 0, 1));
    }

    /** In 64-bit mode, with one page of code in the kernel's half. */
    private void longMode(long rip) {
        ram.putLong(0x1000 + 511 * 8, 0x2003);
        ram.putLong(0x2000 + 510 * 8, 0x3003);
        ram.putLong(0x3000, 0x4003);
        ram.putLong(0x4000, CODE | 3);
        states = List.of(state(rip, new Segment(0x10, 0, -1, 0xa09b), 0x8000_0001L, 0x500));
    }

    private String disasm(String... words) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/objdump")), "needs binutils");
        command.disasm(container.session(), words);
        return container.output();
    }

    @Test
    void codeIsFoundThroughThePageTablesAtRipOrAnAddress() throws Exception {
        longMode(KERNEL + 3);
        code(CODE, "0f01d9 4889c3 f4".replace(" ", ""));
        assertEquals(
                "ADDRESS           BYTES     INSTRUCTION\n"
                        + "ffffffff80000003  48 89 c3  mov    rbx,rax\n"
                        + "ffffffff80000006  f4        hlt\n",
                disasm("demo", "rip", "2"));
        assertTrue(disasm("demo", "0xffffffff80000000", "1").contains("0f 01 d9  vmmcall"));
    }

    @Test
    void whereMemoryEndsIsSaid() throws Exception {
        longMode(KERNEL);
        code(CODE + 0xffe, "90f4");
        String shown = disasm("demo", "ffffffff80000ffe");
        assertTrue(shown.endsWith("hlt\nffffffff80001000  memory ends here\n"), shown);
    }

    @Test
    void realModeAddsTheBaseOfCs() throws Exception {
        states = List.of(state(2, new Segment(0x800, CODE, 0xffff, 0x9b), 0x10, 0));
        code(CODE + 2, "b80100");
        assertTrue(
                disasm("demo", "rip", "1").contains("0000000000008002  b8 01 00  mov    ax,0x1"));
    }

    @Test
    void protectedModeIsOfTheSizeOfItsSegment() throws Exception {
        states = List.of(state(CODE, new Segment(8, 0, -1, 0xc09b), 1, 0));
        code(CODE, "b801000000");
        assertTrue(disasm("demo", "rip", "1").contains("mov    eax,0x1"));
    }

    @Test
    void mistakesAreNamed() {
        refused("does not run", "demo");
        longMode(KERNEL);
        refused("no memory at 0x1234", "demo", "1234");
        refused("not rip or a hexadecimal number", "demo", "main");
        refused("COUNT is '0'", "demo", "rip", "0");
        refused("--cpu is 1, not in 0", "demo", "--cpu", "1");
    }

    private void refused(String reason, String... words) {
        Exception e =
                assertThrows(Exception.class, () -> command.disasm(container.session(), words));
        assertTrue(e.getMessage().contains(reason), e.getMessage());
    }
}
