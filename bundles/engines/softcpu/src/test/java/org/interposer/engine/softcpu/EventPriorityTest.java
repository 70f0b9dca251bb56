package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel.IRETQ;
import static org.interposer.engine.softcpu.TestKernel.OTHER;
import static org.interposer.engine.softcpu.TestKernel.begin;
import static org.interposer.engine.softcpu.TestKernel.writeMsr;
import static org.interposer.engine.softcpu.TestMachine.length;
import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.irq.MsiMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What comes first at a boundary between instructions (SDM vol. 3 table 6-2): traps of the last
 * one, NMI, interrupt, breakpoint on the next one, its faults.
 */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventPriorityTest {
    private static final int UD = 6, PF = 14, VECTOR = 0x40, FETCH = 16;
    private static final int NMI_HANDLER = OTHER + 0x100, HANDLER = OTHER + 0x200;
    private static final int DATA = 0x9000;
    private static final long TF = 1 << 8, IF = 1 << 9, RF = 1 << 16, BS = 1 << 14;

    /** Digits of the log in r15, one a handler. */
    private static final int TRAP = 1, NMI = 2, INTERRUPT = 3;

    /** OUT to a device that interrupts before the instruction ends; that raises an NMI; both. */
    private static final String RAISE = "e692", RAISE_NMI = TestKernel.NMI, RAISE_BOTH = "e693";

    private static final String STI = "fb", CLI = "fa", NOP = "90", UNDEFINED = "0f0b";
    private static final String STORE = "880425" + little(DATA); // mov [DATA], al

    /** The APIC is on in x2APIC mode. */
    private static final String APIC = writeMsr(0x1b, 0xfee0_0d00L) + writeMsr(0x80f, 0x1ff);

    private TestKernel k;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel();
        k.m.gate(1, OTHER, 0);
        k.m.gate(2, NMI_HANDLER, 0);
        k.m.gate(VECTOR, HANDLER, 0);
        // RFLAGS.RF of the frame becomes DR6.B0, TF is cleared.
        String resume = "4489e8 83e001 c1e010 4809442410 4881642410fffeffff";
        // mov r9, r13; mov r13, dr6; mov r14, [rsp]
        k.m.code(OTHER, log(TRAP) + "4d89e9 410f21f5 4c8b3424" + resume + IRETQ);
        k.m.code(NMI_HANDLER, log(NMI) + "4c8b1424" + IRETQ); // mov r10, [rsp]
        // mov r12, [rsp]; mov r11, [rsp + 16]; EOI
        k.m.code(HANDLER, log(INTERRUPT) + "4c8b2424 4c8b5c2410" + writeMsr(0x80b, 0) + IRETQ);
        k.onWrite(0x92, this::raise);
        k.onWrite(
                0x93,
                () -> {
                    raise();
                    k.nmi();
                });
    }

    @AfterEach
    void close() {
        k.close();
    }

    private void raise() {
        k.m.irqchip.deliver(new MsiMessage(0xfee0_0000L, VECTOR));
    }

    /** shl r15, 4; or r15, digit. */
    private static String log(int digit) {
        return "49c1e704 4983cf" + String.format("%02x", digit);
    }

    private static void came(CpuState s, int... digits) {
        long log = 0;
        for (int digit : digits) {
            log = log << 4 | digit;
        }
        assertEquals(Long.toHexString(log), Long.toHexString(s.gpr()[15]), "the order");
    }

    /** mov eax, at; mov dr[n], rax. */
    private static String address(int n, long at) {
        return "b8" + little((int) at) + String.format("0f23%02x", 0xc0 | n << 3);
    }

    /** mov eax, ..; mov dr7, rax. */
    private static String control(long value) {
        return "b8" + little((int) value) + "0f23f8";
    }

    /** Breakpoint 0 on the instruction that many bytes behind this. */
    private static String breakpoint(String before, int behind) {
        int length = length(before + address(0, 0) + control(2));
        return address(0, begin() + length + behind) + control(2);
    }

    private static String popFlags(long flags) {
        return "68" + little((int) flags) + "9d";
    }

    private static long trapReturns(CpuState s) {
        return s.gpr()[14];
    }

    private static long status(CpuState s) {
        return s.gpr()[13] & 0xf00f;
    }

    private static long earlierStatus(CpuState s) {
        return s.gpr()[9] & 0xf00f;
    }

    private static long returns(CpuState s) {
        return s.gpr()[12];
    }

    private static long pushedFlags(CpuState s) {
        return s.gpr()[11];
    }

    private static long nmiReturns(CpuState s) {
        return s.gpr()[10];
    }

    // --- traps of the instruction that ended -----------------------------------------------------

    @Test
    void aStepComesBeforeAnInterrupt() throws Exception {
        String text = APIC + popFlags(2 | IF | TF) + RAISE;
        CpuState s = k.run(text + NOP + CLI);
        came(s, TRAP, INTERRUPT);
        assertEquals(begin() + length(text), trapReturns(s));
        assertEquals(begin() + length(text), returns(s), "not one instruction later");
        assertEquals(BS, status(s));
    }

    @Test
    void anInterruptBetweenStepsIsNoStepItself() throws Exception {
        // It waits for POPF, which is not stepped yet.
        String text = APIC + CLI + RAISE + popFlags(2 | IF | TF);
        CpuState s = k.run(text + NOP + CLI);
        came(s, INTERRUPT, TRAP);
        assertEquals(begin() + length(text), returns(s));
        assertEquals(TF, pushedFlags(s) & TF);
        assertEquals(begin() + length(text) + 1, trapReturns(s), "after NOP");
    }

    @Test
    void anNmiComesAfterATrapAndBeforeItsHandlerBegins() throws Exception {
        String text = APIC + popFlags(2 | IF | TF) + RAISE_BOTH;
        CpuState s = k.run(text + NOP + CLI);
        came(s, NMI, TRAP, INTERRUPT);
        assertEquals(OTHER, nmiReturns(s), "the trap has been delivered");
        assertEquals(begin() + length(text), trapReturns(s));
        assertEquals(begin() + length(text), returns(s));
    }

    @Test
    void aDataBreakpointComesBeforeOneOnTheNextInstruction() throws Exception {
        // The same instruction is behind one and under the other.
        String before = address(1, DATA);
        int set = length(before + address(0, 0) + control(0));
        String arm = before + address(0, begin() + set + length(STORE)) + control(0x0010_000a);
        CpuState s = k.run(arm + STORE + NOP);
        came(s, TRAP, TRAP);
        assertEquals(2, earlierStatus(s), "data, at first");
        assertEquals(1, status(s));
        assertEquals(begin() + set + length(STORE), trapReturns(s));
    }

    @Test
    void aPortBreakpointComesBeforeTheInterruptOfItsDevice() throws Exception {
        String extensions = "0f20e0 0c08 0f22e0"; // CR4.DE
        String text =
                APIC + extensions + address(1, 0x92) + control(0x0020_0008) + STI + NOP + RAISE;
        CpuState s = k.run(text + NOP + CLI);
        came(s, TRAP, INTERRUPT);
        assertEquals(2, status(s));
        assertEquals(begin() + length(text), returns(s));
    }

    @Test
    void aTrapThatMovSsHoldsBackStillComesBeforeAnInterrupt() throws Exception {
        k.m.put32(DATA, TestMachine.DATA);
        // Read breakpoint on DATA; mov ss, [DATA]
        String text =
                APIC + STI + address(1, DATA) + control(0x0030_0008) + "8e1425" + little(DATA);
        CpuState s = k.run(text + RAISE + NOP + CLI);
        came(s, TRAP, INTERRUPT);
        assertEquals(begin() + length(text + RAISE), trapReturns(s));
        assertEquals(begin() + length(text + RAISE), returns(s));
    }

    /** A write breakpoint on the topmost word of the next frame. */
    private static String watchFrame() {
        return address(1, TestMachine.STACK - 8) + control(0x0090_0008); // 8 bytes
    }

    @Test
    void aDataBreakpointOnTheFrameOfAnInterruptHitsBeforeItsHandlerBegins() throws Exception {
        String text = APIC + watchFrame() + STI + NOP + RAISE;
        CpuState s = k.run(text + NOP + CLI);
        came(s, TRAP, INTERRUPT);
        assertEquals(HANDLER, trapReturns(s));
        assertEquals(2, status(s));
        assertEquals(begin() + length(text), returns(s));
    }

    @Test
    void aDataBreakpointOnTheFrameOfAFaultHitsBeforeItsHandlerBegins() throws Exception {
        k.m.gate(UD, HANDLER, 0);
        k.m.code(HANDLER, log(INTERRUPT) + "4c8b2424" + CLI + TestKernel.HLT);
        String text = watchFrame();
        CpuState s = k.run(text + UNDEFINED);
        came(s, TRAP, INTERRUPT);
        assertEquals(HANDLER, trapReturns(s));
        assertEquals(begin() + length(text), returns(s));
    }

    @Test
    void itsTrapBelongsToTheStateThatAKickStopsAt() throws Exception {
        k.m.gate(UD, HANDLER, 0);
        k.m.code(HANDLER, log(INTERRUPT) + CLI + TestKernel.HLT);
        k.onWrite(0x94, k.m.cpu(0)::kick);
        k.start(watchFrame() + "e694" + UNDEFINED);
        assertInstanceOf(VcpuExit.Kicked.class, k.m.cpu(0).run());
        CpuState s = k.m.cpu(0).state();
        assertEquals(OTHER, s.rip(), "the trap's handler");
        k.m.cpu(0).restore(s);
        assertInstanceOf(VcpuExit.Stuck.class, k.m.cpu(0).run());
        came(k.m.cpu(0).state(), TRAP, INTERRUPT);
    }

    @Test
    void aDataBreakpointOnTheFrameComesBeforeAnNmi() throws Exception {
        String text = APIC + watchFrame() + STI + NOP + RAISE;
        // The NMI is raised as the handler's breakpoint is delivered: it waits for that.
        k.m.code(HANDLER, RAISE_NMI + NOP + log(INTERRUPT) + writeMsr(0x80b, 0) + IRETQ);
        CpuState s = k.run(text + NOP + CLI);
        came(s, TRAP, NMI, INTERRUPT);
        assertEquals(HANDLER, trapReturns(s));
        assertEquals(HANDLER + 2, nmiReturns(s));
    }

    // --- what comes before the next instruction --------------------------------------------------

    @Test
    void anNmiComesBeforeAnInterruptAndThatBeforeABreakpoint() throws Exception {
        String text = APIC + STI + breakpoint(APIC + STI, length(RAISE_BOTH)) + RAISE_BOTH;
        CpuState s = k.run(text + NOP + CLI);
        // The interrupt comes when the NMI's handler has returned, and then the breakpoint, once.
        came(s, NMI, INTERRUPT, TRAP);
        long next = begin() + length(text);
        assertEquals(next, nmiReturns(s));
        assertEquals(next, returns(s));
        assertEquals(0, pushedFlags(s) & RF, "the breakpoint has not been looked at");
        assertEquals(next, trapReturns(s));
        assertEquals(1, status(s));
    }

    @Test
    void anInterruptAtAnInstructionThatResumesKeepsThatInItsFrame() throws Exception {
        // IRETQ to the next instruction, which has a breakpoint, with RF, IF and an interrupt.
        String before = APIC + CLI + RAISE;
        int frame = 2 + 5 + 5 + 2 + 5 + 2;
        String arm = breakpoint(before, frame);
        long next = begin() + length(before + arm) + frame;
        String push = "6a10 68" + little(TestMachine.STACK) + "68" + little((int) (2 | IF | RF));
        String text = before + arm + push + "6a08 68" + little((int) next) + IRETQ;
        CpuState s = k.run(text + NOP + CLI);
        came(s, INTERRUPT);
        assertEquals(next, returns(s));
        assertEquals(RF, pushedFlags(s) & RF);
    }

    @Test
    void aBreakpointOnAHandlerHitsWhenItsInterruptHasCome() throws Exception {
        String text = APIC + address(0, HANDLER) + control(2) + STI + NOP + RAISE;
        CpuState s = k.run(text + NOP + CLI);
        came(s, TRAP, INTERRUPT);
        assertEquals(HANDLER, trapReturns(s));
        assertEquals(begin() + length(text), returns(s));
    }

    @Test
    void anInterruptComesBeforeAFaultOfTheNextInstruction() throws Exception {
        String text = APIC + STI + NOP + RAISE;
        CpuState s = k.run(text + UNDEFINED);
        came(s, INTERRUPT);
        assertEquals(begin() + length(text), returns(s));
        assertEquals(UD, s.gpr()[CpuState.RDX]);
        assertEquals(begin() + length(text), k.pushed(s, 0));
    }

    @Test
    void aBreakpointComesBeforeTheFaultOfFetching() throws Exception {
        int last = TestMachine.ROOT + 0x2000 + 511 * 8, at = 0x3fff_0000;
        // mov qword [last], 0; mov eax, at; jmp rax
        String text = "48c70425" + little(last) + little(0) + "b8" + little(at) + "ffe0";
        CpuState s = k.run(address(0, at) + control(2) + text);
        came(s, TRAP);
        assertEquals(at, trapReturns(s));
        k.fault(s, PF, FETCH);
        assertEquals(at, k.pushed(s, 1));
        assertEquals(RF, k.pushed(s, 3) & RF);
    }

    @Test
    void anInstructionThatFaultsIsNotSteppedAsWell() throws Exception {
        CpuState s = k.run(popFlags(2 | TF) + UNDEFINED);
        came(s);
        assertEquals(UD, s.gpr()[CpuState.RDX]);
        assertEquals(TF | RF, k.pushed(s, 2) & (TF | RF));
        assertEquals(0, s.debug()[4] & BS);
    }
}
