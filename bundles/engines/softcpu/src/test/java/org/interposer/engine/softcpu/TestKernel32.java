package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;

/**
 * What a 32-bit kernel sets up, on a {@link TestMachine}: segments of user code, a task segment,
 * and handlers of faults that tell which it was and halt. All code is below 64 KiB.
 */
final class TestKernel32 implements AutoCloseable {
    static final int BODY = 0xc000, HANDLERS = 0xd000, OTHER = 0xe000, USER = 0xf000;
    static final int TSS = 0x7000, KERNEL_STACK = 0xa000, USER_STACK = 0xb000;

    /** Selectors beside those of TestMachine. */
    static final int USER_CODE = 0x1b, USER_DATA = 0x23, TASK = 0x28, TESTED = 0x30, GATE = 0x38;

    static final long FLAT_CODE = 0x00cf_9b00_0000_ffffL, DPL3 = 0x6000_0000_0000L;
    static final String HLT = "f4";

    /** mov eax, TASK; ltr ax. */
    static final String LOAD_TASK = "b828000000 0f00d8";

    private static final int HANDLER_BYTES = 16;
    private static final long BUSY = 2L << 40;

    final TestMachine m;

    TestKernel32() throws Exception {
        m = new TestMachine(1, 16 * TestMachine.MIB);
        for (int vector : new int[] {6, 8, 10, 11, 12, 13}) {
            long stub = HANDLERS + (long) HANDLER_BYTES * vector;
            m.gate32(vector, stub);
            // pop eax (the error code; of #UD it is EIP); mov edx, vector; hlt
            m.code(stub, "58 ba" + little(vector) + HLT);
        }
        m.put64(TestMachine.GDT + (USER_CODE & ~7), FLAT_CODE | DPL3);
        m.put64(TestMachine.GDT + (USER_DATA & ~7), 0x00cf_9300_0000_ffffL | DPL3);
        m.put32(TSS + 4, KERNEL_STACK);
        m.put32(TSS + 8, TestMachine.DATA);
        task(0x89, 0x67);
    }

    /** The descriptor of the task segment; LTR makes it busy, {@link #prepare} available. */
    void task(int access, int limit) {
        m.put64(TestMachine.GDT + TASK, (long) access << 40 | (long) TSS << 16 | limit);
    }

    /** Runs code in the kernel until HLT. */
    CpuState run(String hex) throws Exception {
        prepare(hex);
        assertInstanceOf(VcpuExit.Stuck.class, m.cpu(0).run());
        return m.cpu(0).state();
    }

    /** All of {@link #run} but the run. */
    void prepare(String hex) throws Exception {
        long task = TestMachine.GDT + TASK;
        m.put64(task, m.get64(task) & ~BUSY);
        m.code(BODY, hex + HLT);
        m.protectedMode(0, BODY);
    }

    static void fault(CpuState s, int vector, int error) {
        assertEquals(vector, s.gpr()[CpuState.RDX], "vector");
        assertEquals(error, s.gpr()[CpuState.RAX], "error code");
    }

    static String loadFs(int selector) {
        return "b8" + little(selector) + "8ee0"; // mov eax, selector; mov fs, ax
    }

    /** LTR, then IRET to code of level 3 at {@link #USER}. */
    static String toUser(int flags) {
        return LOAD_TASK + iretToUser(flags);
    }

    static String iretToUser(int flags) {
        return TestMachine.iretFrame(USER_STACK, flags, USER) + "cf";
    }

    @Override
    public void close() {
        m.close();
    }
}
