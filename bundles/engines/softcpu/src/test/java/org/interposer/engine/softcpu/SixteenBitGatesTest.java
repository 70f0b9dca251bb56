package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel32.BODY;
import static org.interposer.engine.softcpu.TestKernel32.GATE;
import static org.interposer.engine.softcpu.TestKernel32.HLT;
import static org.interposer.engine.softcpu.TestKernel32.KERNEL_STACK;
import static org.interposer.engine.softcpu.TestKernel32.OTHER;
import static org.interposer.engine.softcpu.TestKernel32.TASK;
import static org.interposer.engine.softcpu.TestKernel32.TESTED;
import static org.interposer.engine.softcpu.TestKernel32.TSS;
import static org.interposer.engine.softcpu.TestKernel32.USER;
import static org.interposer.engine.softcpu.TestKernel32.USER_CODE;
import static org.interposer.engine.softcpu.TestKernel32.USER_DATA;
import static org.interposer.engine.softcpu.TestKernel32.USER_STACK;
import static org.interposer.engine.softcpu.TestKernel32.fault;
import static org.interposer.engine.softcpu.TestKernel32.loadFs;
import static org.interposer.engine.softcpu.TestKernel32.toUser;
import static org.interposer.engine.softcpu.TestMachine.CODE;
import static org.interposer.engine.softcpu.TestMachine.DATA;
import static org.interposer.engine.softcpu.TestMachine.GDT;
import static org.interposer.engine.softcpu.TestMachine.IDT;
import static org.interposer.engine.softcpu.TestMachine.STACK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.stream.LongStream;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Gates and task segments of the 80286 in a 32-bit system (SDM vol. 3 §5.8, §6.12, §7.6, §21.4;
 * vol. 2 CALL, INT n, IRET).
 */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SixteenBitGatesTest {
    private static final int INTERRUPT16 = 6, TRAP16 = 7, VECTOR = 0x40;
    private static final int TS = 10, SS = 12, GP = 13;
    private static final long CF = 1, IF = 1 << 9, ID = 1 << 21;
    private static final String INT = "cd40", IRET16 = "66cf", UNDEFINED = "0f0b";

    /** mov ebx, esp; hlt. */
    private static final String REPORT = "89e3" + HLT;

    /** Where segments with a base have it. */
    private static final int BASE = 0x20000;

    private static final long DATA16 = 0x9302_0000_ffffL, CODE16 = 0x9b02_0000_ffffL;

    private TestKernel32 k;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel32();
        k.m.code(OTHER, REPORT);
        gate(VECTOR, INTERRUPT16, CODE, OTHER);
    }

    @AfterEach
    void close() {
        k.close();
    }

    /** A gate that level 3 may use; what a 16-bit one reserves is set. */
    private static long descriptor(int type, int count, int selector, int target) {
        return target & 0xffff
                | (long) selector << 16
                | (long) (0xe000 | type << 8 | count) << 32
                | 0x7fffL << 48;
    }

    private void gate(int vector, int type, int selector, int target) {
        k.m.put64(IDT + vector * 8L, descriptor(type, 0, selector, target));
    }

    private void callGate(int count, int selector, int target) {
        k.m.put64(GDT + GATE, descriptor(4, count, selector, target));
    }

    /** A task segment of 16 bits: SP and SS of level 0. */
    private void task16(int sp, int ss) {
        k.m.put32(TSS, (long) sp << 16);
        k.m.put32(TSS + 4, ss);
        k.task(0x81, 0x2b);
    }

    private CpuState runUser(String hex) throws Exception {
        k.m.code(USER, hex);
        return k.run(toUser(2));
    }

    /**
     * A fault whose handler has level 3, since there is no stack for another: it takes the error
     * code, and then #GP (#UD has no gate), #TS or #SS, and #DF shut the processor down.
     */
    private void faultsWithoutStack(String hex, int vector, int error) throws Exception {
        int handler = USER + 0x100;
        k.m.gate32(vector, handler);
        long gate = k.m.get64(IDT + vector * 8L);
        k.m.put64(IDT + vector * 8L, gate & ~0xffff_0000L | (long) USER_CODE << 16);
        k.m.put64(IDT + 6 * 8, 0);
        k.m.code(handler, "58" + UNDEFINED); // pop eax
        k.m.code(USER, hex);
        k.prepare(toUser(2));
        assertInstanceOf(VcpuExit.TripleFault.class, k.m.cpu(0).run());
        assertEquals(error, k.m.cpu(0).state().gpr()[CpuState.RAX]);
    }

    private static long ebx(CpuState s) {
        return s.gpr()[CpuState.RBX];
    }

    /** The words from an address up. */
    private void words(long at, long... expected) {
        long[] found =
                LongStream.range(0, expected.length)
                        .map(i -> k.m.get64(at + 2 * i) & 0xffff)
                        .toArray();
        assertArrayEquals(expected, found);
    }

    // --- interrupts at the same level (§6.12.1) --------------------------------------------------

    @Test
    void theFrameIsThreeWords() throws Exception {
        CpuState s = k.run(INT);
        assertEquals(STACK - 6, ebx(s));
        words(STACK - 6, BODY + 2, CODE, 2);
    }

    @Test
    void anErrorCodeIsAWordToo() throws Exception {
        gate(GP, INTERRUPT16, CODE, OTHER);
        CpuState s = k.run(loadFs(0x80));
        assertEquals(STACK - 8, ebx(s));
        words(STACK - 8, 0x80, BODY + 5, CODE);
    }

    @Test
    void theUpperHalfOfTheReturnAddressIsLost() throws Exception {
        k.m.code(0x1_2345, INT + HLT);
        CpuState s = k.run("b845230100 ffe0"); // mov eax, 0x12345; jmp eax
        assertEquals(STACK - 6, ebx(s));
        words(STACK - 6, 0x2347, CODE);
    }

    @Test
    void anInterruptGateClearsIfAndATrapGateDoesNot() throws Exception {
        k.m.code(OTHER, "9c 59 fa" + REPORT); // pushfd; pop ecx; cli
        assertEquals(0, k.run("fb" + INT).gpr()[CpuState.RCX] & IF);
        words(STACK - 2, 2 | IF);
        gate(VECTOR, TRAP16, CODE, OTHER);
        assertEquals(IF, k.run("fb" + INT).gpr()[CpuState.RCX] & IF);
    }

    @Test
    void iretReturnsAndRestoresTheLowerFlagsOnly() throws Exception {
        k.m.code(OTHER, "6a02 9d" + IRET16); // push 2; popfd
        CpuState s = k.run("6803002000 9d" + INT + REPORT); // push ID | CF; popfd
        assertEquals(STACK, ebx(s));
        assertEquals(CF, s.rflags() & (CF | ID), "the handler has cleared ID for good");
        assertEquals(BODY + 11, s.rip());
    }

    @Test
    void theHandlerMayBeSixteenBitCode() throws Exception {
        k.m.put64(GDT + TESTED, CODE16);
        gate(VECTOR, INTERRUPT16, TESTED, OTHER);
        k.m.code(BASE + OTHER, "b93412 8cca cf"); // mov cx, 0x1234; mov dx, cs; iret
        CpuState s = k.run("31c9 31d2" + INT + REPORT); // xor ecx, ecx; xor edx, edx
        assertEquals(0x1234, s.gpr()[CpuState.RCX]);
        assertEquals(TESTED, s.gpr()[CpuState.RDX]);
        assertEquals(STACK, ebx(s));
        assertEquals(CODE, s.segments().cs().selector());
    }

    // --- interrupts from level 3 (§6.12.1, §7.6) -------------------------------------------------

    @Test
    void aGateOfSixteenBitsTakesTheStackOfATaskOfThirtyTwo() throws Exception {
        CpuState s = runUser(INT);
        assertEquals(KERNEL_STACK - 10, ebx(s));
        words(KERNEL_STACK - 10, USER + 2, USER_CODE, 2, USER_STACK, USER_DATA);
        assertEquals(CODE, s.segments().cs().selector());
        assertEquals(DATA, s.segments().ss().selector());
    }

    @Test
    void aTaskOfSixteenBitsHasItsStackElsewhere() throws Exception {
        task16(0x9800, DATA);
        CpuState s = runUser(INT);
        assertEquals(0x9800 - 10, ebx(s));
        words(0x9800 - 10, USER + 2, USER_CODE, 2, USER_STACK, USER_DATA);
        assertEquals(0x83, k.m.get64(GDT + TASK) >>> 40 & 0xff, "busy");
    }

    @Test
    void theGateAndNotTheTaskSaysHowWideTheFrameIs() throws Exception {
        task16(0x9800, DATA);
        k.m.gate32(VECTOR, OTHER);
        CpuState s = runUser(INT);
        assertEquals(0x9800 - 20, ebx(s));
        assertEquals(USER + 2, k.m.get32(0x9800 - 20));
        assertEquals(USER_DATA, k.m.get32(0x9800 - 4));
    }

    @Test
    void theInnerStackMayBeOfSixteenBits() throws Exception {
        k.m.put64(GDT + TESTED, DATA16);
        task16(4, TESTED); // The frame wraps at 64 KiB.
        CpuState s = runUser(INT);
        assertEquals(0xfffa, ebx(s));
        words(BASE + 0xfffa, USER + 2, USER_CODE, 2);
        words(BASE, USER_STACK, USER_DATA);
        assertEquals(TESTED, s.segments().ss().selector());
    }

    @Test
    void iretGoesBackToLevelThree() throws Exception {
        task16(0x9800, DATA);
        k.m.code(OTHER, "31ed" + IRET16); // xor ebp, ebp
        CpuState s = runUser("f9 45" + INT + "89e3 8cd1 0f92c2" + UNDEFINED); // stc; inc ebp
        assertEquals(6, s.gpr()[CpuState.RDX], "#UD");
        assertEquals(USER_STACK, ebx(s));
        assertEquals(USER_DATA, s.gpr()[CpuState.RCX]);
        assertEquals(USER + 4 + 7, s.gpr()[CpuState.RAX], "EIP of UD2");
        assertEquals(0, s.gpr()[CpuState.RBP]);
        assertEquals(CF, k.m.get32(0x9800 - 12) & CF);
    }

    @Test
    void aTaskThatIsTooShortOrHasNoStackIsInvalid() throws Exception {
        task16(0x9800, DATA);
        k.task(0x81, 4); // SS0 ends at byte 5.
        faultsWithoutStack(INT, TS, TASK);
        k.task(0x81, 5);
        assertEquals(0x9800 - 10, ebx(runUser(INT)));
        task16(0x9800, 0);
        faultsWithoutStack(INT, TS, 0);
    }

    // --- call gates (§5.8.3–5.8.6, §21.4) --------------------------------------------------------

    /** call GATE | 3: 0. */
    private static final String CALL = "9a00000000" + "3b00";

    @Test
    void aCallAtTheSameLevelPushesTwoWords() throws Exception {
        callGate(3, CODE, OTHER);
        CpuState s = k.run(CALL.replace("3b", "38"));
        assertEquals(STACK - 4, ebx(s));
        words(STACK - 4, BODY + 7, CODE);
        k.m.code(OTHER, "66cb"); // retf
        s = k.run(CALL.replace("3b", "38") + REPORT);
        assertEquals(STACK, ebx(s));
    }

    @Test
    void aCallToAnInnerLevelCopiesWords() throws Exception {
        callGate(3, CODE, OTHER);
        CpuState s = runUser("666a01 666a02 666a03" + CALL); // Three words.
        assertEquals(KERNEL_STACK - 14, ebx(s));
        int sp = USER_STACK - 6;
        words(KERNEL_STACK - 14, USER + 16, USER_CODE, 3, 2, 1, sp, USER_DATA);
    }

    @Test
    void aCallWithoutParametersCopiesNone() throws Exception {
        task16(0x9800, DATA);
        callGate(0, CODE, OTHER);
        CpuState s = runUser(CALL);
        assertEquals(0x9800 - 8, ebx(s));
        words(0x9800 - 8, USER + 7, USER_CODE, USER_STACK, USER_DATA);
    }

    @Test
    void aReturnTakesTheParametersOffBothStacks() throws Exception {
        task16(0x9800, DATA);
        callGate(2, CODE, OTHER);
        k.m.code(OTHER, "668b4c2404 66ca0400"); // mov cx, [esp + 4]; retf 4
        CpuState s = runUser("666a01 666a02" + CALL + "89e3 8cd6" + UNDEFINED); // mov esi, ss
        assertEquals(2, s.gpr()[CpuState.RCX] & 0xffff);
        assertEquals(USER_STACK, ebx(s));
        assertEquals(USER_DATA, s.gpr()[CpuState.RSI]);
        assertEquals(USER + 13 + 4, s.gpr()[CpuState.RAX], "EIP of UD2");
    }

    @Test
    void aJumpThroughAGateStaysAtItsLevel() throws Exception {
        callGate(0, USER_CODE, OTHER);
        CpuState s = runUser("ea00000000 3b00");
        fault(s, GP, 0); // HLT at level 3, which was reached.
        assertEquals(USER_STACK, ebx(s));
        callGate(0, CODE, OTHER);
        fault(runUser("ea00000000 3b00"), GP, CODE);
    }

    @Test
    void anInnerStackWithoutRoomIsAStackFaultOfItsSelector() throws Exception {
        k.m.put64(GDT + TESTED, DATA16 & ~0xffffL | 0xff);
        task16(0x200, TESTED);
        callGate(0, CODE, OTHER);
        faultsWithoutStack(CALL, SS, TESTED);
        faultsWithoutStack(INT, SS, TESTED);
    }

    // --- ports (vol. 1 §18.5.2) ------------------------------------------------------------------

    @Test
    void aTaskOfSixteenBitsAllowsNoPort() throws Exception {
        k.m.put32(TSS + 0x66, 0x68); // An I/O map would be behind the fields of 32 bits.
        k.task(0x89, 0x90);
        runUser("e480" + UNDEFINED); // in al, 0x80
        assertEquals(6, k.m.cpu(0).state().gpr()[CpuState.RDX], "allowed by 32 bits");
        task16(0x9800, DATA);
        k.task(0x81, 0x90);
        fault(runUser("e480" + UNDEFINED), GP, 0);
    }
}
