package org.interposer.engine.softcpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Single steps, system calls and what ends a run, in 64-bit mode. */
class StepTest {
    private static final int TF = 0x100, BODY = 0x10000, HANDLER = 0x11000, OTHER = 0x12000;
    private static final String HLT = "f4";

    private TestMachine m;

    @BeforeEach
    void open() throws Exception {
        m = new TestMachine(1, 128 * TestMachine.MIB);
    }

    @AfterEach
    void close() {
        m.close();
    }

    private CpuState run(long flags) throws Exception {
        m.longMode(0, BODY, flags | 2);
        assertInstanceOf(VcpuExit.Stuck.class, m.cpu(0).run());
        return m.cpu(0).state();
    }

    /** Counts #DB in r15. */
    private void countTraps() {
        m.gate(1, HANDLER, 0);
        m.code(HANDLER, "49ff c7 48cf"); // inc r15; iretq
    }

    private void undefinedStops(String hex) throws Exception {
        m.gate(6, OTHER, 0);
        m.gate(13, HANDLER, 0);
        m.code(OTHER, "49c7c6 06000000" + HLT); // mov r14, 6; hlt
        m.code(HANDLER, "49c7c6 0d000000" + HLT);
        m.code(BODY, hex + HLT);
        assertEquals(6, run(0).gpr()[14]);
    }

    @Test
    void sysenterIsUndefinedInLongMode() throws Exception {
        undefinedStops("0f34");
    }

    @Test
    void sysexitIsUndefinedInLongMode() throws Exception {
        undefinedStops("480f35");
    }

    @Test
    void aSteppedRepTrapsOnceAnElement() throws Exception {
        countTraps();
        // mov ecx, 3; mov edi, 0x20000; rep stosb; pushf; and [rsp], ~0x100; popf; hlt
        m.code(BODY, "b903000000 bf00000200 f3aa 9c 48812424fffeffff 9d" + HLT);
        CpuState s = run(TF);
        // mov, mov, 3 elements, pushf, and, popf.
        assertEquals(8, s.gpr()[15]);
        assertEquals(0, s.gpr()[CpuState.RCX]);
    }

    @Test
    void anAccessThatLeavesTheCanonicalAddressesIsNoPageFault() throws Exception {
        m.gate(13, HANDLER, 0);
        m.gate(14, OTHER, 0);
        m.code(HANDLER, "41bf0d000000" + HLT); // mov r15d, 13
        m.code(OTHER, "41bf0e000000" + HLT);
        for (String access : new String[] {"488918", "488b18"}) { // mov [rax], rbx; mov rbx, [rax]
            m.code(BODY, "48b8fcffffffff7f0000" + access + HLT); // mov rax, 0x7ffffffffffc
            assertEquals(13, run(0).gpr()[15], access);
        }
    }

    @Test
    void stiHoldsInterruptsBackButNoTrap() throws Exception {
        countTraps();
        // sti; cli; pushf; and [rsp], ~0x100; popf; hlt
        m.code(BODY, "fb fa 9c 48812424fffeffff 9d" + HLT);
        assertEquals(5, run(TF).gpr()[15], "sti, cli, pushf, and, popf");
    }

    @Test
    void movSsHoldsTheTrapBackForTheNextInstruction() throws Exception {
        countTraps();
        // mov eax, 0x10; mov ss, eax; nop; pushf; and [rsp], ~0x100; popf; hlt
        m.code(BODY, "b810000000 8ed0 90 9c 48812424fffeffff 9d" + HLT);
        assertEquals(5, run(TF).gpr()[15], "mov, both together, pushf, and, popf");
    }

    @Test
    void aDataBreakpointOnPopSsWaitsForTheNextInstruction() throws Exception {
        m.gate(1, HANDLER, 0);
        m.code(HANDLER, "4c8b3c24" + HLT); // mov r15, [rsp]
        // push 0x10; mov eax, STACK - 8; mov dr0, rax; mov eax, 0x30001; mov dr7, rax: any access
        // of one byte; mov ss, [rsp]; nop; nop
        m.code(BODY, "6a10 b8f87f0000 0f23c0 b801000300 0f23f8 8e1424 90 90" + HLT);
        assertEquals(BODY + 2 + 16 + 3 + 1, run(0).gpr()[15], "after the NOP behind MOV SS");
    }

