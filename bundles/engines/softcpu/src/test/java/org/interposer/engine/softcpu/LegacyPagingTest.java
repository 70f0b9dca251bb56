package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.engine.CpuModel;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.memory.GuestMemoryFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Paging of 32-bit mode: two levels, and PAE's three (SDM vol. 3 §4.3, §4.4, §4.7). */
class LegacyPagingTest {
    private static final int BODY = 0x10000, HANDLER = 0x11000, PF = 14, GP = 13;
    private static final int DIRECTORY = 0x20000, TABLE = 0x21000, POINTERS = 0x22000;
    private static final int P = 1, W = 2, U = 4, ACCESSED = 0x20, DIRTY = 0x40, LARGE = 0x80;
    private static final String HLT = "f4";

    /** Page-fault error code (SDM vol. 3 figure 4-12). */
    private static final int PRESENT = 1, WRITE = 2, RESERVED = 8, FETCH = 16;

    /** A page of the first 4 MiB that the tests change, and its entry. */
    private static final int PAGE = 0x9000, ENTRY = TABLE + (PAGE >> 12) * 4;

    /** CPUID: PSE-36. */
    private static final int PSE36 = 17;

    /** Bytes of memory, of which some lie above 4 GiB. */
    private static final long HIGH = GuestMemoryFactory.HOLE_START + 32 * TestMachine.MIB;

    private TestMachine m;

    @BeforeEach
    void open() throws Exception {
        open(32 * TestMachine.MIB, CpuModel.HOST);
    }

    private void open(long bytes, CpuModel model) throws Exception {
        m = new TestMachine(1, bytes, model);
        m.gate32(PF, HANDLER);
        m.gate32(GP, HANDLER);
        m.code(HANDLER, "58 0f20d2" + HLT); // pop eax; mov edx, cr2; hlt
        for (int i = 0; i < 1024; i++) {
            m.put32(TABLE + 4 * i, i << 12 | P | W | U);
        }
        m.put32(DIRECTORY, TABLE | P | W | U);
    }

    @AfterEach
    void close() {
        m.close();
    }

    /** Sets CR3 and CR4, then paging, then runs the rest until HLT. */
    private CpuState run(int cr3, int cr4, int cr0, String rest) throws Exception {
        m.code(
                BODY,
                "b8"
                        + little(cr3)
                        + "0f22d8" // mov cr3, eax
                        + "b8"
                        + little(cr4)
                        + "0f22e0" // mov cr4, eax
                        + "b8"
                        + little(0x8000_0011 | cr0)
                        + "0f22c0" // mov cr0, eax
                        + "b800000000"
                        + rest
                        + HLT);
        m.protectedMode(0, BODY);
        assertInstanceOf(VcpuExit.Stuck.class, m.cpu(0).run());
        return m.cpu(0).state();
    }

    private static String load(int address) {
        return "8b1d" + little(address); // mov ebx, [address]
    }

    private static String store(int address) {
        return "c705" + little(address) + "78563412"; // mov dword [address], 0x12345678
    }

    private static long rbx(CpuState s) {
        return s.gpr()[CpuState.RBX];
    }

    private static void fault(CpuState s, int error, long address) {
        assertEquals(error, s.gpr()[CpuState.RAX], "error code");
        assertEquals(address, s.gpr()[CpuState.RDX], "CR2");
    }

    @Test
    void twoLevelsTranslateAndMarkTheirEntries() throws Exception {
        m.put32(ENTRY, 0x30_0000 | P | W);
        m.put32(0x30_0010, 0xcafe_f00dL);
        assertEquals(0xcafe_f00dL, rbx(run(DIRECTORY, 0, 0, load(PAGE + 0x10))));
        assertEquals(0x30_0000 | P | W | ACCESSED, m.get32(ENTRY));
        assertEquals(TABLE | P | W | U | ACCESSED, m.get32(DIRECTORY));
        run(DIRECTORY, 0, 0, store(PAGE + 0x10));
        assertEquals(0x30_0000 | P | W | ACCESSED | DIRTY, m.get32(ENTRY));
        assertEquals(0x1234_5678, m.get32(0x30_0010));
    }

    @Test
    void aPageThatIsNotThereTellsReadFromWrite() throws Exception {
        m.put32(ENTRY, 0);
        fault(run(DIRECTORY, 0, 0, load(PAGE + 8)), 0, PAGE + 8);
        fault(run(DIRECTORY, 0, 0, store(PAGE + 8)), WRITE, PAGE + 8);
        m.put32(ENTRY, PAGE | P | W);
        m.put32(DIRECTORY + 4, 0);
        fault(run(DIRECTORY, 0, 0, load(0x40_0000)), 0, 0x40_0000);
    }

