package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel.HLT;
import static org.interposer.engine.softcpu.TestKernel.IRETQ;
import static org.interposer.engine.softcpu.TestKernel.NMI;
import static org.interposer.engine.softcpu.TestKernel.OTHER;
import static org.interposer.engine.softcpu.TestKernel.begin;
import static org.interposer.engine.softcpu.TestKernel.interrupt;
import static org.interposer.engine.softcpu.TestMachine.STACK;
import static org.interposer.engine.softcpu.TestMachine.length;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.engine.VcpuRequests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** NMIs, HLT, and what holds interrupts back (SDM vol. 3 §6.7, §6.8; vol. 2 HLT, STI, MOV). */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NmiAndHaltTest {
    private static final int VECTOR = 0x40, GP = 13, NMI_HANDLER = OTHER, HANDLER = OTHER + 0x800;
    private static final String STI = "fb", CLI = "fa", NOP = "90";

    /** How often each handler has begun, and where it returns to. */
    private static final String COUNT_NMI = "49ffc7 4c8b3424"; // inc r15; mov r14, [rsp]

    private static final String COUNT = "49ffc5 4c8b2424"; // inc r13; mov r12, [rsp]

    private TestKernel k;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel();
        k.m.gate(2, NMI_HANDLER, 0);
        k.m.gate(VECTOR, HANDLER, 0);
        k.m.code(NMI_HANDLER, COUNT_NMI + IRETQ);
        // mov ecx, x2APIC EOI; xor eax, eax; xor edx, edx; wrmsr
        k.m.code(HANDLER, COUNT + "b90b080000 31c0 31d2 0f30" + IRETQ);
    }

    @AfterEach
    void close() {
        k.close();
    }

    private static long nmis(CpuState s) {
        return s.gpr()[15];
    }

    private static long nmiReturns(CpuState s) {
        return s.gpr()[14];
    }

    private static long interrupts(CpuState s) {
        return s.gpr()[13];
    }

    private static long returns(CpuState s) {
        return s.gpr()[12];
    }

    // --- NMI (§6.7) ------------------------------------------------------------------------------

    @Test
    void anNmiComesAlsoWithInterruptsOff() throws Exception {
        CpuState s = k.run(CLI + NMI + NOP);
        assertEquals(1, nmis(s));
        assertEquals(begin() + 3, nmiReturns(s));
        assertEquals(STACK, s.gpr()[CpuState.RSP]);
    }

    @Test
    void anNmiInItsHandlerWaitsForIret() throws Exception {
        // cmp r15, 1; jne +3; out NMI, al; nop
        k.m.code(NMI_HANDLER, COUNT_NMI + "4983ff01 7503" + NMI + NOP + IRETQ);
        CpuState s = k.run(NMI + NOP + NOP);
        assertEquals(2, nmis(s));
        assertEquals(begin() + 2, nmiReturns(s), "right after IRET, before the program goes on");
        assertTrue(!s.events().nmiMasked() && !s.events().nmiPending());
    }

    @Test
    void onlyOneNmiIsKeptMeanwhile() throws Exception {
        k.m.code(NMI_HANDLER, COUNT_NMI + "4983ff01 7506" + NMI + NMI + NMI + IRETQ);
        assertEquals(2, nmis(k.run(NMI + NOP)));
    }

    @Test
    void ofNmisThatComeTogetherOneIsHandledAndOneKept() throws Exception {
        k.start(NOP);
        for (int n = 0; n < 3; n++) {
            k.m.cpu(0).request(VcpuRequests.NMI);
        }
        assertInstanceOf(VcpuExit.Stuck.class, k.m.cpu(0).run());
        assertEquals(2, nmis(k.m.cpu(0).state()));
    }

    @Test
    void theStateTellsThatNmisAreBlocked() throws Exception {
        k.m.code(NMI_HANDLER, COUNT_NMI + NMI + HLT);
        CpuState s = k.run(NMI + NOP);
        assertEquals(1, nmis(s));
        assertTrue(s.events().nmiMasked() && s.events().nmiPending());
    }

    @Test
    void anyIretUnblocksNmis() throws Exception {
        k.m.gate(3, HANDLER, 0);
        k.m.code(HANDLER, IRETQ);
        // cmp r15, 1; jne +5: not again; int3, whose handler returns; out NMI, al
        k.m.code(NMI_HANDLER, COUNT_NMI + "4983ff01 7504" + "cc" + NMI + NOP + IRETQ);
        CpuState s = k.run(NMI + NOP);
        assertEquals(2, nmis(s));
        assertEquals(NMI_HANDLER + 7 + 6 + 3, nmiReturns(s), "inside the first handler");
    }

    @Test
    void anIretThatFaultsUnblocksThemToo() throws Exception {
        k.m.gate(GP, HANDLER, 0);
        k.m.code(HANDLER, NMI + NOP + CLI + HLT);
        // cmp r15, 1; jne +9; mov byte [rsp + 8], 0: no code segment; iretq
        k.m.code(NMI_HANDLER, COUNT_NMI + "4983ff01 7505" + "c644240800" + IRETQ);
        CpuState s = k.run(NMI + NOP);
        assertEquals(2, nmis(s));
        assertEquals(HANDLER + 2, nmiReturns(s));
    }

    @Test
    void anNmiTakesItsOwnStackInUserCode() throws Exception {
        k.m.gate(2, NMI_HANDLER, 1);
        k.m.code(NMI_HANDLER, "4889e3" + HLT); // mov rbx, rsp
        CpuState s = k.run(k.toUser(0x3002, NMI + NOP)); // IOPL 3
        assertEquals(TestKernel.IST_STACK - 40, s.gpr()[CpuState.RBX]);
        assertEquals(TestKernel.USER + 2, k.pushed(s, 0));
        assertEquals(TestKernel.USER_STACK, k.pushed(s, 3));
    }

    @Test
    void anNmiComesBeforeAnInterrupt() throws Exception {
        // Both wait for MOV SS: the NMI's handler begins first, the other returns to it or later.
        String wait = interrupt(VECTOR) + "b810000000" + STI; // mov eax, DATA; sti
        k.m.code(NMI_HANDLER, COUNT_NMI + "4d89eb" + IRETQ); // mov r11, r13: interrupts so far
        CpuState s = k.run(CLI + wait + NMI + NOP + CLI);
        assertEquals(1, nmis(s));
        assertEquals(1, interrupts(s));
        assertEquals(0, s.gpr()[11]);
    }

    // --- what holds interrupts back (§6.8.1, §6.8.3) ---------------------------------------------

    @Test
    void anInterruptWaitsForIfAndForTheInstructionAfterSti() throws Exception {
        String before = interrupt(VECTOR) + NOP + NOP + STI;
        CpuState s = k.run(before + NOP + NOP + CLI);
        assertEquals(1, interrupts(s));
        assertEquals(begin() + length(before) + 1, returns(s), "after one NOP");
    }

    @Test
    void stiThenCliLetsNothingIn() throws Exception {
        assertEquals(0, interrupts(k.run(interrupt(VECTOR) + STI + CLI)));
    }

    @Test
    void aSecondStiDoesNotHoldInterruptsBack() throws Exception {
        String before = interrupt(VECTOR) + STI + STI;
        CpuState s = k.run(before + NOP + CLI);
        assertEquals(begin() + length(before), returns(s));
    }

    @Test
    void popfThatSetsIfLetsThemInAtOnce() throws Exception {
        String before = interrupt(VECTOR) + "6802020000 9d"; // push IF; popf
        CpuState s = k.run(before + CLI);
        assertEquals(1, interrupts(s));
        assertEquals(begin() + length(before), returns(s));
    }

    @Test
    void movSsHoldsInterruptsBack() throws Exception {
        // Pending after STI and MOV: mov eax, DATA; sti; mov ss, eax; nop
        String before = interrupt(VECTOR) + "b810000000" + STI + "8ed0";
        CpuState s = k.run(before + NOP + CLI);
        assertEquals(begin() + length(before) + 1, returns(s), "after the NOP behind MOV SS");
    }

    @Test
    void aHigherTaskPriorityHoldsThemBack() throws Exception {
        // mov eax, 4; mov cr8, rax; ...; sti; nop; nop; xor eax, eax; mov cr8, rax; cli
        String before =
                interrupt(VECTOR) + "b804000000 440f22c0" + STI + NOP + NOP + "31c0 440f22c0";
        CpuState s = k.run(before + CLI);
        assertEquals(1, interrupts(s));
        assertEquals(begin() + length(before), returns(s));
    }

    // --- HLT -------------------------------------------------------------------------------------

    @Test
    void anInterruptThatWaitsEndsHltAfterSti() throws Exception {
        String before = interrupt(VECTOR) + STI + HLT;
        CpuState s = k.run(before + CLI);
        assertEquals(1, interrupts(s));
        assertEquals(begin() + length(before), returns(s), "behind HLT");
    }

    @Test
    void aHandlerThatHaltsWithInterruptsOffIsStuck() throws Exception {
        k.m.code(HANDLER, COUNT + HLT);
        CpuState s = k.run(interrupt(VECTOR) + STI + HLT);
        assertEquals(HANDLER + length(COUNT) + 1, s.rip());
    }

    @Test
    void hltOutlastsAKickAndEndsByAnNmi() throws Exception {
        k.start(STI + NOP + HLT + CLI);
        CompletableFuture<VcpuExit> exit = CompletableFuture.supplyAsync(k.m.cpu(0)::run);
        awaitHalt();
        k.m.cpu(0).kick();
        assertInstanceOf(VcpuExit.Kicked.class, exit.get(10, TimeUnit.SECONDS));
        assertEquals(CpuState.Activity.HALTED, k.m.cpu(0).state().activity());
        exit = CompletableFuture.supplyAsync(k.m.cpu(0)::run);
        k.m.cpu(0).request(VcpuRequests.NMI);
        assertInstanceOf(VcpuExit.Stuck.class, exit.get(10, TimeUnit.SECONDS));
        CpuState s = k.m.cpu(0).state();
        assertEquals(1, nmis(s));
        assertEquals(begin() + 3, nmiReturns(s));
    }

    private void awaitHalt() throws InterruptedException {
        while (!k.m.cpu(0).exits().containsKey("hlt")) {
            Thread.sleep(1);
        }
    }

    @Test
    void anNmiEndsHltAlsoWithInterruptsOff() throws Exception {
        CpuState s = k.run(CLI);
        assertEquals(CpuState.Activity.HALTED, s.activity());
        k.m.code(begin() + 2, NOP + HLT);
        k.m.cpu(0).request(VcpuRequests.NMI);
        assertInstanceOf(VcpuExit.Stuck.class, k.m.cpu(0).run());
        s = k.m.cpu(0).state();
        assertEquals(1, nmis(s));
        assertEquals(begin() + 2, nmiReturns(s), "behind HLT");
        assertEquals(begin() + 4, s.rip(), "behind the other");
    }

    @Test
    void aSteppedHltEndsWithItsTrap() throws Exception {
        k.m.gate(1, HANDLER, 0);
        k.m.code(HANDLER, COUNT + "48 81642410fffeffff" + IRETQ); // and qword [rsp + 16], ~TF
        CpuState s = k.run("6802010000 9d" + HLT + NOP);
        assertEquals(1, interrupts(s));
        assertEquals(begin() + 7, returns(s));
    }

    @Test
    void aCpuWhoseNmisAreBlockedIsStuckWithOneThatWaits() throws Exception {
        k.m.code(NMI_HANDLER, COUNT_NMI + NMI + CLI + HLT);
        k.start(NMI + NOP);
        assertInstanceOf(VcpuExit.Stuck.class, k.m.cpu(0).run());
    }
}