    @Test
    void aBranchBehindAComparisonIsAStepOfItsOwn() throws Exception {
        countTraps();
        // mov ecx, 3; dec ecx; jnz back; pushf; and [rsp], ~0x100; popf; hlt
        m.code(BODY, "b903000000 ffc9 75fc 9c 48812424fffeffff 9d" + HLT);
        run(0); // Now both are known, and executed in one go where nobody steps.
        assertEquals(1 + 3 * 2 + 3, run(TF).gpr()[15]);
    }

    @Test
    void aDataBreakpointOfAComparisonComesBeforeTheBranchBehindIt() throws Exception {
        m.gate(1, HANDLER, 0);
        m.code(HANDLER, "4c8b3c24" + HLT); // mov r15, [rsp]
        m.code(
                BODY,
                "b800000300 0f23c0 31db" // mov eax, 0x30000; mov dr0, rax; xor ebx, ebx
                        + "833801 7500" // again: cmp [rax], 1; jne to the next
                        + "85db 750c" // test ebx, ebx; jnz to the end
                        + "ffc3 ba01000f00 0f23fa" // inc ebx; mov edx, 0xf0001; mov dr7, rdx
                        + "ebeb" // jmp again, now watched
                        + HLT);
        assertEquals(BODY + 13, run(0).gpr()[15], "at the JNE");
    }

    @Test
    void noTrapAfterAnInterruptThatClearsTf() throws Exception {
        countTraps();
        m.gate(0x40, OTHER, 0);
        m.code(OTHER, HLT);
        m.code(BODY, "cd40");
        assertEquals(0, run(TF).gpr()[15]);
    }

    @Test
    void noTrapAfterSyscallThatMasksTf() throws Exception {
        countTraps();
        m.code(OTHER, HLT);
        m.code(
                BODY,
                "b9810000c0 31c0 ba08000000 0f30" // STAR: CS 8
                        + "b9820000c0 b800200100 31d2 0f30" // LSTAR: OTHER
                        + "b9840000c0 b800010000 31d2 0f30" // SFMASK: TF
                        + "9c 48810c2400010000 9d" // pushf; or [rsp], 0x100; popf
                        + "0f05");
        assertEquals(0, run(0).gpr()[15]);
    }

    @Test
    void manyPagesOfCodeInOneGoAreNoError() throws Exception {
        int pages = 12_000;
        for (int i = 1; i <= pages; i++) {
            m.code(TestMachine.MIB + i * 4096L, "e9fb0f0000"); // jmp to the next page
        }
        m.code(TestMachine.MIB + (pages + 1) * 4096L, HLT);
        m.code(BODY, "e9fb0f0f00"); // jmp 0x101000
        assertEquals(TestMachine.MIB + (pages + 1) * 4096L + 1, run(0).rip());
    }

    @Test
    void codeInADeviceFailsWithoutAnException() throws Exception {
        m.gate(13, HANDLER, 0);
        m.code(HANDLER, HLT);
        m.code(BODY, "b800000030 ffe0"); // mov eax, 0x30000000; jmp rax
        m.longMode(0, BODY, 2);
        VcpuExit.Failed failed = assertInstanceOf(VcpuExit.Failed.class, m.cpu(0).run());
        assertTrue(failed.message().contains("0x30000000"), failed.message());
        assertEquals(0x3000_0000L, m.cpu(0).state().rip());
        assertEquals(TestMachine.STACK, m.cpu(0).state().gpr()[CpuState.RSP]);
    }

    @Test
    void aJavaExceptionEndsInAFailureWithRipAndBytes() throws Exception {
        failsWith(new IllegalStateException("broken device"), "broken device");
        failsWith(new StackOverflowError(), "StackOverflowError");
        failsWith(new InternalError("lost page"), "lost page");
    }

    private void failsWith(Throwable cause, String text) throws Exception {
        try (TestMachine other = new TestMachine(1, 16 * TestMachine.MIB)) {
            other.bus.map(
                    AddressSpace.PORT, 0x99, 1, IoBus.PRIORITY_PLATFORM, "bad", new Broken(cause));
            other.code(BODY, "90 e699");
            other.longMode(0, BODY, 2);
            VcpuExit exit = other.cpu(0).run();
            String message = assertInstanceOf(VcpuExit.Failed.class, exit).message();
            assertTrue(message.contains(text), message);
            assertTrue(message.contains("RIP 0x10001, bytes e699"), message);
        }
    }

    private record Broken(Throwable cause) implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (cause instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) cause;
        }
    }
}
