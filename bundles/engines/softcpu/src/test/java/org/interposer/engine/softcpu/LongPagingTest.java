package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel.writeMsr;
import static org.interposer.engine.softcpu.TestMachine.ROOT;
import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.Set;
import org.interposer.api.engine.CpuModel;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** 4-level paging (SDM vol. 3 §4.5–4.8). */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LongPagingTest {
    private static final long P = 1, W = 2, U = 4, ACCESSED = 0x20, DIRTY = 0x40, LARGE = 0x80;
    private static final long GLOBAL = 0x100, NX = 1L << 63, ALL = P | W | U;

    /** Page-fault error code (SDM vol. 3 figure 4-12). */
    private static final int PRESENT = 1, WRITE = 2, USER = 4, RESERVED = 8, FETCH = 16;

    private static final int PF = 14, GP = 13;

    /** Tables of the tested addresses, the data there, and another place for it. */
    private static final int POINTERS = 0x20000, DIRECTORY = 0x21000, TABLE = 0x22000;

    private static final int FRAME = 0x30_0000, OTHER_FRAME = 0x31_0000;

    /** The last 2 MiB below 128 TiB, and a page of them. */
    private static final long TOP = 0x7fff_ffe0_0000L, PAGE = TOP + 0x5000;

    private static final int TOP_ENTRY = ROOT + 255 * 8, POINTER = POINTERS + 511 * 8;
    private static final int DIRECTORY_ENTRY = DIRECTORY + 511 * 8, ENTRY = TABLE + 5 * 8;
    private static final long CR0 = 0x8005_0033L, CR0_WP = 1 << 16;

    private TestKernel k;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel();
        k.m.put64(FRAME + 0x18, 0x1122_3344_5566_7788L);
        k.m.put64(OTHER_FRAME + 0x18, 0x99);
    }

    @AfterEach
    void close() {
        k.close();
    }

    /** Runs with all the tables in place, but for what the test has put into one entry. */
    private CpuState run(long at, long entry, String hex) throws Exception {
        k.start(hex);
        k.m.put64(TOP_ENTRY, POINTERS | ALL);
        k.m.put64(POINTER, DIRECTORY | ALL);
        k.m.put64(DIRECTORY_ENTRY, TABLE | ALL);
        k.m.put64(ENTRY, FRAME | ALL);
        k.m.put64(at, entry);
        assertInstanceOf(VcpuExit.Stuck.class, k.m.cpu(0).run());
        return k.m.cpu(0).state();
    }

    private static String address(long value) {
        return "49b8" + little((int) value) + little((int) (value >>> 32)); // mov r8, value
    }

    private static String load(long at) {
        return address(at) + "4d8b10"; // mov r10, [r8]
    }

    private static String store(long at) {
        return address(at) + "4d8900"; // mov [r8], r8
    }

    private static String jump(long at) {
        return address(at) + "41ffe0"; // jmp r8
    }

    private static String nxe(long efer) {
        return writeMsr(0xc000_0080, 0x501 | efer);
    }

    private void fault(CpuState s, int error, long at) {
        k.fault(s, PF, error);
        assertEquals(at, s.control().cr2(), "CR2");
    }

    private static long r10(CpuState s) {
        return s.gpr()[10];
    }

    // --- sizes -----------------------------------------------------------------------------------

    @Test
    void fourLevelsLeadToAPageOfFourKilobytes() throws Exception {
        assertEquals(0x1122_3344_5566_7788L, r10(run(ENTRY, FRAME | ALL, load(PAGE + 0x18))));
        assertEquals(FRAME | ALL | ACCESSED, k.m.get64(ENTRY));
        assertEquals(TABLE | ALL | ACCESSED, k.m.get64(DIRECTORY_ENTRY));
        assertEquals(DIRECTORY | ALL | ACCESSED, k.m.get64(POINTER));
        assertEquals(POINTERS | ALL | ACCESSED, k.m.get64(TOP_ENTRY));
    }

    @Test
    void aStoreMarksTheLeafAloneAsDirty() throws Exception {
        run(ENTRY, FRAME | ALL, store(PAGE + 0x18));
        assertEquals(PAGE + 0x18, k.m.get64(FRAME + 0x18));
        assertEquals(FRAME | ALL | ACCESSED | DIRTY, k.m.get64(ENTRY));
        assertEquals(TABLE | ALL | ACCESSED, k.m.get64(DIRECTORY_ENTRY));
    }

    @Test
    void aStoreBehindALoadMarksItToo() throws Exception {
        run(ENTRY, FRAME | ALL, load(PAGE) + store(PAGE + 8));
        assertEquals(FRAME | ALL | ACCESSED | DIRTY, k.m.get64(ENTRY));
    }

    @Test
    void aDirectoryEntryMayBeAPageOfTwoMegabytes() throws Exception {
        long entry = 0x20_0000 | ALL | LARGE;
        String at = load(TOP + 0x10_0018);
        assertEquals(0x1122_3344_5566_7788L, r10(run(DIRECTORY_ENTRY, entry, at)));
        assertEquals(entry | ACCESSED, k.m.get64(DIRECTORY_ENTRY));
    }

    @Test
    void aPointerMayBeAPageOfOneGigabyte() throws Exception {
        long gigabyte = TOP & -(1L << 30);
        String both = load(gigabyte + FRAME + 0x18) + store(gigabyte + OTHER_FRAME);
        assertEquals(0x1122_3344_5566_7788L, r10(run(POINTER, ALL | LARGE, both)));
        assertEquals(gigabyte + OTHER_FRAME, k.m.get64(OTHER_FRAME));
        assertEquals(ALL | LARGE | ACCESSED | DIRTY, k.m.get64(POINTER));
    }

    @Test
    void thatIsReservedWhereCpuidDoesNotShowIt() throws Exception {
        k.close();
        k = new TestKernel(new CpuModel("v2", Set.of(), Set.of()));
        long gigabyte = TOP & -(1L << 30);
        CpuState s = run(POINTER, ALL | LARGE, load(gigabyte));
        fault(s, PRESENT | RESERVED, gigabyte);
    }

    @Test
    void theUpperHalfIsSignExtended() throws Exception {
        long high = -(1L << 47);
        int entry = ROOT + 256 * 8;
        String at = load(high + (PAGE & (1L << 39) - 1) + 0x18);
        assertEquals(0x1122_3344_5566_7788L, r10(run(entry, POINTERS | ALL, at)));
        k.fault(run(entry, POINTERS | ALL, load(1L << 47)), GP, 0);
    }

    // --- faults (§4.7) ---------------------------------------------------------------------------

    @Test
    void anEntryOfAnyLevelMayBeMissing() throws Exception {
        for (int entry : new int[] {TOP_ENTRY, POINTER, DIRECTORY_ENTRY, ENTRY}) {
            fault(run(entry, 0, load(PAGE + 0x18)), 0, PAGE + 0x18);
            fault(run(entry, ~P, store(PAGE + 0x18)), WRITE, PAGE + 0x18);
        }
    }

    @Test
    void eachLevelMayForbidToWrite() throws Exception {
        int[] entries = {TOP_ENTRY, POINTER, DIRECTORY_ENTRY, ENTRY};
        int[] tables = {POINTERS, DIRECTORY, TABLE, FRAME};
        for (int i = 0; i < entries.length; i++) {
            fault(run(entries[i], tables[i] | P | U, store(PAGE)), PRESENT | WRITE, PAGE);
            long kept = run(entries[i], tables[i] | P | U, load(PAGE + 0x18)).gpr()[10];
            assertEquals(0x1122_3344_5566_7788L, kept);
        }
        // mov rax, CR0 without WP; mov cr0, rax
        String unprotected = "b8" + little((int) (CR0 & ~CR0_WP)) + "0f22c0";
        run(ENTRY, FRAME | P, unprotected + store(PAGE));
        assertEquals(PAGE, k.m.get64(FRAME));
    }

    @Test
    void eachLevelMayKeepUserCodeOut() throws Exception {
        int[] entries = {TOP_ENTRY, POINTER, DIRECTORY_ENTRY, ENTRY};
        int[] tables = {POINTERS, DIRECTORY, TABLE, FRAME};
        for (int i = 0; i < entries.length; i++) {
            String user = k.toUser(2, load(PAGE));
            fault(run(entries[i], tables[i] | P | W, user), PRESENT | USER, PAGE);
            user = k.toUser(2, store(PAGE));
            fault(run(entries[i], tables[i] | P | W, user), PRESENT | USER | WRITE, PAGE);
        }
        // Write protection binds user code also without WP.
        String unprotected = "b8" + little((int) (CR0 & ~CR0_WP)) + "0f22c0";
        String user = unprotected + k.toUser(2, store(PAGE));
        fault(run(ENTRY, FRAME | P | U, user), PRESENT | USER | WRITE, PAGE);
    }

    @Test
    void eachLevelMayForbidToExecute() throws Exception {
        int[] entries = {TOP_ENTRY, POINTER, DIRECTORY_ENTRY, ENTRY};
        int[] tables = {POINTERS, DIRECTORY, TABLE, FRAME};
        for (int i = 0; i < entries.length; i++) {
            long entry = tables[i] | ALL | NX;
            fault(run(entries[i], entry, nxe(0x800) + jump(PAGE)), PRESENT | FETCH, PAGE);
            String user = nxe(0x800) + k.toUser(2, jump(PAGE));
            fault(run(entries[i], entry, user), PRESENT | USER | FETCH, PAGE);
            String loads = nxe(0x800) + load(PAGE + 0x18);
            assertEquals(0x1122_3344_5566_7788L, r10(run(entries[i], entry, loads)));
        }
    }

    @Test
    void withoutNxeItsBitIsReserved() throws Exception {
        long entry = FRAME | ALL | NX;
        fault(run(ENTRY, entry, nxe(0) + load(PAGE)), PRESENT | RESERVED, PAGE);
        // A fetch is told as one only where execution can be forbidden.
        fault(run(ENTRY, 0, nxe(0) + jump(PAGE)), 0, PAGE);
        fault(run(ENTRY, 0, nxe(0x800) + jump(PAGE)), FETCH, PAGE);
    }

    @Test
    void reservedBitsOfEntriesAreReported() throws Exception {
        int error = PRESENT | RESERVED;
        for (int bit = 48; bit < 52; bit++) {
            fault(run(ENTRY, FRAME | ALL | 1L << bit, load(PAGE)), error, PAGE);
            fault(run(POINTER, DIRECTORY | ALL | 1L << bit, load(PAGE)), error, PAGE);
        }
        fault(run(TOP_ENTRY, POINTERS | ALL | LARGE, load(PAGE)), error, PAGE);
        fault(run(DIRECTORY_ENTRY, 1 << 13 | ALL | LARGE, load(PAGE)), error, PAGE);
        fault(run(DIRECTORY_ENTRY, 1 << 20 | ALL | LARGE, store(PAGE)), error | WRITE, PAGE);
        fault(run(POINTER, 1 << 13 | ALL | LARGE, load(PAGE)), error, PAGE);
        fault(run(POINTER, 1 << 29 | ALL | LARGE, load(PAGE)), error, PAGE);
    }

    @Test
    void bitsThatSoftwareMayUseAndPatAreNotReserved() throws Exception {
        long ignored = 0xe00 | 0x7fL << 52;
        assertEquals(0x99, r10(run(ENTRY, OTHER_FRAME | ALL | ignored, load(PAGE + 0x18))));
        long pat = 1 << 12;
        String at = load(TOP + 0x11_0018);
        assertEquals(0x99, r10(run(DIRECTORY_ENTRY, 0x20_0000 | ALL | LARGE | pat, at)));
        assertEquals(0x99, r10(run(ENTRY, OTHER_FRAME | ALL | LARGE, load(PAGE + 0x18))));
    }

    @Test
    void anAccessThatFaultsMarksNothingDirty() throws Exception {
        run(ENTRY, FRAME | P | U, store(PAGE));
        assertEquals(0, k.m.get64(ENTRY) & DIRTY);
    }

    @Test
    void anAccessAcrossPagesFaultsAtTheSecond() throws Exception {
        // The next entry is empty.
        fault(run(ENTRY, FRAME | ALL, store(PAGE + 0xffc)), WRITE, PAGE + 0x1000);
        assertEquals(0, k.m.get64(FRAME + 0xff8));
    }

    // --- what is remembered (§4.10) --------------------------------------------------------------

    private static String remap(long entry) {
        // mov qword [ENTRY], entry
        return "48c70425" + little(ENTRY) + little((int) entry);
    }

    @Test
    void invlpgAndMovToCr3ForgetAPage() throws Exception {
        String before = load(PAGE + 0x18) + remap(OTHER_FRAME | ALL);
        String invlpg = address(PAGE) + "410f0138";
        String reload = "0f20d8 0f22d8"; // mov rax, cr3; mov cr3, rax
        assertEquals(0x99, r10(run(ENTRY, FRAME | ALL, before + invlpg + load(PAGE + 0x18))));
        assertEquals(0x99, r10(run(ENTRY, FRAME | ALL, before + reload + load(PAGE + 0x18))));
    }

    @Test
    void clearingPgeForgetsGlobalPages() throws Exception {
        String on = "0f20e0 0c80 0f22e0", off = "0f20e0 247f 0f22e0"; // CR4.PGE
        String before = on + load(PAGE + 0x18) + remap(OTHER_FRAME | ALL | GLOBAL) + off;
        assertEquals(0x99, r10(run(ENTRY, FRAME | ALL | GLOBAL, before + load(PAGE + 0x18))));
    }

    @Test
    void aFaultForgetsWhatItWasAbout() throws Exception {
        // The handler of the fault makes the page writable and returns, without INVLPG (§4.10.4.3).
        k.m.gate(PF, TestKernel.OTHER, 0);
        String handler = "49ffc7 4883c408"; // inc r15; add rsp, 8
        k.m.code(TestKernel.OTHER, handler + remap(FRAME | ALL) + TestKernel.IRETQ);
        CpuState s = run(ENTRY, FRAME | P | U, load(PAGE) + store(PAGE));
        assertEquals(1, s.gpr()[15]);
        assertEquals(PAGE, k.m.get64(FRAME));
    }
}