    @Test
    void writeProtectionBindsTheKernelOnlyWithWp() throws Exception {
        m.put32(ENTRY, PAGE | P);
        run(DIRECTORY, 0, 0, store(PAGE));
        assertEquals(0x1234_5678, m.get32(PAGE));
        fault(run(DIRECTORY, 0, 1 << 16, store(PAGE)), PRESENT | WRITE, PAGE);
    }

    @Test
    void largePagesAreFourMegabytesWithPseAndTablesWithout() throws Exception {
        m.put32(DIRECTORY + 8, 0x80_0000 | P | W | LARGE);
        m.put32(0x80_0123, 0x5555_aaaa);
        assertEquals(0x5555_aaaa, rbx(run(DIRECTORY, 0x10, 0, load(0x80_0123))));
        // Without CR4.PSE the same entry names a table at 8 MiB, whose first entry is 0.
        fault(run(DIRECTORY, 0, 0, load(0x80_0123)), 0, 0x80_0123);
    }

    @Test
    void aReservedBitOfALargePageIsReported() throws Exception {
        m.put32(DIRECTORY + 8, 0x80_0000 | 1 << 21 | P | W | LARGE);
        fault(run(DIRECTORY, 0x10, 0, load(0x80_0000)), PRESENT | RESERVED, 0x80_0000);
    }

    @Test
    void anAccessAcrossPagesFaultsWithoutAnyOfItDone() throws Exception {
        m.put32(ENTRY + 4, 0);
        m.put64(PAGE + 0xff8, 0x1111_1111_1111_1111L);
        fault(run(DIRECTORY, 0, 0, store(PAGE + 0xffe)), WRITE, PAGE + 0x1000);
        assertEquals(0x1111_1111_1111_1111L, m.get64(PAGE + 0xff8));
    }

    @Test
    void anEntryIsRememberedUntilInvlpgOrCr3() throws Exception {
        m.put32(0x30_0000, 0x1111);
        m.put32(0x31_0000, 0x2222);
        m.put32(ENTRY, 0x30_0000 | P | W);
        String remap = "c705" + little(ENTRY) + little(0x31_0000 | P | W);
        String invlpg = "0f013d" + little(PAGE);
        String reload = "0f20d8 0f22d8"; // mov eax, cr3; mov cr3, eax
        assertEquals(0x2222, rbx(run(DIRECTORY, 0, 0, load(PAGE) + remap + invlpg + load(PAGE))));
        m.put32(ENTRY, 0x30_0000 | P | W);
        assertEquals(0x2222, rbx(run(DIRECTORY, 0, 0, load(PAGE) + remap + reload + load(PAGE))));
    }

    @Test
    void invlpgForgetsAGlobalPage() throws Exception {
        m.put32(0x30_0000, 0x1111);
        m.put32(0x31_0000, 0x2222);
        int global = 1 << 8, pge = 0x80;
        m.put32(ENTRY, 0x30_0000 | P | W | global);
        String remap = "c705" + little(ENTRY) + little(0x31_0000 | P | W | global);
        String invlpg = "0f013d" + little(PAGE);
        assertEquals(0x2222, rbx(run(DIRECTORY, pge, 0, load(PAGE) + remap + invlpg + load(PAGE))));
    }

    // --- 4 MiB pages above 4 GiB (§4.3, table 4-4) -----------------------------------------------

    /** Another machine, with memory above 4 GiB. */
    private void reopen(Set<String> removed) throws Exception {
        m.close();
        open(HIGH, new CpuModel("host", removed, Set.of()));
    }

    private boolean shows(int leaf, int bit) {
        int[] result = new int[4];
        m.cpu(0).env().cpuid(leaf, 0, result);
        return (result[3] & 1 << bit) != 0;
    }

    @Test
    void aLargePageMayLieAboveFourGigabytes() throws Exception {
        reopen(Set.of());
        assertTrue(shows(1, PSE36) && shows(0x8000_0001, PSE36));
        m.put32(DIRECTORY + 8, 0x40_0000 | 1 << 13 | P | W | LARGE);
        m.put32(0x1_0040_0123L, 0x5555_aaaa);
        assertEquals(0x5555_aaaa, rbx(run(DIRECTORY, 0x10, 0, load(0x80_0123))));
        run(DIRECTORY, 0x10, 0, store(0x80_0456));
        assertEquals(0x1234_5678, m.get32(0x1_0040_0456L));
        long marked = 0x40_0000 | 1 << 13 | P | W | LARGE | ACCESSED | DIRTY;
        assertEquals(marked, m.get32(DIRECTORY + 8));
    }

