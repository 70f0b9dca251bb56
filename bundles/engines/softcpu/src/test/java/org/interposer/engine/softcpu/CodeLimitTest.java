package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel32.HLT;
import static org.interposer.engine.softcpu.TestKernel32.OTHER;
import static org.interposer.engine.softcpu.TestKernel32.TESTED;
import static org.interposer.engine.softcpu.TestKernel32.fault;
import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.interposer.api.engine.CpuState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Code segments that end inside a page (SDM vol. 3 §5.3; vol. 2 JMP, Jcc, CALL, LOOP). */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CodeLimitTest {
    private static final int GP = 13, STACK = 0x9000;
    private static final String NOP = "90", FAR_JUMP = "ea" + little(OTHER) + "3000";

    private TestKernel32 k;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel32();
    }

    @AfterEach
    void close() {
        k.close();
    }

    /** Runs code in a segment that ends with that byte of it. */
    private CpuState run(String hex, int last) throws Exception {
        long limit = OTHER + last;
        k.m.put64(TestMachine.GDT + TESTED, 0x0040_9b00_0000_0000L | limit);
        k.m.code(OTHER, hex);
        return k.run("bc" + little(STACK) + "b905000000" + FAR_JUMP); // mov esp; mov ecx, 5
    }

    /** #GP(0) by the instruction at that offset, which has changed nothing. */
    private void faults(CpuState s, int at) {
        fault(s, GP, 0);
        long frame = s.gpr()[CpuState.RSP];
        assertEquals(OTHER + at, k.m.get32(frame), "EIP");
        assertEquals(STACK, frame + 12, "ESP");
        assertEquals(5, s.gpr()[CpuState.RCX], "ECX");
    }

    @Test
    void anInstructionThatReachesBeyondTheLimitFaults() throws Exception {
        String code = NOP + NOP + "be78563412" + HLT; // mov esi, 0x12345678
        faults(run(code, 5), 2);
        assertEquals(0x1234_5678, run(code, 7).gpr()[CpuState.RSI]);
        faults(run(code, 6), 7);
    }

    @Test
    void aBranchBeyondTheLimitFaultsWhereItIs() throws Exception {
        faults(run(NOP + "eb10", 16), 1); // jmp
        faults(run(NOP + "e910000000", 16), 1);
        faults(run("31c0 7410", 16), 2); // xor eax, eax; je
        faults(run(NOP + "e210", 16), 1); // loop
        faults(run(NOP + "e810000000", 16), 1); // call
        faults(run(NOP + "e800100000", 16), 1); // call to another page
        faults(run(NOP + "66e81000", 16), 1); // call, to a 16-bit offset
    }

    @Test
    void aBranchToTheLastByteIsRight() throws Exception {
        CpuState s = run("eb02 0f0b" + HLT, 4);
        assertEquals(OTHER + 5, s.rip());
        s = run("31c0 7502" + HLT, 4); // jne, not taken
        assertEquals(OTHER + 5, s.rip());
        s = run("e802000000 0f0b" + HLT, 7); // call
        assertEquals(OTHER + 8, s.rip());
        assertEquals(OTHER + 5, k.m.get32(s.gpr()[CpuState.RSP]));
    }

    @Test
    void aBranchWhoseTargetWasReachedBeforeUnderAnotherLimitFaults() throws Exception {
        String code = "eb0e" + NOP.repeat(14) + HLT;
        assertEquals(OTHER + 17, run(code, 16).rip());
        faults(run(code, 15), 0);
        assertEquals(OTHER + 17, run(code, 16).rip());
    }
}
