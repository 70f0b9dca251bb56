package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel.CODE32;
import static org.interposer.engine.softcpu.TestKernel.CODE64;
import static org.interposer.engine.softcpu.TestKernel.CONFORMING;
import static org.interposer.engine.softcpu.TestKernel.DPL3;
import static org.interposer.engine.softcpu.TestKernel.HLT;
import static org.interposer.engine.softcpu.TestKernel.IRETQ;
import static org.interposer.engine.softcpu.TestKernel.KERNEL_STACK;
import static org.interposer.engine.softcpu.TestKernel.OTHER;
import static org.interposer.engine.softcpu.TestKernel.TASK;
import static org.interposer.engine.softcpu.TestKernel.TESTED;
import static org.interposer.engine.softcpu.TestKernel.USER;
import static org.interposer.engine.softcpu.TestKernel.USER_CODE;
import static org.interposer.engine.softcpu.TestKernel.USER_DATA;
import static org.interposer.engine.softcpu.TestKernel.USER_STACK;
import static org.interposer.engine.softcpu.TestKernel.exception;
import static org.interposer.engine.softcpu.TestKernel.writeMsr;
import static org.interposer.engine.softcpu.TestMachine.CODE;
import static org.interposer.engine.softcpu.TestMachine.DATA;
import static org.interposer.engine.softcpu.TestMachine.GDT;
import static org.interposer.engine.softcpu.TestMachine.ROOT;
import static org.interposer.engine.softcpu.TestMachine.STACK;
import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Segments, gates and modes of a 64-bit kernel (SDM vol. 3 §3.5, §5.8, §9.8.5; vol. 2 SWAPGS, LLDT,
 * JMP).
 */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LongModeTest {
    private static final int UD = 6, NP = 11, GP = 13;
    private static final int GS_BASE = 0xc000_0101, KERNEL_GS_BASE = 0xc000_0102;
    private static final int LDT = 0x9800, POINTER = 0x9100, VALUE = 0x9018;
    private static final long PRESENT = 1L << 47, ACCESSED = 1L << 40;
    private static final String NOP = "90", UNDEFINED = "0f0b";

    /** mov rbx, fs:[0x18]. */
    private static final String LOAD_FS = "64488b1c2518000000";

    private TestKernel k;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel();
        k.m.put64(VALUE, 0x1234_5678);
    }

    @AfterEach
    void close() {
        k.close();
    }

    private static long rbx(CpuState s) {
        return s.gpr()[CpuState.RBX];
    }

    private void tested(long low, long high) {
        k.m.put64(GDT + TESTED, low);
        k.m.put64(GDT + TESTED + 8, high);
    }

    private static long data(long base, int limit) {
        return limit | (base & 0xff_ffff) << 16 | 0x0040_9300_0000_0000L | base >>> 24 << 56;
    }

    /** jmp and call m16:32. */
    private String far(boolean call, long offset, int selector) {
        k.m.put64(POINTER, offset | (long) selector << 32);
        return (call ? "ff1c25" : "ff2c25") + little(POINTER);
    }

    private static String loadFs(int selector) {
        return "b8" + little(selector) + "8ee0"; // mov eax, selector; mov fs, eax
    }

    // --- LDT -------------------------------------------------------------------------------------

    private static String lldt(int selector) {
        return "b8" + little(selector) + "0f00d0";
    }

    private void ldt(long base, int limit) {
        long low = limit | (base & 0xff_ffff) << 16 | 0x8200L << 32 | (base >>> 24 & 0xff) << 56;
        tested(low, base >>> 32);
    }

    @Test
    void aLocalTableHasItsOwnSelectors() throws Exception {
        ldt(LDT, 15);
        k.m.put64(LDT, data(0x9000, 0xfff)); // Unlike that of the GDT its first entry counts.
        assertEquals(0x1234_5678, rbx(k.run(lldt(TESTED) + loadFs(4) + LOAD_FS)));
        CpuState s = k.m.cpu(0).state();
        assertEquals(4, s.segments().fs().selector());
        assertEquals(LDT, s.segments().ldt().base());
        k.fault(k.run(lldt(TESTED) + loadFs(0x15)), GP, 0x14); // Beyond its limit.
    }

    @Test
    void itsBaseHasSixtyFourBits() throws Exception {
        long high = -(1L << 47);
        ldt(high | LDT, 7);
        k.m.put64(LDT, data(0x9000, 0xfff));
        k.start(lldt(TESTED) + loadFs(4) + LOAD_FS);
        k.m.put64(ROOT + 256 * 8, ROOT + 0x1000 | 7); // The same memory there.
        assertInstanceOf(VcpuExit.Stuck.class, k.m.cpu(0).run());
        assertEquals(0x1234_5678, rbx(k.m.cpu(0).state()));
        ldt(1L << 47 | LDT, 7);
        k.fault(k.run(lldt(TESTED)), GP, TESTED);
    }

    @Test
    void withoutALocalTableItsSelectorsNameNothing() throws Exception {
        k.fault(k.run(lldt(0) + loadFs(0xc)), GP, 0xc);
    }

    @Test
    void whatIsNoLocalTableIsRefused() throws Exception {
        ldt(LDT, 15);
        k.m.put64(GDT + TESTED, k.m.get64(GDT + TESTED) & ~PRESENT);
        k.fault(k.run(lldt(TESTED)), NP, TESTED);
        k.fault(k.run(lldt(DATA)), GP, DATA);
        k.fault(k.run(lldt(TASK)), GP, TASK);
        k.fault(k.run(lldt(TESTED | 4)), GP, TESTED | 4);
        k.m.put64(GDT + 0x78, 0x0000_8200_0000_000fL); // Half of it is beyond the GDT.
        k.fault(k.run(lldt(0x78)), GP, 0x78);
        k.fault(k.run(k.toUser(2, lldt(0))), GP, 0);
    }

    @Test
    void codeMayBeInALocalTable() throws Exception {
        ldt(LDT, 15);
        k.m.put64(LDT + 8, CODE64);
        k.m.code(OTHER, "8ccb" + HLT); // mov ebx, cs
        assertEquals(0xc, rbx(k.run(lldt(TESTED) + far(false, OTHER, 0xc))));
    }

    @Test
    void theTaskRegisterMarksItsSegmentBusy() throws Exception {
        k.run(NOP);
        assertEquals(0x8b, k.m.get64(GDT + TASK) >>> 40 & 0xff);
        k.fault(k.run("b828000000 0f00d8"), GP, TASK);
    }

    // --- segments of 64-bit mode -----------------------------------------------------------------

    @Test
    void limitsAreNotCheckedAndOnlyFsAndGsHaveABase() throws Exception {
        tested(data(0x9000, 7), 0);
        assertEquals(0x1234_5678, rbx(k.run(loadFs(TESTED) + LOAD_FS)));
        // mov ds, eax; mov rbx, [VALUE]
        assertEquals(0x1234_5678, rbx(k.run(loadFs(TESTED) + "8ed8 488b1c25" + little(VALUE))));
    }

    @Test
    void theKernelMayHaveNoStackSegment() throws Exception {
        CpuState s = k.run("31c0 8ed0 50 5b"); // xor eax, eax; mov ss, eax; push rax; pop rbx
        assertEquals(0, s.segments().ss().selector());
        k.fault(k.run(k.toUser(2, "b803000000 8ed0")), GP, 0);
    }

    // --- conforming code (§5.8.1.2) --------------------------------------------------------------

    @Test
    void conformingCodeRunsAtTheLevelOfItsCaller() throws Exception {
        tested(CODE64 | CONFORMING, 0);
        k.m.code(OTHER, "8cc9" + UNDEFINED); // mov ecx, cs
        CpuState s = k.run(k.toUser(2, far(false, OTHER, TESTED)));
        exception(s, UD);
        assertEquals(TESTED | 3, s.gpr()[CpuState.RCX]);
        assertEquals(TESTED | 3, k.pushed(s, 1));
        s = k.run(k.toUser(2, far(true, OTHER, TESTED | 3)));
        assertEquals(TESTED | 3, s.gpr()[CpuState.RCX], "called");
        assertEquals(USER_STACK - 8, k.pushed(s, 3), "RSP");
        assertEquals(TESTED, k.run(far(false, OTHER, TESTED)).gpr()[CpuState.RCX]);
    }

    @Test
    void codeOfAnotherLevelIsNotJumpedTo() throws Exception {
        k.m.code(OTHER, HLT);
        k.fault(k.run(k.toUser(2, far(false, OTHER, CODE))), GP, CODE);
        k.fault(k.run(far(false, OTHER, USER_CODE & ~3)), GP, USER_CODE & ~3);
        tested(CODE64 | CONFORMING | DPL3, 0);
        k.fault(k.run(far(false, OTHER, TESTED)), GP, TESTED);
        tested(CODE64 & ~PRESENT, 0);
        k.fault(k.run(far(false, OTHER, TESTED)), NP, TESTED);
        k.fault(k.run(far(false, OTHER, DATA)), GP, DATA);
        k.fault(k.run(far(false, OTHER, 0)), GP, 0);
    }

    @Test
    void conformingCodeMayBeReadFromAnyLevel() throws Exception {
        tested(CODE64 | CONFORMING, 0);
        String end = UNDEFINED;
        exception(k.run(k.toUser(2, loadFs(TESTED) + end)), UD);
        tested(CODE64, 0);
        k.fault(k.run(k.toUser(2, loadFs(TESTED) + end)), GP, TESTED);
    }

    @Test
    void aFarJumpMarksItsSegmentAccessed() throws Exception {
        tested(CODE64 & ~ACCESSED, 0);
        k.m.code(OTHER, HLT);
        k.run(far(false, OTHER, TESTED));
        assertEquals(CODE64, k.m.get64(GDT + TESTED));
    }

    // --- call gates (§5.8.3.1) -------------------------------------------------------------------

    private void callGate(int selector, long upper) {
        tested(
                OTHER & 0xffff | (long) selector << 16 | 0xec00L << 32 | (long) OTHER >>> 16 << 48,
                upper);
    }

    @Test
    void aCallGateTakesRsp0AndRetfGoesBack() throws Exception {
        callGate(CODE, 0);
        k.m.code(OTHER, "4889e6 8cd7 48cb"); // mov rsi, rsp; mov edi, ss; retfq
        CpuState s = k.run(k.toUser(2, far(true, 0, TESTED | 3) + UNDEFINED));
        exception(s, UD);
        long frame = s.gpr()[CpuState.RSI];
        assertEquals(KERNEL_STACK - 32, frame);
        assertEquals(0, s.gpr()[CpuState.RDI], "SS is null");
        assertEquals(USER + 7, k.pushed(s, 0), "back behind the call");
        assertEquals(USER_CODE, k.pushed(s, 1));
        assertEquals(USER_STACK, k.pushed(s, 3));
        assertEquals(USER_DATA, k.pushed(s, 4));
    }

    @Test
    void aCallGateThatIsWrongIsRefused() throws Exception {
        String call = far(true, 0, TESTED);
        callGate(CODE, 1L << 40);
        k.fault(k.run(call), GP, TESTED);
        callGate(0, 0);
        k.fault(k.run(call), GP, 0);
        callGate(DATA, 0);
        k.fault(k.run(call), GP, DATA);
        callGate(0x50, 0);
        k.m.put64(GDT + 0x50, CODE32); // Gates lead to 64-bit code.
        k.fault(k.run(call), GP, 0x50);
        callGate(CODE, 0x8000);
        k.fault(k.run(call), GP, 0); // Not canonical.
    }

    // --- compatibility mode ----------------------------------------------------------------------

    @Test
    void aFarJumpSwitchesToCompatibilityModeAndBack() throws Exception {
        tested(CODE32, 0);
        // 48 is DEC EAX there; then jmp CODE:OTHER + 0x40, where it is a prefix again.
        k.m.code(OTHER, "48 ea" + little(OTHER + 0x40) + "0800");
        k.m.code(OTHER + 0x40, "48ffc0 8ccb" + HLT); // inc rax; mov ebx, cs
        // mov r8, -1; mov rax, -1
        CpuState s = k.run("49c7c0ffffffff 48c7c0ffffffff" + far(false, OTHER, TESTED));
        assertEquals(0xffff_ffffL, s.gpr()[CpuState.RAX], "a 32-bit result, then a 64-bit one");
        assertEquals(-1, s.gpr()[8], "not to be seen there, but kept");
        assertEquals(CODE, rbx(s));
    }

    @Test
    void compatibilityModeChecksLimitsAndBases() throws Exception {
        tested(CODE32, 0);
        k.m.put64(GDT + 0x50, data(0x9000, 0x1b));
        String load = loadFs(0x50) + "648b1d"; // mov ebx, fs:[..]
        k.m.code(OTHER, load + little(0x18) + "89de" + HLT); // mov esi, ebx
        CpuState s = k.run(far(false, OTHER, TESTED));
        assertEquals(0x1234_5678, s.gpr()[CpuState.RSI]);
        k.m.code(OTHER, load + little(0x19) + HLT);
        s = k.run(far(false, OTHER, TESTED));
        k.fault(s, GP, 0);
        assertEquals(TESTED, k.pushed(s, 2), "CS");
    }

    @Test
    void anExceptionThereGoesThroughASixtyFourBitGate() throws Exception {
        tested(CODE32, 0);
        k.m.code(OTHER, "83ec04" + UNDEFINED); // sub esp, 4
        CpuState s = k.run(far(false, OTHER, TESTED));
        exception(s, UD);
        assertEquals((STACK - 4 & ~15) - 40, rbx(s));
        assertEquals(OTHER + 3, k.pushed(s, 0));
        assertEquals(TESTED, k.pushed(s, 1));
        assertEquals(STACK - 4, k.pushed(s, 3));
        assertEquals(DATA, k.pushed(s, 4));
    }

    @Test
    void iretqReturnsToCompatibilityMode() throws Exception {
        tested(CODE32 | DPL3, 0);
        k.m.code(USER, "b805000000 48 89c7" + UNDEFINED); // mov eax, 5; dec eax; mov edi, eax
        String frame = "6a23 68" + little(USER_STACK) + "6802000000 6a3b 68" + little(USER);
        CpuState s = k.run(frame + IRETQ);
        exception(s, UD);
        assertEquals(4, s.gpr()[CpuState.RDI]);
        assertEquals(TESTED | 3, k.pushed(s, 1));
    }

    @Test
    void codeIsSixtyFourOrThirtyTwoBitsNotBoth() throws Exception {
        tested(CODE64 | 1L << 54, 0);
        k.fault(k.run(far(false, OTHER, TESTED)), GP, TESTED);
    }

    @Test
    void longModeIsLeftAndEnteredAgainInCompatibilityMode() throws Exception {
        tested(CODE32, 0);
        // mov eax, cr0; btr eax, 31; mov cr0, eax; mov ecx, EFER; rdmsr; mov edi, eax;
        // mov eax, cr0; bts eax, 31; mov cr0, eax; rdmsr; mov esi, eax; hlt
        k.m.code(
                OTHER,
                "0f20c0 0fbaf01f 0f22c0 b9800000c0 0f32 89c7"
                        + "0f20c0 0fbae81f 0f22c0 0f32 89c6"
                        + HLT);
        CpuState s = k.run(far(false, OTHER, TESTED));
        assertEquals(0x901, s.gpr()[CpuState.RDI], "EFER.LMA is clear, LME is not");
        assertEquals(0xd01, s.gpr()[CpuState.RSI]);
    }

    @Test
    void longModeNeedsPaeAndNoSixteenBitTask() throws Exception {
        String pae = "b820000000 0f22e0 b8" + little(ROOT) + "0f22d8"; // mov cr4, ..; mov cr3, ..
        longModeIsRefused("");
        k.m.put64(GDT + TASK, 0x0000_8100_0000_002bL);
        longModeIsRefused(pae + "b828000000 0f00d8"); // ltr
    }

    private void longModeIsRefused(String hex) throws Exception {
        k.m.gate32(GP, OTHER);
        k.m.code(OTHER, "58 bf0d000000" + HLT); // pop eax; mov edi, 13
        String paging = "0f20c0 0fbae81f 0f22c0";
        k.m.code(TestKernel.BODY, hex + writeMsr(0xc000_0080, 0x100) + paging + HLT);
        k.m.protectedMode(0, TestKernel.BODY);
        assertInstanceOf(VcpuExit.Stuck.class, k.m.cpu(0).run());
        CpuState s = k.m.cpu(0).state();
        assertEquals(GP, s.gpr()[CpuState.RDI]);
        assertEquals(0, s.gpr()[CpuState.RAX], "error code");
    }

    // --- SWAPGS ----------------------------------------------------------------------------------

    @Test
    void swapgsExchangesTheBaseOfGs() throws Exception {
        String bases = writeMsr(GS_BASE, 0x1000) + writeMsr(KERNEL_GS_BASE, 0x9000);
        // swapgs; mov rbx, gs:[0x18]
        CpuState s = k.run(bases + "0f01f8 65488b1c2518000000");
        assertEquals(0x1234_5678, rbx(s));
        assertEquals(0x9000, s.segments().gs().base());
        assertEquals(0x1000, s.msrs().get(KERNEL_GS_BASE));
        assertEquals(0x1000, k.run(bases + "0f01f8 0f01f8").segments().gs().base());
    }

    @Test
    void swapgsIsTheKernelsAndOfSixtyFourBitMode() throws Exception {
        k.fault(k.run(k.toUser(2, "0f01f8")), GP, 0);
        tested(CODE32, 0);
        k.m.code(OTHER, "0f01f8" + HLT);
        exception(k.run(far(false, OTHER, TESTED)), UD);
    }

    @Test
    void x87InstructionsLeaveTheirSelectorsBehind() throws Exception {
        // mov ds, eax; fld dword [VALUE]; fnstenv [VALUE + 0x40]
        k.run("b810000000 8ed8 d90425" + little(VALUE) + "d93425" + little(VALUE + 0x40));
        assertEquals(8, k.m.get32(VALUE + 0x50) & 0xffff, "CS");
        assertEquals(0x10, k.m.get32(VALUE + 0x58) & 0xffff, "DS");
    }
}
