package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.interposer.api.engine.CpuModel;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.engine.VcpuRequests;

/**
 * What a 64-bit kernel sets up, on a {@link TestMachine}: segments of user code, a task segment,
 * and for each exception a handler that tells which it was and halts. A test replaces what it
 * tests.
 */
final class TestKernel implements AutoCloseable {
    /** Code: of the test, handlers of the kernel, of the test's own handlers, of level 3. */
    static final int BODY = 0x10000, HANDLERS = 0x11000, OTHER = 0x13000, USER = 0x14000;

    static final int TSS = 0x7000, KERNEL_STACK = 0xa000, USER_STACK = 0xb000, IST_STACK = 0xc000;
    static final int USER_CODE = 0x1b, USER_DATA = 0x23, TASK = 0x28;

    /** Two free entries of the GDT, for a descriptor of 16 bytes. */
    static final int TESTED = 0x38;

    static final long CODE64 = 0x00af_9b00_0000_ffffL, CODE32 = 0x00cf_9b00_0000_ffffL;
    static final long DPL3 = 0x6000_0000_0000L, CONFORMING = 0x0400_0000_0000L;
    static final String HLT = "f4", IRETQ = "48cf";

    /** A port whose device raises an NMI before the next instruction. */
    static final int NMI_PORT = 0x90;

    /** OUT to {@link #NMI_PORT}. */
    static final String NMI = "e690";

    private static final int EXCEPTIONS = 32, HANDLER_BYTES = 32;

    final TestMachine m;

    TestKernel() throws Exception {
        this(CpuModel.HOST);
    }

    TestKernel(CpuModel model) throws Exception {
        m = new TestMachine(1, 16 * TestMachine.MIB, model);
        for (int vector = 0; vector < EXCEPTIONS; vector++) {
            int handler = HANDLERS + vector * HANDLER_BYTES;
            m.gate(vector, handler, 0);
            // mov edx, vector; mov rbx, rsp; cli; hlt
            m.code(handler, "ba" + little(vector) + "4889e3 fa" + HLT);
        }
        m.put64(TestMachine.GDT + (USER_CODE & ~7), CODE64 | DPL3);
        m.put64(TestMachine.GDT + (USER_DATA & ~7), 0x00cf_9300_0000_ffffL | DPL3);
        m.put64(TSS + 4, KERNEL_STACK);
        ist(1, IST_STACK);
        onWrite(NMI_PORT, this::nmi);
    }

    /** As {@link TestMachine#onWrite}. */
    void onWrite(int port, Runnable action) throws Exception {
        m.onWrite(port, action);
    }

    /** An NMI before the next instruction. On the vCPU's thread. */
    void nmi() {
        m.cpu(0).request(VcpuRequests.NMI);
        m.cpu(0).cpu().stop();
    }

    void ist(int number, long rsp) {
        m.put64(TSS + 28 + 8L * number, rsp);
    }

    /** Runs code in the kernel, with the task segment loaded, until HLT. */
    CpuState run(String hex) throws Exception {
        start(hex);
        assertInstanceOf(VcpuExit.Stuck.class, m.cpu(0).run());
        return m.cpu(0).state();
    }

    /** All of {@link #run} but the run. */
    void start(String hex) throws Exception {
        m.put64(TestMachine.GDT + TASK, 0x0000_8900_0000_0067L | (long) TSS << 16);
        m.put64(TestMachine.GDT + TASK + 8, 0);
        m.code(BODY, prologue() + hex + HLT);
        m.longMode(0, BODY, 2);
    }

    /** Where the test's code begins. */
    static long begin() {
        return BODY + prologue().length() / 2;
    }

    /** mov eax, TASK; ltr ax. */
    private static String prologue() {
        return "b828000000 0f00d8".replace(" ", "");
    }

    /** IRET to code of level 3 at {@link #USER}, which is given; its own stack. */
    String toUser(int flags, String hex) {
        m.code(USER, hex);
        return TestMachine.iretFrame(USER_STACK, flags, USER) + IRETQ;
    }

    static String writeMsr(int index, long value) {
        return "b9"
                + little(index)
                + "b8"
                + little((int) value)
                + "ba"
                + little((int) (value >>> 32))
                + "0f30";
    }

    /** The local APIC of the vCPU raises an interrupt. */
    static String interrupt(int vector) {
        // x2APIC mode, APIC on, IPI to itself.
        return writeMsr(0x1b, 0xfee0_0d00L) + writeMsr(0x80f, 0x1ff) + writeMsr(0x83f, vector);
    }

    /** A word above the stack pointer that the handler saw. */
    long pushed(CpuState s, int index) {
        return m.get64(s.gpr()[CpuState.RBX] + 8L * index);
    }

    /** Without an error code. */
    static void exception(CpuState s, int vector) {
        assertEquals(vector, s.gpr()[CpuState.RDX], "vector");
    }

    void fault(CpuState s, int vector, int error) {
        exception(s, vector);
        assertEquals(error, pushed(s, 0), "error code");
    }

    @Override
    public void close() {
        m.close();
    }
}
