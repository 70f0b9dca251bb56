package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel.HLT;
import static org.interposer.engine.softcpu.TestKernel.OTHER;
import static org.interposer.engine.softcpu.TestKernel.USER;
import static org.interposer.engine.softcpu.TestKernel.begin;
import static org.interposer.engine.softcpu.TestKernel.exception;
import static org.interposer.engine.softcpu.TestKernel.writeMsr;
import static org.interposer.engine.softcpu.TestMachine.STACK;
import static org.interposer.engine.softcpu.TestMachine.length;
import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.interposer.api.engine.CpuState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * SYSCALL and SYSRET (SDM vol. 2; vol. 3 §5.8.8), of compatibility mode as AMD has them (APM vol. 2
 * §6.1.1).
 */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SyscallTest {
    private static final int EFER = 0xc000_0080, STAR = 0xc000_0081, LSTAR = 0xc000_0082;
    private static final int CSTAR = 0xc000_0083, SFMASK = 0xc000_0084;
    private static final int CF = 1, TF = 0x100, IF = 0x200, DF = 0x400, IOPL = 0x3000;
    private static final int UD = 6, GP = 13;
    private static final String SYSCALL = "0f05", SYSRET = "480f07", SYSRET32 = "0f07";

    /** The kernel's part: its CS and SS into EBP and R8, its flags into R10. */
    private static final String ENTRY = "8ccd 418cd0 9c 415a" + HLT;

    /** Before SYSCALL, of user code: its CS and SS into EDI and ESI. */
    private static final String SELECTORS = "8ccf 8cd6";

    private TestKernel k;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel();
        k.m.code(OTHER, ENTRY);
    }

    @AfterEach
    void close() {
        k.close();
    }

    private static String setUp(int kernel, int user, int mask) {
        return writeMsr(STAR, (long) user << 48 | (long) kernel << 32)
                + writeMsr(LSTAR, OTHER)
                + writeMsr(CSTAR, OTHER)
                + writeMsr(SFMASK, mask);
    }

    /** SYSRET to user code. */
    private String toUser(String sysret, int flags, String hex) {
        k.m.code(USER, hex);
        return "b9" + little(USER) + "41bb" + little(flags) + sysret; // mov ecx; mov r11d
    }

    @Test
    void sysretAndSyscallLoadSelectorsWithoutDescriptors() throws Exception {
        // No descriptors there in either table.
        String body = setUp(0x60, 0x40, IF) + toUser(SYSRET, IF | 2, SELECTORS + SYSCALL);
        CpuState s = k.run(body);
        assertEquals(0x50 | 3, s.gpr()[CpuState.RDI], "STAR[63:48] + 16, level 3");
        assertEquals(0x48 | 3, s.gpr()[CpuState.RSI], "STAR[63:48] + 8");
        assertEquals(0x60, s.gpr()[CpuState.RBP], "STAR[47:32]");
        assertEquals(0x68, s.gpr()[8], "STAR[47:32] + 8");
        assertEquals(0, s.segments().ss().attributes() & 0x60, "level 0");
        assertEquals(STACK, s.gpr()[CpuState.RSP], "the stack stays");
    }

    @Test
    void theLevelDoesNotComeFromStar() throws Exception {
        CpuState s = k.run(setUp(0x63, 0x43, IF) + toUser(SYSRET, 2, SELECTORS + SYSCALL));
        assertEquals(0x53, s.gpr()[CpuState.RDI]);
        assertEquals(0x4b, s.gpr()[CpuState.RSI]);
        assertEquals(0x60, s.gpr()[CpuState.RBP]);
        assertEquals(0x68, s.gpr()[8]);
    }

    @Test
    void syscallKeepsRipAndFlagsAndMasksThem() throws Exception {
        int flags = IF | DF | CF | IOPL | 2;
        String user = SELECTORS + SYSCALL;
        CpuState s = k.run(setUp(8, 0x40, IF | DF) + toUser(SYSRET, flags, user));
        assertEquals(USER + length(user), s.gpr()[CpuState.RCX]);
        assertEquals(flags, s.gpr()[11]);
        assertEquals(flags & ~(IF | DF), s.gpr()[10]);
    }

    @Test
    void sysretDropsRfAndVmAndTheReservedFlags() throws Exception {
        int reserved = 1 << 16 | 1 << 17 | 1 << 15 | 1 << 5 | 1 << 3 | 1 << 22;
        CpuState s = k.run(setUp(8, 0x40, IF) + toUser(SYSRET, reserved | CF, SYSCALL));
        assertEquals(CF | 2, s.gpr()[11]);
    }

    @Test
    void sysretOfThirtyTwoBitsGoesToCompatibilityMode() throws Exception {
        // mov eax, 5; dec eax; mov ebx, eax; syscall, which goes to CSTAR there.
        String user = SELECTORS + "b805000000 48 89c3" + SYSCALL;
        String body = setUp(8, 0x40, IF) + toUser(SYSRET32, 2, user);
        CpuState s = k.run(body);
        assertEquals(0x43, s.gpr()[CpuState.RDI], "STAR[63:48]");
        assertEquals(0x4b, s.gpr()[CpuState.RSI]);
        assertEquals(4, s.gpr()[CpuState.RBX]);
        assertEquals(USER + length(user), s.gpr()[CpuState.RCX]);
        assertEquals(8, s.gpr()[CpuState.RBP]);
    }

    @Test
    void syscallFromTheKernelStaysThere() throws Exception {
        CpuState s = k.run(setUp(8, 0x40, 0) + SYSCALL);
        assertEquals(begin() + length(setUp(8, 0x40, 0)) + 2, s.gpr()[CpuState.RCX]);
        assertEquals(8, s.gpr()[CpuState.RBP]);
    }

    @Test
    void bothAreUndefinedWithoutSce() throws Exception {
        String off = writeMsr(EFER, 0xd00);
        exception(k.run(off + SYSCALL), UD);
        exception(k.run(off + SYSRET), UD);
    }

    @Test
    void sysretIsTheKernels() throws Exception {
        k.fault(k.run(k.toUser(2, SYSRET)), GP, 0);
    }

    @Test
    void sysretToAnAddressThatIsNotCanonicalFaultsInTheKernel() throws Exception {
        String body = setUp(8, 0x40, 0) + "48b9" + little(0) + little(0x8000) + SYSRET;
        CpuState s = k.run(body);
        k.fault(s, GP, 0);
        assertEquals(8, k.pushed(s, 2), "CS");
        assertEquals(begin() + length(body) - 3, k.pushed(s, 1), "RIP");
    }

    @Test
    void sysretThatSetsTfTrapsAtOnceAsIfTheSyscallWereThePreviousStep() throws Exception {
        k.m.gate(1, OTHER + 0x100, 0);
        k.m.code(OTHER + 0x100, "4889e3" + HLT);
        CpuState s = k.run(setUp(8, 0x40, TF) + toUser(SYSRET, TF | 2, "90 90"));
        assertEquals(USER, k.pushed(s, 0));
    }
}
