package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel.BODY;
import static org.interposer.engine.softcpu.TestKernel.HLT;
import static org.interposer.engine.softcpu.TestKernel.writeMsr;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Activity;
import org.interposer.api.engine.CpuState.Segment;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.irq.MsiMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** INIT and start-up (SDM vol. 3 §8.4, table 9-1). vCPU 1 is an application processor. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InitTest {
    private static final int PAGE = 0x12, OTHER_PAGE = 0x13, START = PAGE << 12;
    private static final int PORT = 0x91, ROUNDS = 10_000;
    private static final int STACK_TOP = 0xfffe;
    private static final long CACHE = 0x6000_0000L, ET = 0x10;
    private static final String CLI = "fa";

    /** mov ax, cs; call to the next, which is pop bx; hlt. */
    private static final String TELL = "8cc8 e80000 5b" + HLT;

    private TestMachine m;
    private IrqchipHost host;

    @BeforeEach
    void open() throws Exception {
        m = new TestMachine(2, 16 * TestMachine.MIB);
        host = m.vm.irqchipHost();
        m.code(START, TELL);
        m.code(OTHER_PAGE << 12, TELL);
    }

    @AfterEach
    void close() {
        m.close();
    }

    private CpuState stuck(int cpu) throws Exception {
        assertInstanceOf(VcpuExit.Stuck.class, m.cpu(cpu).run());
        return m.cpu(cpu).state();
    }

    /** Runs 64-bit code on the application processor until HLT. */
    private CpuState runWide(String hex) throws Exception {
        m.code(BODY, hex + CLI + HLT);
        m.longMode(1, BODY, 2);
        return stuck(1);
    }

    private CpuState init(int cpu) throws Exception {
        host.init(cpu);
        return m.cpu(cpu).state();
    }

    private static int ax(CpuState s) {
        return (int) s.gpr()[CpuState.RAX] & 0xffff;
    }

    private static void startedAt(int page, CpuState s) {
        assertEquals(page << 8, ax(s), "CS as the program sees it");
        assertEquals(5, s.gpr()[CpuState.RBX], "IP as the program sees it");
        assertEquals(new Segment(page << 8, (long) page << 12, 0xffff, 0x9b), s.segments().cs());
    }

    /** It does nothing until it is kicked. */
    private void waits() throws Exception {
        long before = m.cpu(1).exits().get("instructions");
        m.cpu(1).kick();
        assertInstanceOf(VcpuExit.Kicked.class, m.cpu(1).run());
        assertEquals(before, m.cpu(1).exits().get("instructions"));
        assertEquals(Activity.WAIT_FOR_SIPI, m.cpu(1).state().activity());
    }

    // --- start-up (§8.4.3, §8.4.4) ---------------------------------------------------------------

    @Test
    void onlyTheBootProcessorRunsAfterPowerOn() throws Exception {
        assertEquals(Activity.RUNNING, m.cpu(0).state().activity());
        waits();
    }

    @Test
    void startUpBeginsInRealModeAtItsPage() throws Exception {
        host.startup(1, PAGE);
        CpuState s = stuck(1);
        startedAt(PAGE, s);
        assertEquals(0, s.control().cr0() & 1, "real mode");
        assertEquals(5, m.get64(STACK_TOP) & 0xffff, "the stack begins at 0:0");
    }

    @Test
    void anyPageOfTheFirstMegabyteWillDo() throws Exception {
        m.code(0xff << 12, TELL);
        host.startup(1, 0xff);
        startedAt(0xff, stuck(1));
    }

    @Test
    void oneProcessorStartsTheOther() throws Exception {
        // x2APIC on; INIT, then start-up, to APIC 1.
        String init = writeMsr(0x830, 1L << 32 | 0xc500);
        String startup = writeMsr(0x830, 1L << 32 | 0xc600 | PAGE);
        m.code(BODY, writeMsr(0x1b, 0xfee0_0d00L) + init + startup + startup + CLI + HLT);
        m.longMode(0, BODY, 2);
        CompletableFuture<VcpuExit> exit = CompletableFuture.supplyAsync(m.cpu(1)::run);
        stuck(0);
        assertInstanceOf(VcpuExit.Stuck.class, exit.get(40, TimeUnit.SECONDS));
        startedAt(PAGE, m.cpu(1).state());
    }

    @Test
    void nothingElseStartsIt() throws Exception {
        m.irqchip.deliver(new MsiMessage(0xfee0_1000L, 0x40));
        host.kick(1);
        host.nmi(1);
        waits();
    }

    @Test
    void theFirstOfTwoStartUpsIsHeard() throws Exception {
        host.startup(1, PAGE);
        host.startup(1, OTHER_PAGE);
        startedAt(PAGE, stuck(1));
    }

    @Test
    void aStartUpWhileItRunsIsIgnored() throws Exception {
        m.code(BODY, "90 90" + HLT);
        m.longMode(1, BODY, 2);
        host.startup(1, PAGE);
        assertEquals(BODY + 3, stuck(1).rip());
        host.startup(1, PAGE);
        CpuState s = m.cpu(1).state();
        assertEquals(Activity.HALTED, s.activity(), "nor does it end HLT");
        assertEquals(BODY + 3, s.rip());
    }

    @Test
    void aStartUpBeforeInitDoesNotOutlastIt() throws Exception {
        m.longMode(1, BODY, 2);
        host.startup(1, PAGE);
        host.init(1);
        waits();
        host.startup(1, OTHER_PAGE);
        startedAt(OTHER_PAGE, stuck(1));
    }

    @Test
    void whatWasSentToAnOldStateDoesNotReachTheNewOne() throws Exception {
        CpuState waiting = m.cpu(1).state();
        m.longMode(1, BODY, 2);
        host.startup(1, PAGE);
        m.cpu(1).restore(waiting);
        waits();
    }

    @Test
    void itStartsAnewManyTimesWhateverItDoes() throws Exception {
        // It tells the device and then sleeps, or falls asleep, or has not done that yet.
        AtomicInteger told = new AtomicInteger();
        m.onWrite(PORT, told::incrementAndGet);
        m.code(START, "e691 fb" + HLT);
        CompletableFuture<VcpuExit> exit = CompletableFuture.supplyAsync(m.cpu(1)::run);
        for (int i = 0; i < ROUNDS; i++) {
            host.init(1);
            host.startup(1, PAGE);
            int round = i;
            TestMachine.spinUntil(() -> told.get() > round);
            TestMachine.spin(i % 200);
        }
        m.cpu(1).kick();
        assertInstanceOf(VcpuExit.Kicked.class, exit.get(40, TimeUnit.SECONDS));
    }

    // --- INIT (§9.1, table 9-1) ------------------------------------------------------------------

    @Test
    void initEndsAProgramAndWaitsForStartUpAgain() throws Exception {
        m.code(BODY, "ebfe"); // jmp to itself
        m.longMode(1, BODY, 2);
        CompletableFuture<VcpuExit> exit = CompletableFuture.supplyAsync(m.cpu(1)::run);
        TestMachine.spinUntil(() -> m.cpu(1).exits().get("instructions") != 0);
        host.init(1);
        host.startup(1, PAGE);
        assertInstanceOf(VcpuExit.Stuck.class, exit.get(40, TimeUnit.SECONDS));
        startedAt(PAGE, m.cpu(1).state());
    }

    @Test
    void initEndsHltWithInterruptsOff() throws Exception {
        assertEquals(Activity.HALTED, runWide("").activity());
        CompletableFuture<VcpuExit> exit = CompletableFuture.supplyAsync(m.cpu(1)::run);
        host.init(1);
        host.startup(1, PAGE);
        assertInstanceOf(VcpuExit.Stuck.class, exit.get(40, TimeUnit.SECONDS));
        startedAt(PAGE, m.cpu(1).state());
    }

    @Test
    void initBringsTheBootProcessorToTheResetVector() throws Exception {
        m.longMode(0, BODY, 2);
        CpuState s = init(0);
        assertEquals(Activity.RUNNING, s.activity());
        assertEquals(0xfff0, s.rip());
        assertEquals(new Segment(0xf000, 0xffff_0000L, 0xffff, 0x9b), s.segments().cs());
    }

    @Test
    void initResetsGeneralAndControlRegisters() throws Exception {
        runWide("49c7c7ffffffff b9010000c0 0f20e0 0f22d0" + writeMsr(0xc000_0100, 0x1234));
        CpuState s = init(1);
        long[] gpr = new long[16];
        int[] version = new int[4];
        m.cpu(1).env().cpuid(1, 0, version);
        gpr[CpuState.RDX] = version[0];
        assertArrayEquals(gpr, s.gpr());
        assertEquals(0xfff0, s.rip());
        assertEquals(2, s.rflags());
        assertEquals(ET, s.control().cr0());
        assertEquals(0, s.control().cr2() | s.control().cr3() | s.control().cr4());
        assertEquals(0, s.control().cr8());
        assertEquals(0, s.control().efer());
    }

    @Test
    void initResetsSegmentsAndTables() throws Exception {
        m.put64(TestMachine.GDT + TestKernel.TASK, 0x0000_8900_0000_0067L);
        m.put64(TestMachine.GDT + TestKernel.TASK + 8, 0);
        // mov eax, DATA; mov fs, eax; FS.base; mov eax, TASK; ltr ax
        runWide("b810000000 8ee0" + writeMsr(0xc000_0100, 0x1234) + "b828000000 0f00d8");
        CpuState.Segments s = init(1).segments();
        Segment data = new Segment(0, 0, 0xffff, 0x93);
        for (Segment one : new Segment[] {s.ds(), s.es(), s.fs(), s.gs(), s.ss()}) {
            assertEquals(data, one);
        }
        for (Segment one : new Segment[] {s.ldt(), s.tr()}) {
            assertEquals(0, one.selector() | one.base());
            assertEquals(0xffff, one.limit());
        }
        assertEquals(new CpuState.Table(0, 0xffff), s.gdt());
        assertEquals(new CpuState.Table(0, 0xffff), s.idt());
    }

    @Test
    void initResetsDebugRegisters() throws Exception {
        // mov eax, 0x9000; mov dr2, rax; mov eax, 0x20; mov dr7, rax; mov eax, 1; mov dr6, rax
        runWide("b800900000 0f23d0 b820000000 0f23f8 b801000000 0f23f0");
        assertArrayEquals(new long[] {0, 0, 0, 0, 0xffff_0ff0L, 0x400}, init(1).debug());
    }

    @Test
    void initKeepsTheCacheBitsOfCr0() throws Exception {
        assertEquals(CACHE | ET, m.cpu(1).state().control().cr0(), "set after power-on");
        runWide("0f20c0 0d00000060 0f22c0"); // mov rax, cr0; or eax, CD | NW; mov cr0, rax
        assertEquals(CACHE | ET, init(1).control().cr0());
        runWide("0f20c0 0d00000040 0f22c0");
        assertEquals(0x4000_0000L | ET, init(1).control().cr0());
        runWide("");
        assertEquals(ET, init(1).control().cr0());
    }

    @Test
    void initKeepsModelSpecificRegistersAndTheTimeStamp() throws Exception {
        long tsc = 1L << 50;
        String kept = writeMsr(0x174, 8) + writeMsr(0x175, 0x1111) + writeMsr(0x176, 0x2222);
        kept += writeMsr(0xc000_0081, 3) + writeMsr(0xc000_0082, 4) + writeMsr(0xc000_0084, 5);
        kept += writeMsr(0xc000_0102, 6) + writeMsr(0xc000_0103, 7) + writeMsr(0x277, 0x0606);
        CpuState before = runWide(kept + writeMsr(0x10, tsc));
        assertEquals(0x0606, before.msrs().get(0x277));
        CpuState s = init(1);
        assertEquals(before.msrs(), s.msrs());
        assertTrue(s.tsc() >= tsc);
    }

    @Test
    void initKeepsFloatingPointAndVectorRegisters() throws Exception {
        m.put32(0x9000, 0x1f80 | 3 << 13);
        m.put32(0x9004, 0x0c7f);
        // fld1; fldcw [0x9004]; pcmpeqd xmm9, xmm9; ldmxcsr [0x9000]
        String set = "d9e8 d92c2504900000 66450f76c9 0fae142500900000";
        byte[] before = runWide(set).fxsave();
        assertEquals(0x7f, before[0] & 0xff);
        assertEquals(-1, before[160 + 9 * 16]);
        assertArrayEquals(before, init(1).fxsave());
    }

    @Test
    void initForgetsNmisAndUnblocksThem() throws Exception {
        m.gate(2, START + 0x100, 0);
        m.code(START + 0x100, CLI + HLT); // The NMI's handler, which never returns.
        m.code(BODY, "90" + HLT);
        m.longMode(1, BODY, 2);
        host.nmi(1);
        stuck(1);
        host.nmi(1);
        CpuState s = m.cpu(1).state();
        assertTrue(s.events().nmiPending() && s.events().nmiMasked());
        s = init(1);
        assertFalse(s.events().nmiPending() || s.events().nmiMasked());
    }

    @Test
    void anNmiBeforeInitIsForgottenAndOneAfterStartUpIsNot() throws Exception {
        m.put32(2 * 4, 0x4000); // Vector 2 of real mode: 0:0x4000.
        m.code(0x4000, "ba0200" + HLT); // mov dx, 2
        m.longMode(1, BODY, 2);
        host.nmi(1);
        host.init(1);
        host.startup(1, PAGE);
        startedAt(PAGE, stuck(1));
        host.nmi(1);
        CpuState s = stuck(1);
        assertEquals(2, s.gpr()[CpuState.RDX] & 0xffff);
        assertEquals(0x4004, s.rip());
    }

    // --- the local APIC (§11.4.7.3, §11.12.5.1) --------------------------------------------------

    @Test
    void initForgetsInterruptsButKeepsX2ApicModeAndId() throws Exception {
        String own = writeMsr(0x83f, 0x40); // An interrupt to itself, which waits.
        runWide(
                writeMsr(0x1b, 0xfee0_0c00L)
                        + writeMsr(0x80f, 0x1ff)
                        + writeMsr(0x808, 0x20)
                        + own);
        assertTrue(m.cpu(1).env().apic().hasInterrupt());
        CpuState s = init(1);
        assertFalse(m.cpu(1).env().apic().hasInterrupt());
        assertEquals(0xfee0_0c00L, s.control().apicBase());
        assertEquals(1, m.cpu(1).env().apic().readMsr(0x802));
        assertEquals(0, m.cpu(1).env().apic().readMsr(0x808), "task priority");
        assertEquals(0xff, m.cpu(1).env().apic().readMsr(0x80f), "switched off by software");
    }
}
