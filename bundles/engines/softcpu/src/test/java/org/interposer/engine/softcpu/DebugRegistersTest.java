package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel.HLT;
import static org.interposer.engine.softcpu.TestKernel.IRETQ;
import static org.interposer.engine.softcpu.TestKernel.OTHER;
import static org.interposer.engine.softcpu.TestKernel.begin;
import static org.interposer.engine.softcpu.TestMachine.length;
import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.interposer.api.engine.CpuState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Breakpoints of DR0–DR3 and what DR6 and DR7 tell of them (SDM vol. 3 §17.2, §17.3). */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DebugRegistersTest {
    private static final int DB = 1, UD = 6, GP = 13;
    private static final int DATA = 0x9000, DE = 8;

    /** DR7: what a breakpoint watches, and how many bytes. */
    private static final int EXECUTE = 0, WRITE = 1, PORT = 2, ACCESS = 3;

    private static final int[] LENGTH = {0, 0, 1, 0, 3, 0, 0, 0, 2};

    private static final int DR6_FIXED = 0xffff_0ff0, BD = 1 << 13, BS = 1 << 14, GD = 1 << 13;
    private static final int DR7_FIXED = 0x400;
    private static final String NOP = "90";

    /** mov [address], al; mov [address], eax; mov eax, [address]. */
    private static final String STORE8 = "880425", STORE32 = "890425", LOAD32 = "8b0425";

    private TestKernel k;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel();
        // inc r15; mov r14, dr6; mov r13, [rsp]; iretq
        k.m.gate(DB, OTHER, 0);
        k.m.code(OTHER, "49ffc7 410f21f6 4c8b2c24" + IRETQ);
    }

    @AfterEach
    void close() {
        k.close();
    }

    private static long hits(CpuState s) {
        return s.gpr()[15];
    }

    /** DR6 without its fixed bits, as the handler saw it. */
    private static long status(CpuState s) {
        assertEquals(DR6_FIXED, (int) s.gpr()[14] & DR6_FIXED);
        return s.gpr()[14] & 0xf00f;
    }

    private static long returns(CpuState s) {
        return s.gpr()[13];
    }

    private static String address(int n, long value) {
        // mov rax, value; mov dr[n], rax
        return "48b8"
                + little((int) value)
                + little((int) (value >>> 32))
                + String.format("0f23%02x", 0xc0 | n << 3);
    }

    private static String control(long value) {
        return "b8" + little((int) value) + "0f23f8"; // mov eax, value; mov dr7, rax
    }

    /** Global enable, condition and length of a breakpoint. */
    private static long enable(int n, int kind, int length) {
        return 2L << n * 2 | (long) (kind | LENGTH[length] << 2) << 16 + n * 4;
    }

    private static String watch(int n, long at, int kind, int length) {
        return address(n, at) + control(enable(n, kind, length));
    }

    private CpuState data(int kind, int length, String access, int at) throws Exception {
        return k.run(watch(0, DATA, kind, length) + access + little(at) + NOP);
    }

    // --- data (§17.2.4, §17.2.5, §17.3.1.2) ------------------------------------------------------

    @Test
    void aDataBreakpointIsATrapBehindTheInstruction() throws Exception {
        String before = watch(2, DATA, WRITE, 4) + STORE32 + little(DATA);
        CpuState s = k.run(before + NOP);
        assertEquals(1, hits(s));
        assertEquals(4, status(s), "B2");
        assertEquals(begin() + length(before), returns(s));
        assertEquals(enable(2, WRITE, 4), k.m.get32(DATA), "the store was done"); // EAX was DR7.
    }

    @Test
    void aWriteBreakpointIgnoresReads() throws Exception {
        assertEquals(0, hits(data(WRITE, 4, LOAD32, DATA)));
        assertEquals(1, hits(data(WRITE, 4, STORE32, DATA)));
        assertEquals(1, hits(data(ACCESS, 4, LOAD32, DATA)));
        assertEquals(1, hits(data(ACCESS, 4, STORE32, DATA)));
    }

    @Test
    void anyByteOfTheRangeHits() throws Exception {
        for (int length : new int[] {1, 2, 4, 8}) {
            assertEquals(0, hits(data(WRITE, length, STORE8, DATA - 1)), "below " + length);
            assertEquals(1, hits(data(WRITE, length, STORE8, DATA)), "first of " + length);
            assertEquals(1, hits(data(WRITE, length, STORE8, DATA + length - 1)), "last");
            assertEquals(0, hits(data(WRITE, length, STORE8, DATA + length)), "above " + length);
            assertEquals(1, hits(data(WRITE, length, STORE32, DATA - 3)), "reaching into it");
        }
    }

    @Test
    void theLengthMasksTheLowBitsOfTheAddress() throws Exception {
        String store = STORE8 + little(DATA);
        assertEquals(1, hits(k.run(watch(1, DATA + 3, WRITE, 4) + store)));
        assertEquals(0, hits(k.run(watch(1, DATA + 3, WRITE, 1) + store)));
        assertEquals(1, hits(k.run(watch(1, DATA + 7, WRITE, 8) + store)));
    }

    @Test
    void allThatWereHitAreToldAtOnce() throws Exception {
        String set = address(0, DATA) + address(1, DATA + 2) + address(3, DATA);
        long control = enable(0, WRITE, 1) | enable(1, ACCESS, 2) | enable(3, EXECUTE, 1);
        CpuState s = k.run(set + control(control) + STORE32 + little(DATA));
        assertEquals(1, hits(s));
        assertEquals(3, status(s));
    }

    @Test
    void aBreakpointThatIsNotEnabledIsNone() throws Exception {
        long control = enable(0, WRITE, 4) & ~2L;
        assertEquals(0, hits(k.run(address(0, DATA) + control(control) + STORE32 + little(DATA))));
        control |= 1; // L0
        assertEquals(1, hits(k.run(address(0, DATA) + control(control) + STORE32 + little(DATA))));
    }

    @Test
    void pushesAndReadModifyWriteAreAccesses() throws Exception {
        int top = TestMachine.STACK - 8;
        assertEquals(1, hits(k.run(watch(0, top, WRITE, 8) + "50")));
        assertEquals(1, hits(k.run(watch(0, DATA, WRITE, 4) + "ff0425" + little(DATA)))); // inc
        assertEquals(
                0, hits(k.run(watch(0, DATA, WRITE, 4) + "813c25" + little(DATA) + little(1))));
    }

    @Test
    void aRepeatedStoreTrapsBehindTheElementThatHits() throws Exception {
        // mov edi, DATA - 8; mov ecx, 16; rep stosb
        String set = watch(0, DATA, WRITE, 1) + "bf" + little(DATA - 8) + "b910000000";
        // The handler looks at RCX, too.
        k.m.code(OTHER, "49ffc7 4989cc 4c8b2c24" + IRETQ);
        CpuState s = k.run(set + "f3aa");
        assertEquals(1, hits(s));
        assertEquals(7, s.gpr()[12], "elements left");
        assertEquals(begin() + length(set), returns(s), "at the instruction, which goes on");
        assertEquals(0, s.gpr()[CpuState.RCX]);
    }

    @Test
    void anInstructionThatFaultsReportsNoHit() throws Exception {
        String set = watch(0, DATA, ACCESS, 8) + "48be" + little(DATA) + little(0); // mov rsi
        // mov rdi, 1 << 47; movsq: the load hits, the store faults
        CpuState s = k.run(set + "48bf" + little(0) + little(0x8000) + "48a5");
        k.fault(s, GP, 0);
        assertEquals(0, hits(s));
        assertEquals(0, s.debug()[4] & 0xf);
    }

    // --- instructions (§17.3.1.1) ----------------------------------------------------------------

    @Test
    void anInstructionBreakpointIsAFaultBeforeIt() throws Exception {
        // Without RF the breakpoint hits again: the handler takes it away.
        k.m.code(OTHER, "49ffc7 410f21f6 4c8b2c24 31c0 0f23f8" + IRETQ);
        String set = watch(1, 0, EXECUTE, 1);
        long at = begin() + length(set) + 3;
        CpuState s = k.run(watch(1, at, EXECUTE, 1) + "49ffc4" + "49ffc4 49ffc4"); // inc r12
        assertEquals(1, hits(s));
        assertEquals(2, status(s), "B1");
        assertEquals(at, returns(s));
        assertEquals(3, s.gpr()[12]);
    }

    @Test
    void itIsTheFirstByteThatCounts() throws Exception {
        String set = watch(1, 0, EXECUTE, 1);
        long at = begin() + length(set) + 1;
        assertEquals(0, hits(k.run(watch(1, at, EXECUTE, 1) + "49ffc4")));
    }

    @Test
    void itComesBeforeAnyOtherExceptionOfTheInstruction() throws Exception {
        k.m.code(OTHER, "49ffc7 410f21f6 4c8b2c24 31c0 0f23f8" + IRETQ);
        long at = begin() + length(watch(1, 0, EXECUTE, 1));
        CpuState s = k.run(watch(1, at, EXECUTE, 1) + "0f0b");
        assertEquals(1, hits(s));
        TestKernel.exception(s, UD);
    }

    // --- ports (§17.2.4, CR4.DE) -----------------------------------------------------------------

    private CpuState port(long cr4, int watched, int length, String access) throws Exception {
        // mov rax, cr4; or eax, ..; mov cr4, rax
        String extensions = "0f20e0 0d" + little((int) cr4) + "0f22e0";
        return k.run(extensions + watch(0, watched, PORT, length) + access + NOP);
    }

    @Test
    void aPortBreakpointNeedsDebuggingExtensions() throws Exception {
        String out = "e680"; // out 0x80, al
        assertEquals(0, hits(port(0, 0x80, 1, out)));
        CpuState s = port(DE, 0x80, 1, out);
        assertEquals(1, hits(s));
        assertEquals(1, status(s));
        assertEquals(s.rip() - 2, returns(s), "behind OUT");
    }

    @Test
    void aPortBreakpointHasALengthToo() throws Exception {
        assertEquals(1, hits(port(DE, 0x80, 2, "e681")));
        assertEquals(0, hits(port(DE, 0x80, 1, "e681")));
        assertEquals(1, hits(port(DE, 0x82, 1, "e580")), "in eax, 0x80 reads 0x82");
        assertEquals(0, hits(port(DE, DATA, 1, STORE8 + little(DATA))), "a port is no memory");
    }

    @Test
    void aRepeatedOutTrapsBehindEachUnit() throws Exception {
        // mov ecx, 3; mov edx, 0x80; mov esi, DATA; rep outsb
        String text = "b903000000 ba80000000 be" + little(DATA) + "f36e";
        CpuState s = port(DE, 0x80, 1, text);
        assertEquals(3, hits(s));
        assertEquals(s.rip() - 2, returns(s), "the last behind all");
    }

    // --- DR6 and DR7 (§17.2.3, §17.2.4) ----------------------------------------------------------

    @Test
    void generalDetectionStopsBeforeTheAccessAndEndsInTheHandler() throws Exception {
        String set = control(GD);
        CpuState s = k.run(set + "0f21c3" + NOP); // mov rbx, dr0
        assertEquals(1, hits(s), "the handler reads DR6 freely");
        assertEquals(BD, status(s));
        assertEquals(begin() + length(set), returns(s), "a fault");
        assertEquals(DR7_FIXED, s.debug()[5], "GD is clear");
        k.m.code(OTHER, HLT);
        assertEquals(0, k.run(set + "0f23c0").debug()[0], "and writes, too");
    }

    @Test
    void aSingleStepIsToldInBs() throws Exception {
        k.m.code(OTHER, "49ffc7 410f21f6 4c8b2c24 4881642410fffeffff" + IRETQ);
        CpuState s = k.run("6802010000 9d" + NOP + NOP);
        assertEquals(1, hits(s));
        assertEquals(BS, status(s));
        assertEquals(begin() + 7, returns(s));
    }

    @Test
    void aStepThatHitsTellsBoth() throws Exception {
        k.m.code(OTHER, "49ffc7 410f21f6 4c8b2c24 4881642410fffeffff" + IRETQ);
        CpuState s = k.run(watch(0, DATA, WRITE, 1) + "6802010000 9d" + STORE8 + little(DATA));
        assertEquals(1, hits(s));
        assertEquals(BS | 1, status(s));
    }

    @Test
    void onlySoftwareClearsBsAndBd() throws Exception {
        // A step first, whose BS stays; then a data breakpoint. The hits are of the last alone.
        k.m.code(OTHER, "49ffc7 410f21f6 4c8b2c24 4881642410fffeffff" + IRETQ);
        String stepped = watch(0, DATA, WRITE, 1) + "6802010000 9d" + STORE8 + little(DATA);
        String again = address(0, 0) + watch(1, DATA, WRITE, 1) + STORE8 + little(DATA);
        CpuState s = k.run(stepped + again);
        assertEquals(2, hits(s));
        assertEquals(BS | 2, status(s), "BS is left, B0 is not");
    }

    @Test
    void fixedBitsOfDr6AndDr7StayAsTheyAre() throws Exception {
        // xor eax, eax; mov dr6, rax; mov dr7, rax
        CpuState s = k.run("31c0 0f23f0 0f23f8");
        assertEquals(DR6_FIXED & 0xffff_ffffL, s.debug()[4]);
        assertEquals(DR7_FIXED, s.debug()[5]);
        s = k.run("b8ffffffff 0f23f0" + control(0xffff_dfff & ~0xff));
        assertEquals((DR6_FIXED | 0xe00f) & 0xffff_ffffL, s.debug()[4]);
        assertEquals(0xffff_0700L, s.debug()[5]);
    }

    @Test
    void theUpperHalfOfDr6AndDr7IsReserved() throws Exception {
        String wide = "48b8" + little(0) + little(1); // mov rax, 1 << 32
        k.fault(k.run(wide + "0f23f0"), GP, 0);
        k.fault(k.run(wide + "0f23f8"), GP, 0);
        assertEquals(1L << 32, k.run(wide + "0f23d0").debug()[2], "addresses have 64 bits");
    }

    @Test
    void dr4AndDr5AreAliasesWithoutDebuggingExtensions() throws Exception {
        CpuState s = k.run("b801000000 0f23e0 0f21eb"); // mov dr4, rax; mov rbx, dr5
        assertEquals(1, s.debug()[4] & 0xf);
        assertEquals(DR7_FIXED, s.gpr()[CpuState.RBX]);
        TestKernel.exception(k.run("0f20e0 0c08 0f22e0" + "0f21e3"), UD); // CR4.DE; mov rbx, dr4
    }

    @Test
    void userCodeMayNotTouchThem() throws Exception {
        k.fault(k.run(k.toUser(2, "0f21c3")), GP, 0);
        k.fault(k.run(k.toUser(2, "0f23c3")), GP, 0);
    }

    @Test
    void clflushIsALoadOfAByte() throws Exception {
        String flush = "0fae3c25";
        assertEquals(1, hits(data(ACCESS, 1, flush, DATA)));
        assertEquals(0, hits(data(WRITE, 1, flush, DATA)));
        assertEquals(0, hits(data(ACCESS, 1, flush, DATA + 1)));
    }

    // --- INT1 (vol. 2 INT1) ----------------------------------------------------------------------

    @Test
    void int1IsNoBreakpointOfTheRegistersAndAsksNoPrivilege() throws Exception {
        k.m.code(OTHER, "49ffc7 410f21f6 4c8b2c24 fa" + HLT);
        CpuState s = k.run("f1" + NOP);
        assertEquals(begin() + 1, returns(s), "behind it");
        assertEquals(0, status(s));
        s = k.run(k.toUser(2, "f1"));
        assertEquals(1, hits(s), "though the gate is the kernel's");
        k.fault(k.run(k.toUser(2, "cd01")), GP, DB * 8 + 2);
    }

    @Test
    void int1TakesTheBreakpointThatMovSsHeldBack() throws Exception {
        k.m.put32(DATA, TestMachine.DATA);
        String text = watch(1, DATA, ACCESS, 4) + "8e1425" + little(DATA) + "f1"; // mov ss, [DATA]
        CpuState s = k.run(text + NOP);
        assertEquals(1, hits(s));
        assertEquals(2, status(s));
        assertEquals(begin() + length(text), returns(s));
    }

    @Test
    void aStepOverMovSsIsNoTrapAtAll() throws Exception {
        k.m.code(OTHER, "49ffc7 410f21f6 4c8b2c24 fa" + HLT);
        // push flags with TF; popf; mov ss, eax; int1
        CpuState s = k.run("b810000000 6802010000 9d 8ed0 f1" + NOP);
        assertEquals(1, hits(s));
        assertEquals(0, status(s), "not BS");
    }
}
