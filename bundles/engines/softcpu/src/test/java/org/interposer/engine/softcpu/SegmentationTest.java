package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel32.BODY;
import static org.interposer.engine.softcpu.TestKernel32.GATE;
import static org.interposer.engine.softcpu.TestKernel32.HLT;
import static org.interposer.engine.softcpu.TestKernel32.KERNEL_STACK;
import static org.interposer.engine.softcpu.TestKernel32.OTHER;
import static org.interposer.engine.softcpu.TestKernel32.TESTED;
import static org.interposer.engine.softcpu.TestKernel32.USER;
import static org.interposer.engine.softcpu.TestKernel32.USER_CODE;
import static org.interposer.engine.softcpu.TestKernel32.USER_DATA;
import static org.interposer.engine.softcpu.TestKernel32.USER_STACK;
import static org.interposer.engine.softcpu.TestKernel32.fault;
import static org.interposer.engine.softcpu.TestKernel32.loadFs;
import static org.interposer.engine.softcpu.TestKernel32.toUser;
import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Segments of 32-bit mode, gates between privilege levels, and what the processor checks of them
 * (SDM vol. 3 chapters 5 and 6).
 */
class SegmentationTest {
    private TestKernel32 k;
    private TestMachine m;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel32();
        m = k.m;
    }

    @AfterEach
    void close() {
        k.close();
    }

    /** A byte-granular segment of DPL 0. */
    private void tested(int type, long base, int limit) {
        m.put64(
                TestMachine.GDT + TESTED,
                limit & 0xffff
                        | (base & 0xff_ffff) << 16
                        | (long) (0x80 | type) << 40
                        | (long) (0x40 | limit >> 16 & 15) << 48
                        | base >>> 24 << 56);
    }

    @Test
    void aSegmentAddsItsBaseAndEndsAtItsLimit() throws Exception {
        tested(0x13, 0x9000, 0xff);
        m.put32(0x90fc, 0x1234_5678);
        assertEquals(0x1234_5678, k.run(loadFs(TESTED) + "648b1dfc000000").gpr()[CpuState.RBX]);
        fault(k.run(loadFs(TESTED) + "648b1dfd000000"), 13, 0);
    }

    @Test
    void anExpandDownSegmentIsWhatLiesAboveItsLimit() throws Exception {
        tested(0x17, 0x9000, 0xff);
        m.put32(0x9100, 0x1234_5678);
        assertEquals(0x1234_5678, k.run(loadFs(TESTED) + "648b1d00010000").gpr()[CpuState.RBX]);
        fault(k.run(loadFs(TESTED) + "648b1dff000000"), 13, 0);
    }

    @Test
    void readOnlyDataIsNotWrittenAndExecuteOnlyCodeNotLoaded() throws Exception {
        tested(0x11, 0x9000, 0xff);
        fault(k.run(loadFs(TESTED) + "64c70500000000 01000000"), 13, 0);
        tested(0x19, 0x9000, 0xff);
        fault(k.run(loadFs(TESTED)), 13, TESTED);
    }

    @Test
    void aNullSelectorLoadsAndFaultsWhenUsed() throws Exception {
        assertEquals(0, k.run(loadFs(3)).gpr()[CpuState.RDX]);
        fault(k.run(loadFs(0) + "648b1d00000000"), 13, 0);
        fault(k.run("31c0 8ed0"), 13, 0); // xor eax, eax; mov ss, ax
    }

    @Test
    void whatIsNotPresentOrBeyondTheTableIsTold() throws Exception {
        tested(0x13, 0, 0xff);
        m.put64(TestMachine.GDT + TESTED, m.get64(TestMachine.GDT + TESTED) & ~(0x80L << 40));
        fault(k.run(loadFs(TESTED)), 11, TESTED);
        fault(k.run("b830000000 8ed0"), 12, TESTED); // mov ss
        fault(k.run(loadFs(0x80)), 13, 0x80);
    }

    @Test
    void aLoadSetsTheAccessedBit() throws Exception {
        tested(0x12, 0, 0xff);
        k.run(loadFs(TESTED));
        assertEquals(0x93, m.get64(TestMachine.GDT + TESTED) >>> 40 & 0xff);
    }

    @Test
    void anInterruptFromUserCodeTakesTheStackOfTheTaskSegment() throws Exception {
        m.gate32(0x40, OTHER);
        m.code(OTHER, "89e3" + HLT); // mov ebx, esp
        m.code(USER, "cd40");
        CpuState s = k.run(toUser(2));
        assertEquals(KERNEL_STACK - 20, s.gpr()[CpuState.RBX]);
        assertEquals(USER + 2, m.get32(KERNEL_STACK - 20), "EIP");
        assertEquals(USER_CODE, m.get32(KERNEL_STACK - 16), "CS");
        assertEquals(USER_STACK, m.get32(KERNEL_STACK - 8), "ESP");
        assertEquals(USER_DATA, m.get32(KERNEL_STACK - 4), "SS");
        assertEquals(0, s.segments().cs().selector() & 3);
    }

    @Test
    void userCodeMayNotHaltNorUseAGateOfTheKernel() throws Exception {
        m.code(USER, HLT);
        fault(k.run(toUser(2)), 13, 0);
        m.put64(TestMachine.IDT + 0x40 * 8, m.get64(TestMachine.IDT + 13 * 8) & ~TestKernel32.DPL3);
        m.code(USER, "cd40");
        fault(k.run(toUser(2)), 13, 0x40 * 8 + 2);
    }

    @Test
    void aCallGateChangesTheLevelAndCopiesParameters() throws Exception {
        // 32-bit call gate, DPL 3, two parameters.
        m.put64(
                TestMachine.GDT + GATE,
                OTHER & 0xffff
                        | TestMachine.CODE << 16
                        | 0xec02L << 32
                        | (long) OTHER >>> 16 << 48);
        m.code(OTHER, "8b4c2408 8b5c240c ca0800"); // mov ecx, [esp+8]; mov ebx, [esp+12]; retf 8
        m.code(
                USER,
                "6811110000 6822220000 9a000000003b00" // push 2; call 0x3b:0
                        + "89e6 cd40"); // mov esi, esp; int 0x40
        m.gate32(0x40, USER + 0x100);
        m.code(USER + 0x100, HLT);
        CpuState s = k.run(toUser(2));
        assertEquals(0x2222, s.gpr()[CpuState.RCX]);
        assertEquals(0x1111, s.gpr()[CpuState.RBX]);
        assertEquals(USER_STACK, s.gpr()[CpuState.RSI], "RETF took the parameters off");
    }

    /**
     * User code reaches for kernel code whose accessed bit cannot be set, since the GDT is
     * read-only to all: the page fault finds everything of the user's as it was.
     */
    private void pageFaultLeavesUser(String hex) throws Exception {
        int directory = 0x2_0000, table = 0x2_1000;
        m.put32(directory, table | 7);
        for (int i = 0; i < 1024; i++) {
            m.put32(table + 4 * i, i << 12 | 7);
        }
        m.put32(table + (TestMachine.GDT >>> 12) * 4, TestMachine.GDT | 5);
        tested(0x1a, 0, 0xf_ffff);
        m.gate32(14, USER + 0x100);
        m.code(USER + 0x100, "89e3" + HLT); // mov ebx, esp
        m.code(USER, hex);
        // mov eax, directory; mov cr3, eax; mov eax, PG | WP | PE; mov cr0, eax
        String paging = "b8" + little(directory) + "0f22d8 b811000180 0f22c0";
        CpuState s = k.run(TestKernel32.LOAD_TASK + paging + TestKernel32.iretToUser(2));
        long frame = s.gpr()[CpuState.RBX];
        assertEquals(KERNEL_STACK - 24, frame);
        assertEquals(3, m.get32(frame), "a write of the processor's to what is present");
        assertEquals(TestMachine.GDT + TESTED + 5, s.control().cr2());
        assertEquals(USER, m.get32(frame + 4), "EIP");
        assertEquals(USER_CODE, m.get32(frame + 8), "CS");
        assertEquals(USER_STACK, m.get32(frame + 16), "ESP");
        assertEquals(USER_DATA, m.get32(frame + 20), "SS");
    }

    @Test
    void aCallGateWhoseCodeCannotBeMarkedChangesNothing() throws Exception {
        long target = OTHER | TESTED << 16 | 0xec00L << 32;
        m.put64(TestMachine.GDT + GATE, target);
        pageFaultLeavesUser("9a000000003b00");
    }

    @Test
    void anInterruptGateWhoseCodeCannotBeMarkedChangesNothing() throws Exception {
        m.gate32(0x40, OTHER);
        long at = TestMachine.IDT + 0x40 * 8;
        m.put64(at, m.get64(at) & ~0xffff_0000L | TESTED << 16);
        pageFaultLeavesUser("cd40");
    }

    private static String writeMsr(int index, int value) {
        return "b9" + little(index) + "b8" + little(value) + "31d2 0f30";
    }

    private static String fastCalls(int cs) {
        return writeMsr(0x174, cs) + writeMsr(0x175, KERNEL_STACK) + writeMsr(0x176, OTHER);
    }

    @Test
    void sysenterGoesToTheKernelAndSysexitBack() throws Exception {
        m.code(USER, "0f34"); // sysenter
        // mov ebx, esp; mov edx, USER + 0x20; mov ecx, USER_STACK - 8; sysexit
        m.code(OTHER, "89e3 ba" + little(USER + 0x20) + "b9" + little(USER_STACK - 8) + "0f35");
        m.code(USER + 0x20, "89e6 8ccf cd40"); // mov esi, esp; mov edi, cs; int 0x40
        m.gate32(0x40, USER + 0x100);
        m.code(USER + 0x100, HLT);
        CpuState s = k.run(fastCalls(TestMachine.CODE) + toUser(2));
        assertEquals(KERNEL_STACK, s.gpr()[CpuState.RBX]);
        assertEquals(USER_STACK - 8, s.gpr()[CpuState.RSI]);
        assertEquals(USER_CODE, s.gpr()[CpuState.RDI]);
    }

    @Test
    void fastCallsThatWereNotSetUpAreProtectionFaults() throws Exception {
        m.code(USER, "0f34");
        fault(k.run(fastCalls(0) + toUser(2)), 13, 0);
        fault(k.run(fastCalls(0) + "0f35"), 13, 0);
        m.code(USER, "0f35");
        fault(k.run(fastCalls(TestMachine.CODE) + toUser(2)), 13, 0); // Not from level 3.
    }

    @Test
    void aTaskSwitchIsRefusedClearly() throws Exception {
        m.code(BODY, "9a000000002800"); // call TASK:0
        m.protectedMode(0, BODY);
        VcpuExit.Failed failed = assertInstanceOf(VcpuExit.Failed.class, m.cpu(0).run());
        assertTrue(failed.message().contains("switches tasks"), failed.message());
    }

    @Test
    void aFaultWhileAFaultIsDeliveredIsADoubleFaultAndThenAShutdown() throws Exception {
        m.put64(TestMachine.IDT + 13 * 8, 0); // No gate for #GP: #NP on the way, then #DF.
        fault(k.run(loadFs(0x80)), 8, 0);
        m.put64(TestMachine.IDT + 8 * 8, 0);
        m.code(BODY, loadFs(0x80));
        m.protectedMode(0, BODY);
        assertInstanceOf(VcpuExit.TripleFault.class, m.cpu(0).run());
    }

    @Test
    void movSsHoldsADebugTrapBackForOneInstruction() throws Exception {
        m.gate32(1, OTHER);
        m.code(OTHER, "8b0c24" + HLT); // mov ecx, [esp]
        // push flags with TF; popf; mov ss, ax (after mov eax); nop
        CpuState s = k.run("b810000000 6802010000 9d 8ed0 40 90");
        assertEquals(
                BODY + 5 + 5 + 1 + 2 + 1, s.gpr()[CpuState.RCX], "after INC, not after MOV SS");
    }

    @Test
    void theTrapOfAStepOverHltEndsIt() throws Exception {
        m.gate32(1, OTHER);
        m.code(OTHER, "b9" + little(0x1234) + HLT); // mov ecx, 0x1234
        CpuState s = k.run("6802030000 9d" + HLT); // push flags with IF and TF; popf
        assertEquals(0x1234, s.gpr()[CpuState.RCX]);
    }
}
