package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel.HLT;
import static org.interposer.engine.softcpu.TestKernel.IRETQ;
import static org.interposer.engine.softcpu.TestKernel.NMI;
import static org.interposer.engine.softcpu.TestKernel.OTHER;
import static org.interposer.engine.softcpu.TestKernel.begin;
import static org.interposer.engine.softcpu.TestKernel.interrupt;
import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** RFLAGS.RF: which events push it set, and what it holds off (SDM vol. 3 §17.3.1.1). */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ResumeFlagTest {
    private static final long RF = 1 << 16;
    private static final int DB = 1,
            BP = 3,
            UD = 6,
            PF = 14,
            VECTOR = 0x40,
            GENERAL_DETECT = 1 << 13;
    private static final int DATA = 0x9000;
    private static final String NOP = "90", STI = "fb";

    /** Counts in r15, takes the frame's flags into r14 and returns with RF set. */
    private static final String RESUME = "49ffc7 4c8b742410 48814c241000000100" + IRETQ;

    /** Length of {@link #arm}. */
    private static final int ARM_BYTES = 5 + 3 + 5 + 3;

    private TestKernel k;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel();
        k.m.gate(DB, OTHER, 0);
        k.m.code(OTHER, RESUME);
    }

    @AfterEach
    void close() {
        k.close();
    }

    /** Breakpoint 0 so many bytes behind this code. */
    private static String arm(int behind) {
        return breakpoint(begin() + ARM_BYTES + behind);
    }

    private static String breakpoint(long at) {
        return "b8" + little((int) at) + "0f23c0 b802000000 0f23f8"; // mov dr0, ..; mov dr7, 2
    }

    private static long hits(CpuState s) {
        return s.gpr()[15];
    }

    private static long pushed(CpuState s) {
        return s.gpr()[14] & RF;
    }

    /** RF in the frame of a handler of {@link TestKernel}. */
    private long pushedFlag(CpuState s, boolean errorCode) {
        return k.pushed(s, errorCode ? 3 : 2) & RF;
    }

    // --- what is pushed --------------------------------------------------------------------------

    @Test
    void anInstructionBreakpointPushesItClear() throws Exception {
        CpuState s = k.run(arm(0) + NOP);
        assertEquals(1, hits(s));
        assertEquals(0, pushed(s));
    }

    @Test
    void anyOtherFaultPushesItSet() throws Exception {
        CpuState s = k.run("0f0b");
        TestKernel.exception(s, UD);
        assertEquals(RF, pushedFlag(s, false));
        int last = TestMachine.ROOT + 0x2000 + 511 * 8; // The last 2 MiB of the first GiB.
        s = k.run("48c70425" + little(last) + "00000000 8b0425" + little(0x3fff_0000));
        TestKernel.exception(s, PF);
        assertEquals(RF, pushedFlag(s, true));
    }

    @Test
    void generalDetectionIsSuchAFault() throws Exception {
        k.m.code(OTHER, "49ffc7 4c8b742410" + HLT);
        CpuState s = k.run("b8" + little(GENERAL_DETECT) + "0f23f8 0f21c3");
        assertEquals(1, hits(s));
        assertEquals(RF, pushed(s));
    }

    @Test
    void aTrapPushesItClear() throws Exception {
        k.m.code(OTHER, "49ffc7 4c8b742410 4881642410fffeffff" + IRETQ);
        CpuState s = k.run("6802010000 9d" + NOP);
        assertEquals(1, hits(s));
        assertEquals(0, pushed(s));
        s = k.run("b8" + little(DATA) + "0f23c0 b802000100 0f23f8 880425" + little(DATA));
        assertEquals(1, hits(s));
        assertEquals(0, pushed(s));
    }

    @Test
    void softwareInterruptsPushItClear() throws Exception {
        k.m.code(OTHER, "4889e3" + HLT);
        k.m.gate(BP, OTHER, 0);
        for (String instruction : new String[] {"cc", "cd03", "f1"}) {
            assertEquals(0, pushedFlag(k.run(instruction), false), instruction);
        }
    }

    @Test
    void aSoftwareInterruptThatItLetsByPushesItClearToo() throws Exception {
        k.m.gate(BP, OTHER + 0x100, 0);
        k.m.code(OTHER + 0x100, "4889e3" + HLT);
        CpuState s = k.run(arm(0) + "cc");
        assertEquals(1, hits(s));
        assertEquals(0, pushedFlag(s, false));
    }

    @Test
    void anInterruptBetweenInstructionsPushesItClear() throws Exception {
        k.m.gate(VECTOR, OTHER, 0);
        k.m.code(OTHER, "4889e3" + HLT);
        assertEquals(0, pushedFlag(k.run(interrupt(VECTOR) + STI + NOP + NOP), false));
        k.m.gate(2, OTHER, 0);
        assertEquals(0, pushedFlag(k.run(NMI + NOP), false));
    }

    /** A device whose port raises an NMI when it is written the n-th time. */
    private void nmiAtWrite(int port, int n) throws Exception {
        int[] writes = {0};
        k.onWrite(
                port,
                () -> {
                    if (++writes[0] == n) {
                        k.nmi();
                    }
                });
    }

    @Test
    void anInterruptInsideARepeatedInstructionPushesItSet() throws Exception {
        k.m.gate(2, OTHER, 0);
        k.m.code(OTHER, "4889e3" + HLT);
        nmiAtWrite(0x91, 3);
        // mov ecx, 5; mov edx, 0x91; mov esi, DATA; rep outsb
        String text = "b905000000 ba91000000 be" + little(DATA) + "f36e";
        CpuState s = k.run(text);
        assertEquals(2, s.gpr()[CpuState.RCX]);
        assertEquals(begin() + 15, k.pushed(s, 0));
        assertEquals(RF, pushedFlag(s, false));
    }

    @Test
    void anInterruptAfterItsLastIterationPushesItClear() throws Exception {
        k.m.gate(2, OTHER, 0);
        k.m.code(OTHER, "4889e3" + HLT);
        nmiAtWrite(0x91, 5);
        String text = "b905000000 ba91000000 be" + little(DATA) + "f36e";
        CpuState s = k.run(text + NOP);
        assertEquals(0, s.gpr()[CpuState.RCX]);
        assertEquals(begin() + 17, k.pushed(s, 0));
        assertEquals(0, pushedFlag(s, false));
    }

    @Test
    void aTrapInsideARepeatedInstructionPushesItSetButBehindItClear() throws Exception {
        k.m.code(OTHER, "49ffc7 4c8b742410" + HLT);
        // mov ecx, 3; mov edi, DATA + 0x100; push TF; popf; rep stosb
        String set = "b903000000 bf" + little(DATA + 0x100) + "6802010000 9d";
        CpuState s = k.run(set + "f3aa");
        assertEquals(2, s.gpr()[CpuState.RCX]);
        assertEquals(RF, pushed(s));
        s = k.run(set.replace("b903", "b901") + "f3aa" + NOP);
        assertEquals(0, s.gpr()[CpuState.RCX]);
        assertEquals(0, pushed(s));
    }

    @Test
    void aDataBreakpointInsideARepeatedInstructionPushesItSet() throws Exception {
        k.m.code(OTHER, "49ffc7 4c8b742410" + HLT);
        String set = "b8" + little(DATA + 2) + "0f23c0 b802000100 0f23f8"; // write, one byte
        CpuState s = k.run(set + "b905000000 bf" + little(DATA) + "f3aa");
        assertEquals(2, s.gpr()[CpuState.RCX]);
        assertEquals(RF, pushed(s));
    }

    @Test
    void afterALongRepeatedInstructionItIsClear() throws Exception {
        k.m.gate(VECTOR, OTHER, 0);
        k.m.code(OTHER, "4889e3" + HLT);
        // More than one turn of the engine does: mov ecx, 100000; mov esi, 2 MiB; rep lodsb
        String text = "b9a0860100 be00002000 f3ac";
        CpuState s = k.run(text + interrupt(VECTOR) + STI + NOP + NOP);
        assertEquals(0, pushedFlag(s, false));
    }

    // --- what it does ----------------------------------------------------------------------------

    @Test
    void itLetsOneInstructionByAndIsGone() throws Exception {
        // Breakpoint on the loop's body, three times round: mov ecx, 3; inc r12; loop
        CpuState s = k.run(arm(5) + "b903000000" + "49ffc4 e2fb");
        assertEquals(3, hits(s));
        assertEquals(3, s.gpr()[12]);
        assertEquals(0, s.rflags() & RF);
    }

    @Test
    void itOutlastsAFaultOfTheInstructionThatItLetsBy() throws Exception {
        // The breakpoint is on UD2, whose handler skips it by its frame and keeps the flags.
        k.m.gate(UD, OTHER + 0x100, 0);
        k.m.code(OTHER + 0x100, "49ffc5 4883042402" + IRETQ); // inc r13; add qword [rsp], 2
        CpuState s = k.run(arm(0) + "0f0b" + NOP);
        assertEquals(1, hits(s));
        assertEquals(1, s.gpr()[13]);
    }

    @Test
    void anIretWithABreakpointOnItMayLoadItAnew() throws Exception {
        // Breakpoints on IRETQ and on its target; the frame is SS, RSP, flags with RF, CS, RIP.
        int frameBytes = 2 + 5 + 5 + 2 + 5;
        long iret = begin() + 24 + frameBytes;
        int target = (int) iret + 2;
        String set = "b8" + little((int) iret) + "0f23c0 b8" + little(target) + "0f23c8";
        String frame = "6a10 68" + little(TestMachine.STACK) + "6802000100 6a08 68";
        String both = set + "b80a000000 0f23f8" + frame + little(target);
        CpuState s = k.run(both + IRETQ + NOP);
        assertEquals(1, hits(s), "at IRETQ only");
    }

    @Test
    void itIsKeptWhereTheEngineCannotExecuteTheInstruction() throws Exception {
        // 32-bit mode; the handler: inc ebx; or dword [esp + 8], RF; iretd
        k.m.gate32(DB, OTHER);
        k.m.code(OTHER, "43 814c240800000100 cf");
        k.m.put64(TestMachine.GDT + TestKernel.TASK, 0x0000_8900_0000_0067L);
        String call = "9a000000002800"; // call TASK:0, a task switch
        k.m.code(TestKernel.BODY, breakpoint(TestKernel.BODY + ARM_BYTES) + call);
        k.m.protectedMode(0, TestKernel.BODY);
        assertInstanceOf(VcpuExit.Failed.class, k.m.cpu(0).run());
        CpuState s = k.m.cpu(0).state();
        assertEquals(1, s.gpr()[CpuState.RBX]);
        assertEquals(TestKernel.BODY + ARM_BYTES, s.rip());
        assertEquals(RF, s.rflags() & RF);
    }

    @Test
    void aRepeatedInstructionHitsOnce() throws Exception {
        // mov ecx, 3; mov edi, DATA; rep stosb
        CpuState s = k.run(arm(10) + "b903000000 bf" + little(DATA) + "f3aa" + NOP);
        assertEquals(1, hits(s));
        assertEquals(0, s.gpr()[CpuState.RCX]);
    }

    @Test
    void pushfAndPopfDoNotKnowIt() throws Exception {
        // The breakpoint is on PUSHF: RF is set there, but not in the image; pop r12.
        CpuState s = k.run(arm(0) + "9c 415c");
        assertEquals(1, hits(s));
        assertEquals(0, s.gpr()[12] & RF);
        // POPF of an image with RF, then a breakpoint right behind: it hits.
        s = k.run(arm(6) + "6802000100 9d" + NOP);
        assertEquals(1, hits(s));
    }
}