    @Test
    void codeMayLieThereToo() throws Exception {
        reopen(Set.of());
        m.put32(DIRECTORY + 8, 0x40_0000 | 1 << 13 | P | W | LARGE);
        m.code(0x1_0040_0010L, "bb78563412" + HLT); // mov ebx, 0x12345678
        CpuState s = run(DIRECTORY, 0x10, 0, "b810008000 ffe0"); // mov eax, 0x800010; jmp eax
        assertEquals(0x1234_5678, rbx(s));
        assertEquals(0x80_0016, s.rip());
    }

    @Test
    void allEightBitsCountButNotTheNext() throws Exception {
        // Nothing is there but a device.
        m.bus.map(
                AddressSpace.MMIO,
                0xff_0080_0000L,
                8,
                IoBus.PRIORITY_PLATFORM,
                "far away",
                new IoHandler() {
                    @Override
                    public long read(long offset, int size) {
                        return 0x7788_9900 + offset;
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        // Not asked for.
                    }
                });
        m.put32(DIRECTORY + 8, 0x80_0000 | 0xff << 13 | P | W | LARGE);
        assertEquals(0x7788_9904, rbx(run(DIRECTORY, 0x10, 0, load(0x80_0004))));
        m.put32(DIRECTORY + 8, 0x80_0000 | 0x1ff << 13 | P | W | LARGE);
        fault(run(DIRECTORY, 0x10, 0, load(0x80_0004)), PRESENT | RESERVED, 0x80_0004);
    }

    @Test
    void theirBitsAreReservedWhereCpuidDoesNotShowThem() throws Exception {
        reopen(Set.of("pse36"));
        assertFalse(shows(1, PSE36) || shows(0x8000_0001, PSE36));
        for (int bit = 13; bit <= 21; bit++) {
            m.put32(DIRECTORY + 8, 0x80_0000 | 1 << bit | P | W | LARGE);
            fault(run(DIRECTORY, 0x10, 0, load(0x80_0000)), PRESENT | RESERVED, 0x80_0000);
        }
        m.put32(DIRECTORY + 8, 0x80_0000 | 1 << 12 | P | W | LARGE); // PAT
        m.put32(0x80_0123, 0x5555_aaaa);
        assertEquals(0x5555_aaaa, rbx(run(DIRECTORY, 0x10, 0, load(0x80_0123))));
    }

    // --- PAE (§4.4) ------------------------------------------------------------------------------

    private void pae() {
        m.put64(POINTERS, DIRECTORY + 0x4000 | P);
        for (int i = 0; i < 512; i++) {
            m.put64(DIRECTORY + 0x4000 + 8 * i, (long) i << 21 | P | W | U | LARGE);
        }
    }

    @Test
    void paeHasThreeLevelsAndTwoMegabytePages() throws Exception {
        pae();
        m.put64(DIRECTORY + 0x4000 + 8 * 3, 0xa0_0000 | P | W | LARGE);
        m.put32(0xa0_0456, 0x7788_9900);
        assertEquals(0x7788_9900, rbx(run(POINTERS, 0x20, 0, load(0x60_0456))));
        assertEquals(0xa0_0000 | P | W | LARGE | ACCESSED, m.get64(DIRECTORY + 0x4000 + 8 * 3));
        fault(run(POINTERS, 0x20, 0, load(0x4000_0000)), 0, 0x4000_0000);
    }

    @Test
    void aReservedBitOfAPointerIsAProtectionFaultOfMovToCr() throws Exception {
        pae();
        m.put64(POINTERS + 8, DIRECTORY | P | 1 << 5);
        CpuState s = run(POINTERS, 0x20, 0, "90");
        assertEquals(0, s.gpr()[CpuState.RAX], "#GP(0)");
        assertEquals(0, s.control().cr0() >>> 31, "paging stays off");
    }

    @Test
    void executeDisableIsAFetchFault() throws Exception {
        pae();
        m.put64(DIRECTORY + 0x4000 + 8 * 3, 0x60_0000 | P | W | LARGE | 1L << 63);
        String nxe = "b9800000c0 0f32 0d00080000 0f30"; // mov ecx, EFER; rdmsr; or eax, NXE; wrmsr
        String jump = "b800006000 ffe0"; // mov eax, 0x600000; jmp eax
        fault(run(POINTERS, 0x20, 0, nxe + jump), PRESENT | FETCH, 0x60_0000);
        // Without EFER.NXE the bit is reserved.
        fault(run(POINTERS, 0x20, 0, load(0x60_0000)), PRESENT | RESERVED, 0x60_0000);
    }
}
