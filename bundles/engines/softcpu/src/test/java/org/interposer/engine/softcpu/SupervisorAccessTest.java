package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the kernel may do with user pages: SMEP, SMAP and EFLAGS.AC (SDM vol. 3 §4.6). */
class SupervisorAccessTest {
    private static final int BODY = 0x10000, HANDLER = 0x11000, USER_PAGE = 0x20_0000;
    private static final int SMEP = 1 << 20, SMAP = 1 << 21;
    private static final String HLT = "f4", STAC = "0f01cb", CLAC = "0f01ca";
    private static final String LOAD = "488b1c2500002000"; // mov rbx, [USER_PAGE]
    private static final String STORE = "c6042500002000 01"; // mov byte [USER_PAGE], 1
    private static final String JUMP = "b800002000 ffe0"; // mov eax, USER_PAGE; jmp rax

    /** Error code: a page that is there, written, fetched. */
    private static final int PRESENT = 1, WRITE = 2, FETCH = 16;

    private TestMachine m;

    @BeforeEach
    void open() throws Exception {
        m = new TestMachine(1, 16 * TestMachine.MIB);
        m.gate(14, HANDLER, 0);
        m.code(HANDLER, "58" + HLT); // pop rax: the error code
        m.code(USER_PAGE, "b877000000" + HLT); // mov eax, 0x77
    }

    @AfterEach
    void close() {
        m.close();
    }

    /** The first 2 MiB are the kernel's, the others the user's; all of it runs at level 0. */
    private CpuState run(int cr4, String hex) throws Exception {
        String setup = "0f20e0 0d" + little(cr4) + "0f22e0";
        m.code(BODY, setup + "31c0" + hex + HLT);
        m.longMode(0, BODY, 2);
        m.put64(TestMachine.ROOT + 0x2000, 0x83);
        assertInstanceOf(VcpuExit.Stuck.class, m.cpu(0).run());
        return m.cpu(0).state();
    }

    private static void fault(CpuState s, int error) {
        assertEquals(error, s.gpr()[CpuState.RAX], "error code");
        assertEquals(USER_PAGE, s.control().cr2());
    }

    @Test
    void withoutBothTheKernelMayDoAll() throws Exception {
        assertEquals(0x77, run(0, LOAD + STORE.replace("01", "b8") + JUMP).gpr()[CpuState.RAX]);
    }

    @Test
    void smepForbidsToExecuteUserPages() throws Exception {
        fault(run(SMEP, JUMP), PRESENT | FETCH);
        assertEquals(0, run(SMEP, LOAD).gpr()[CpuState.RAX], "reading is free");
    }

    @Test
    void smapForbidsToReadAndWriteThemUnlessAcIsSet() throws Exception {
        fault(run(SMAP, LOAD), PRESENT);
        fault(run(SMAP, STORE), PRESENT | WRITE);
        assertEquals(0, run(SMAP, STAC + LOAD + STORE + CLAC).gpr()[CpuState.RAX]);
        fault(run(SMAP, STAC + LOAD + CLAC + LOAD), PRESENT);
    }

    @Test
    void smapDoesNotConcernFetches() throws Exception {
        m.code(USER_PAGE, "b877000000" + HLT);
        assertEquals(0x77, run(SMAP, JUMP).gpr()[CpuState.RAX]);
    }
}
