package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel.HLT;
import static org.interposer.engine.softcpu.TestKernel.IRETQ;
import static org.interposer.engine.softcpu.TestKernel.IST_STACK;
import static org.interposer.engine.softcpu.TestKernel.KERNEL_STACK;
import static org.interposer.engine.softcpu.TestKernel.OTHER;
import static org.interposer.engine.softcpu.TestKernel.TASK;
import static org.interposer.engine.softcpu.TestKernel.TESTED;
import static org.interposer.engine.softcpu.TestKernel.USER;
import static org.interposer.engine.softcpu.TestKernel.USER_CODE;
import static org.interposer.engine.softcpu.TestKernel.USER_DATA;
import static org.interposer.engine.softcpu.TestKernel.USER_STACK;
import static org.interposer.engine.softcpu.TestKernel.begin;
import static org.interposer.engine.softcpu.TestKernel.exception;
import static org.interposer.engine.softcpu.TestKernel.interrupt;
import static org.interposer.engine.softcpu.TestMachine.CODE;
import static org.interposer.engine.softcpu.TestMachine.DATA;
import static org.interposer.engine.softcpu.TestMachine.GDT;
import static org.interposer.engine.softcpu.TestMachine.IDT;
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

/** Interrupts and exceptions of 64-bit mode on their way to a handler (SDM vol. 3 §6.13–6.15). */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InterruptDeliveryTest {
    private static final int DF = 8, TS = 10, NP = 11, SS = 12, GP = 13, PF = 14, UD = 6;
    private static final int VECTOR = 0x40, IN_IDT = VECTOR * 8 + 2, EXTERNAL = 1;
    private static final int TF = 0x100, IF = 0x200, NT = 0x4000;
    private static final String INT = "cd40", MISALIGN = "4883ec03"; // sub rsp, 3
    private static final String UNDEFINED = "0f0b", REPORT = "4889e3 fa" + HLT; // mov rbx, rsp; cli
    private static final String NOT_CANONICAL = "48b80000000000800000 488b00"; // mov rax, [1 << 47]

    private TestKernel k;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel();
        k.m.gate(VECTOR, OTHER, 0);
        k.m.code(OTHER, REPORT);
    }

    @AfterEach
    void close() {
        k.close();
    }

    private static long rbx(CpuState s) {
        return s.gpr()[CpuState.RBX];
    }

    /** Gives the gate of {@link #VECTOR} another type and presence. */
    private void gate(int access) {
        long at = IDT + VECTOR * 16L;
        k.m.put64(at, k.m.get64(at) & ~(0xffL << 40) | (long) access << 40);
    }

    // --- the frame (§6.14.2, §6.14.4) ------------------------------------------------------------

    @Test
    void theStackIsAlignedToSixteenBytesBeforeTheFrame() throws Exception {
        CpuState s = k.run(MISALIGN + INT);
        assertEquals((STACK - 3 & ~15) - 40, rbx(s));
        assertEquals(begin() + 6, k.pushed(s, 0), "RIP");
        assertEquals(CODE, k.pushed(s, 1), "CS");
        assertEquals(STACK - 3, k.pushed(s, 3), "RSP");
        assertEquals(DATA, k.pushed(s, 4), "SS, also without a change of level");
    }

    @Test
    void anErrorCodeLiesBelowTheFrame() throws Exception {
        CpuState s = k.run(MISALIGN + NOT_CANONICAL);
        k.fault(s, GP, 0);
        assertEquals((STACK - 3 & ~15) - 48, rbx(s));
        assertEquals(begin() + 14, k.pushed(s, 1), "RIP, of the instruction itself");
        assertEquals(STACK - 3, k.pushed(s, 4), "RSP");
    }

    @Test
    void anUndefinedInstructionPushesNoErrorCode() throws Exception {
        CpuState s = k.run(UNDEFINED);
        exception(s, UD);
        assertEquals(STACK - 40, rbx(s));
        assertEquals(begin(), k.pushed(s, 0));
    }

    @Test
    void anInterruptGateClearsIfAndATrapGateDoesNot() throws Exception {
        k.m.code(OTHER, "9c 41 5f" + REPORT); // pushf; pop r15
        // push 0x4302 (NT, IF, TF); popf; int 0x40
        String body = "6802430000 9d" + INT;
        CpuState s = k.run(body);
        assertEquals(0, s.gpr()[15] & (IF | TF | NT));
        assertEquals(IF | TF | NT, k.pushed(s, 2) & (IF | TF | NT), "as it was");
        gate(0x8f);
        assertEquals(IF, k.run(body).gpr()[15] & (IF | TF | NT));
    }

    @Test
    void iretqRestoresTheStackPointerAsItWas() throws Exception {
        k.m.code(OTHER, IRETQ);
        CpuState s = k.run(MISALIGN + INT + REPORT);
        assertEquals(STACK - 3, rbx(s));
        assertEquals(DATA, s.segments().ss().selector());
    }

    @Test
    void iretqInANestedTaskIsAProtectionFault() throws Exception {
        k.fault(k.run("6802400000 9d" + IRETQ), GP, 0); // push NT; popf; iretq
    }

    @Test
    void iretqOfUserCodeChangesNeitherIfNorIopl() throws Exception {
        // The same frame again, with IF, IOPL 3 and CF, and its return address behind IRETQ.
        int rest = USER + 19 + 2;
        String frame = TestMachine.iretFrame(USER_STACK, 0x3203, rest);
        CpuState s = k.run(k.toUser(2, frame + IRETQ + UNDEFINED));
        exception(s, UD);
        assertEquals(rest, k.pushed(s, 0));
        assertEquals(1, k.pushed(s, 2) & (IF | 0x3000 | 1), "but CF");
    }

    // --- another stack (§6.14.4, §6.14.5) --------------------------------------------------------

    @Test
    void anInterruptFromUserCodeTakesRsp0() throws Exception {
        k.m.code(OTHER, "8cd1" + REPORT); // mov ecx, ss
        gate(0xee);
        CpuState s = k.run(k.toUser(2, INT));
        assertEquals(KERNEL_STACK - 40, rbx(s));
        assertEquals(USER + 2, k.pushed(s, 0), "RIP");
        assertEquals(USER_CODE, k.pushed(s, 1), "CS");
        assertEquals(USER_STACK, k.pushed(s, 3), "RSP");
        assertEquals(USER_DATA, k.pushed(s, 4), "SS");
        assertEquals(0, s.gpr()[CpuState.RCX], "SS is null with the RPL of the new level");
    }

    @Test
    void rsp0IsAlignedToo() throws Exception {
        k.m.put64(TestKernel.TSS + 4, KERNEL_STACK + 9);
        gate(0xee);
        assertEquals(KERNEL_STACK - 40, rbx(k.run(k.toUser(2, INT))));
    }

    @Test
    void smapKeepsTheNewStackOutOfUserPages() throws Exception {
        int code = 0x20_0000, stack = 0x40_0000;
        k.m.put64(TestKernel.TSS + 4, stack);
        k.m.code(code, INT);
        gate(0xee);
        k.m.gate(PF, OTHER, 1);
        String smap = "0f20e0 0d00002000 0f22e0"; // CR4.SMAP
        String frame = "6a23 68" + little(stack) + "6a02 6a1b 68" + little(code);
        k.start(smap + frame + IRETQ);
        k.m.put64(TestMachine.ROOT + 0x2000, 0x83); // The first 2 MiB are the kernel's.
        assertInstanceOf(VcpuExit.Stuck.class, k.m.cpu(0).run());
        CpuState s = k.m.cpu(0).state();
        assertEquals(IST_STACK - 48, rbx(s));
        assertEquals(3, k.pushed(s, 0), "a write of the kernel's");
        assertEquals(stack - 8, s.control().cr2());
        assertEquals(code, k.pushed(s, 1));
    }

    @Test
    void theKernelKeepsItsStackWithoutAnIst() throws Exception {
        assertEquals(STACK - 40, rbx(k.run(INT)));
    }

    @Test
    void anIstReplacesTheStackAtAnyLevel() throws Exception {
        k.m.gate(VECTOR, OTHER, 7);
        gate(0xee);
        k.ist(7, IST_STACK + 5);
        k.m.code(OTHER, "8cd1" + REPORT);
        CpuState s = k.run(INT);
        assertEquals(IST_STACK - 40, rbx(s));
        assertEquals(STACK, k.pushed(s, 3));
        assertEquals(DATA, s.gpr()[CpuState.RCX], "SS stays without a change of level");
        s = k.run(k.toUser(2, INT));
        assertEquals(IST_STACK - 40, rbx(s));
        assertEquals(USER_STACK, k.pushed(s, 3));
        assertEquals(0, s.gpr()[CpuState.RCX]);
    }

    @Test
    void anIstThatTheTaskSegmentLacksIsAnInvalidTss() throws Exception {
        k.m.gate(VECTOR, OTHER, 2);
        k.start(INT);
        long at = GDT + TASK;
        k.m.put64(at, k.m.get64(at) & ~0xffffL | 28 + 16 + 6); // One byte less than IST2 needs.
        assertInstanceOf(VcpuExit.Stuck.class, k.m.cpu(0).run());
        k.fault(k.m.cpu(0).state(), TS, TASK);
    }

    @Test
    void anIstThatIsNotCanonicalIsAStackFault() throws Exception {
        k.m.gate(VECTOR, OTHER, 2);
        k.ist(2, 1L << 47 | 0x100);
        k.fault(k.run(INT), SS, 0);
        k.fault(k.run(interrupt(VECTOR) + "fb 90 90"), SS, EXTERNAL);
    }

    @Test
    void aHandlerInConformingCodeRunsAtTheLevelOfTheProgram() throws Exception {
        k.m.put64(GDT + TESTED, TestKernel.CODE64 | TestKernel.CONFORMING);
        k.m.code(OTHER, "4889e3 8cc9" + UNDEFINED); // mov rbx, rsp; mov ecx, cs
        gate(0xee);
        long at = IDT + VECTOR * 16L;
        k.m.put64(at, k.m.get64(at) & ~0xffff_0000L | TESTED << 16);
        CpuState s = k.run(k.toUser(2, INT));
        assertEquals(TESTED | 3, s.gpr()[CpuState.RCX]);
        assertEquals(OTHER + 5, k.pushed(s, 0));
        assertEquals(USER_STACK - 40, k.pushed(s, 3), "still the user's stack");
    }

    // --- what is wrong with a gate (§6.13, vol. 2 INT n) -----------------------------------------

    @Test
    void aGateThatIsNotPresentOrNoGateIsReported() throws Exception {
        gate(0x0e);
        k.fault(k.run(INT), NP, IN_IDT);
        gate(0x8c); // A call gate.
        k.fault(k.run(INT), GP, IN_IDT);
        gate(0x85); // A task gate.
        k.fault(k.run(INT), GP, IN_IDT);
    }

    @Test
    void aGateBeyondTheTableIsReported() throws Exception {
        k.m.put64(0x9000, 0x3ff | (long) IDT << 16); // One gate too short for vector 0x40.
        k.fault(k.run("0f011c2500900000" + INT), GP, IN_IDT); // lidt [0x9000]
        k.m.put64(0x9000, 0x40e | (long) IDT << 16);
        k.fault(k.run("0f011c2500900000" + INT), GP, IN_IDT);
        k.m.put64(0x9000, 0x40f | (long) IDT << 16);
        assertEquals(STACK - 40, rbx(k.run("0f011c2500900000" + INT)));
    }

    @Test
    void theKernelsGateIsNotForUserCode() throws Exception {
        k.fault(k.run(k.toUser(2, INT)), GP, IN_IDT);
        k.fault(k.run(k.toUser(2, "cc")), GP, 3 * 8 + 2); // int3
        exception(k.run(k.toUser(2, UNDEFINED)), UD); // An exception may.
    }

    @Test
    void theCodeOfAGateMustBeSixtyFourBitCodeOfAnInnerLevel() throws Exception {
        long at = IDT + VECTOR * 16L;
        long gate = k.m.get64(at) & ~0xffff_0000L;
        k.m.put64(at, gate);
        k.fault(k.run(INT), GP, 0);
        k.m.put64(at, gate | DATA << 16);
        k.fault(k.run(INT), GP, DATA);
        k.m.put64(at, gate | (USER_CODE & ~3) << 16);
        k.fault(k.run(INT), GP, USER_CODE & ~3);
        k.m.put64(at, gate | TESTED << 16);
        k.m.put64(GDT + TESTED, TestKernel.CODE32);
        k.fault(k.run(INT), GP, TESTED);
        k.m.put64(GDT + TESTED, TestKernel.CODE64 & ~(1L << 47));
        k.fault(k.run(INT), NP, TESTED);
    }

    @Test
    void aHandlerThatIsNotCanonicalIsAProtectionFault() throws Exception {
        k.m.gate(VECTOR, 1L << 47, 0);
        k.fault(k.run(INT), GP, 0);
        assertEquals(STACK, k.m.cpu(0).state().gpr()[CpuState.RBX] + 48, "nothing was pushed");
    }

    @Test
    void whatFaultsForAnEventFromOutsideSaysSo() throws Exception {
        gate(0x0e);
        CpuState s = k.run(interrupt(VECTOR) + "fb 90 90");
        k.fault(s, NP, IN_IDT | EXTERNAL);
        // The same for an exception on its way: #UD is none of the pairs that make #DF.
        k.m.put64(IDT + UD * 16, 0);
        k.fault(k.run(UNDEFINED), GP, UD * 8 + 2 | EXTERNAL);
    }

    // --- double and triple faults (§6.15 interrupt 8, table 6-5) ---------------------------------

    @Test
    void twoContributoryExceptionsMakeADoubleFault() throws Exception {
        k.m.put64(IDT + GP * 16, 0);
        CpuState s = k.run(NOT_CANONICAL);
        k.fault(s, DF, 0);
        k.m.put64(IDT + DF * 16, 0);
        k.start(NOT_CANONICAL);
        assertInstanceOf(VcpuExit.TripleFault.class, k.m.cpu(0).run());
    }

    @Test
    void aDoubleFaultMayTakeItsOwnStack() throws Exception {
        k.m.gate(DF, OTHER, 1);
        // mov rsp, 1 << 47; push rax: #SS, and #SS again as it is pushed there.
        CpuState s = k.run("48bc0000000000800000 50");
        assertEquals(IST_STACK - 48, rbx(s));
        assertEquals(0, k.pushed(s, 0), "error code");
        assertEquals(begin() + 10, k.pushed(s, 1), "RIP");
        assertEquals(1L << 47, k.pushed(s, 4), "RSP");
    }

    @Test
    void aPageFaultOnTheWayToAHandlerDependsOnWhatCameFirst() throws Exception {
        String unmapped = "48bc0000004000000000"; // mov rsp, 1 << 30
        k.m.gate(PF, OTHER, 1);
        assertEquals(IST_STACK - 48, rbx(k.run(unmap() + unmapped + UNDEFINED)));
        assertEquals((1 << 30) - 8, k.m.cpu(0).state().control().cr2());
        // A page fault whose handler's stack is missing: a double fault.
        k.m.gate(PF, OTHER, 0);
        k.m.gate(DF, OTHER, 1);
        CpuState s = k.run(unmap() + unmapped + "50");
        assertEquals(IST_STACK - 48, rbx(s));
        assertEquals(0, k.pushed(s, 0));
    }

    /** Takes the last 2 MiB of the first GiB away. */
    private static String unmap() {
        int last = TestMachine.ROOT + 0x2000 + 511 * 8;
        return "48c70425" + little(last) + "00000000"; // mov qword [last], 0
    }
}
