package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel.writeMsr;
import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import org.interposer.api.engine.CpuModel;
import org.interposer.api.engine.CpuState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What control registers and model-specific registers refuse (SDM vol. 3 §2.5, §2.2.1, §4.1,
 * §10.8.6; vol. 2 MOV CR, WRMSR).
 */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ControlRegistersTest {
    private static final int GP = 13;
    private static final long PE = 1, ET = 0x10, NW = 1 << 29, CD = 1 << 30, PG = 1L << 31;
    private static final long CR0 = 0x8005_0033L, CR4 = 0x620;
    private static final int PAE = 1 << 5, FSGSBASE = 1 << 16, SMEP = 1 << 20, SMAP = 1 << 21;
    private static final int EFER = 0xc000_0080;
    private static final long SCE = 1, LME = 1 << 8, LMA = 1 << 10, NXE = 1 << 11;
    private static final long NOT_CANONICAL = 1L << 47;

    private TestKernel k;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel();
    }

    @AfterEach
    void close() {
        k.close();
    }

    private void reopen(CpuModel model) throws Exception {
        k.close();
        k = new TestKernel(model);
    }

    /** mov rax, value; mov cr, rax. */
    private static String write(int cr, long value) {
        String rex = cr == 8 ? "44" : "";
        return "48b8"
                + little((int) value)
                + little((int) (value >>> 32))
                + rex
                + String.format("0f22%02x", 0xc0 | (cr & 7) << 3);
    }

    private void refused(int cr, long value) throws Exception {
        CpuState s = k.run(write(cr, value));
        assertEquals(GP, s.gpr()[CpuState.RDX], () -> "CR" + cr + " " + Long.toHexString(value));
        assertEquals(0, k.pushed(s, 0), "error code");
    }

    private CpuState taken(int cr, long value) throws Exception {
        k.start("31d2" + write(cr, value)); // xor edx, edx
        // Code in a page of the kernel's, which SMEP does not mind.
        k.m.put64(TestMachine.ROOT + 0x2000, 0x83);
        k.m.cpu(0).run();
        CpuState s = k.m.cpu(0).state();
        assertEquals(0, s.gpr()[CpuState.RDX], () -> "CR" + cr + " " + Long.toHexString(value));
        return s;
    }

    // --- CR0 -------------------------------------------------------------------------------------

    @Test
    void reservedBitsOfCr0AreIgnoredBelowAndRefusedAbove() throws Exception {
        assertEquals(CR0, taken(0, CR0 | 0x1ffa_ffc0 & ~(1 << 18)).control().cr0());
        for (int bit = 32; bit < 64; bit++) {
            refused(0, CR0 | 1L << bit);
        }
    }

    @Test
    void etOfCr0IsAlwaysSet() throws Exception {
        assertEquals(CR0, taken(0, CR0 & ~ET).control().cr0());
    }

    @Test
    void combinationsOfCr0ThatMakeNoSenseAreRefused() throws Exception {
        refused(0, CR0 & ~PE);
        refused(0, CR0 | NW);
        assertEquals(CR0 | NW | CD, taken(0, CR0 | NW | CD).control().cr0());
        taken(0, CR0 | CD);
    }

    @Test
    void pagingIsNotSwitchedOffInSixtyFourBitCode() throws Exception {
        refused(0, CR0 & ~PG);
        assertEquals(CR0, k.m.cpu(0).state().control().cr0());
    }

    @Test
    void protectedModeMayNotPageWithoutProtection() throws Exception {
        k.m.gate32(GP, TestKernel.OTHER);
        k.m.code(TestKernel.OTHER, "58 ba0d000000 f4"); // pop eax; mov edx, 13; hlt
        k.m.code(TestKernel.BODY, "31d2 b8" + little((int) PG) + "0f22c0 f4");
        k.m.protectedMode(0, TestKernel.BODY);
        k.m.cpu(0).run();
        assertEquals(GP, k.m.cpu(0).state().gpr()[CpuState.RDX]);
        assertEquals(0, k.m.cpu(0).state().gpr()[CpuState.RAX]);
    }

    @Test
    void tsAndEmMakeFloatingPointFault() throws Exception {
        String x87 = "d9ee", sse = "0f57c0", wait = "9b"; // fldz; xorps xmm0, xmm0
        long ts = 1 << 3, em = 1 << 2, mp = 1 << 1;
        String switched = write(0, CR0 | ts);
        TestKernel.exception(k.run(switched + x87), 7);
        TestKernel.exception(k.run(switched + sse), 7);
        TestKernel.exception(k.run(switched + wait), 7);
        String emulated = write(0, CR0 | em);
        TestKernel.exception(k.run(emulated + x87), 7);
        TestKernel.exception(k.run(emulated + sse), 6);
        String after = "0f06" + x87 + sse + wait + "cc"; // clts
        TestKernel.exception(k.run(switched + after), 3);
        TestKernel.exception(k.run(write(0, CR0 & ~mp | ts) + wait + "cc"), 3);
        TestKernel.exception(k.run(write(4, CR4 & ~(1 << 9)) + sse), 6); // OSFXSR
    }

    @Test
    void lmswChangesTheLowFourBitsAndDoesNotClearPe() throws Exception {
        // mov eax, value; lmsw ax
        assertEquals(CR0 & ~0xe, k.run("b800000000 0f01f0").control().cr0());
        assertEquals(CR0 | 0xe, k.run("b8ffff0000 0f01f0").control().cr0());
    }

    // --- CR3, CR4, CR8 ---------------------------------------------------------------------------

    @Test
    void cr3EndsAtThePhysicalAddressWidth() throws Exception {
        for (int bit = 48; bit < 64; bit++) {
            refused(3, TestMachine.ROOT | 1L << bit);
        }
        taken(3, TestMachine.ROOT | 0x18); // PWT and PCD.
    }

    @Test
    void reservedBitsOfCr4AreRefused() throws Exception {
        // VMXE, SMXE, 15, PCIDE, OSXSAVE, 19, PKE and all above: this processor has none of them.
        for (int bit : new int[] {12, 13, 14, 15, 17, 18, 19, 22, 23, 24, 25, 31, 32, 63}) {
            refused(4, CR4 | 1L << bit);
        }
    }

    @Test
    void virtual8086ExtensionsAreNotThere() throws Exception {
        refused(4, CR4 | 1);
        refused(4, CR4 | 2);
    }

    @Test
    void cr4TakesWhatTheHostModelShows() throws Exception {
        long all = 0x7fc | 1 << 11 | FSGSBASE | SMEP;
        assertEquals(all, taken(4, all).control().cr4());
    }

    @Test
    void cr4RefusesWhatCpuidDoesNotShow() throws Exception {
        reopen(new CpuModel("v2", Set.of(), Set.of()));
        for (long bit : new long[] {1 << 11, FSGSBASE, SMEP, SMAP}) {
            refused(4, CR4 | bit);
        }
        taken(4, 0x7fc);
        reopen(new CpuModel("host", Set.of("smap", "de", "pge"), Set.of()));
        refused(4, CR4 | SMAP);
        refused(4, CR4 | 1 << 3);
        refused(4, CR4 | 1 << 7);
        taken(4, CR4 | SMEP | FSGSBASE);
    }

    @Test
    void eferRefusesWhatCpuidDoesNotShow() throws Exception {
        reopen(new CpuModel("v2", Set.of("nx", "syscall"), Set.of()));
        refusedMsr(EFER, LME | LMA | NXE);
        refusedMsr(EFER, LME | LMA | SCE);
        takenMsr(EFER, LME | LMA);
    }

    @Test
    void paeStaysOnInLongMode() throws Exception {
        refused(4, CR4 & ~PAE);
    }

    @Test
    void cr8HasFourBits() throws Exception {
        assertEquals(15, taken(8, 15).control().cr8());
        for (int bit = 4; bit < 64; bit++) {
            refused(8, 1L << bit);
        }
    }

    @Test
    void otherControlRegistersAreUndefined() throws Exception {
        for (String cr : new String[] {"0f20c8", "0f22c8", "0f20e8", "440f20c8"}) { // 1, 5, 9
            TestKernel.exception(k.run(cr), 6);
        }
    }

    @Test
    void userCodeMayTouchNoneOfThem() throws Exception {
        for (String access :
                new String[] {"0f20c0", "0f22d8", "0f20e0", "440f20c0", "0f06", "0f32", "0f30"}) {
            k.fault(k.run(k.toUser(2, access)), GP, 0);
        }
    }

    // --- EFER and other MSRs ---------------------------------------------------------------------

    private void refusedMsr(int index, long value) throws Exception {
        CpuState s = k.run(writeMsr(index, value));
        assertEquals(GP, s.gpr()[CpuState.RDX], () -> Integer.toHexString(index));
        assertEquals(0, k.pushed(s, 0), "error code");
    }

    private CpuState takenMsr(int index, long value) throws Exception {
        CpuState s = k.run(writeMsr(index, value) + "31d2");
        assertEquals(0, s.gpr()[CpuState.RDX], () -> Integer.toHexString(index));
        return s;
    }

    @Test
    void reservedBitsOfEferAreRefused() throws Exception {
        for (int bit : new int[] {1, 7, 9, 12, 13, 16, 31, 32, 63}) {
            refusedMsr(EFER, LME | LMA | 1L << bit);
        }
        assertEquals(LME | LMA, takenMsr(EFER, LME | LMA).control().efer());
        assertEquals(SCE | LME | LMA | NXE, takenMsr(EFER, SCE | LME | NXE).control().efer());
    }

    @Test
    void longModeIsNotLeftByEfer() throws Exception {
        refusedMsr(EFER, SCE | LMA | NXE);
    }

    @Test
    void addressesThatAreNotCanonicalAreRefused() throws Exception {
        int[] addresses = {
            0x175, 0x176, 0xc000_0082, 0xc000_0083, 0xc000_0100, 0xc000_0101, 0xc000_0102
        };
        for (int index : addresses) {
            refusedMsr(index, NOT_CANONICAL);
            refusedMsr(index, ~NOT_CANONICAL);
            takenMsr(index, -NOT_CANONICAL);
            takenMsr(index, NOT_CANONICAL - 1);
        }
    }

    @Test
    void anMsrThatIsNotThereIsAProtectionFault() throws Exception {
        for (int index : new int[] {0x1234, 0x4000_0000, 0xc000_0200}) {
            refusedMsr(index, 0);
            k.fault(k.run("b9" + little(index) + "0f32"), GP, 0);
        }
    }

    @Test
    void aBankOfMachineChecksTakesAnyAddressButNoStatus() throws Exception {
        for (int bank = 0x400; bank < 0x428; bank += 4) {
            refusedMsr(bank, 1);
            takenMsr(bank, 0);
            takenMsr(bank, -1);
            refusedMsr(bank + 1, 1);
            assertEquals(NOT_CANONICAL, msr(takenMsr(bank + 2, NOT_CANONICAL), bank + 2));
            assertEquals(-1, msr(takenMsr(bank + 3, -1), bank + 3));
        }
        refusedMsr(0x428, 0);
    }

    @Test
    void memoryTypesThatAreReservedAreRefused() throws Exception {
        int pat = 0x277;
        for (long type : new long[] {2, 3, 8, 0xff}) {
            refusedMsr(pat, 0x0007_0406_0007_0406L & ~0xffL << 56 | type << 56);
        }
        assertEquals(0x0105_0607_0006_0400L, msr(takenMsr(pat, 0x0105_0607_0006_0400L), pat));
    }

    @Test
    void theAuxiliaryOfRdtscpHas32Bits() throws Exception {
        refusedMsr(0xc000_0103, 1L << 32);
        assertEquals(0x1_2345, msr(takenMsr(0xc000_0103, 0x1_2345), 0xc000_0103));
    }

    private static long msr(CpuState s, int index) {
        return s.msrs().get(index);
    }
}
