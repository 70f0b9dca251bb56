package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestKernel.TASK;
import static org.interposer.engine.softcpu.TestKernel.TSS;
import static org.interposer.engine.softcpu.TestKernel.USER;
import static org.interposer.engine.softcpu.TestKernel.exception;
import static org.interposer.engine.softcpu.TestMachine.GDT;
import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What user code may not do, or only where the kernel lets it (SDM vol. 3 §5.9; vol. 1 §18.5). */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PrivilegeTest {
    private static final int UD = 6, GP = 13, AC = 17;
    private static final int IF = 0x200, IOPL3 = 0x3000, ALIGNMENT = 1 << 18;
    private static final int TSD = 1 << 2, UMIP = 1 << 11, FSGSBASE = 1 << 16, AM = 1 << 18;

    /** The end of code that was let by. */
    private static final String END = "0f0b";

    private TestKernel k;

    @BeforeEach
    void open() throws Exception {
        k = new TestKernel();
    }

    @AfterEach
    void close() {
        k.close();
    }

    private CpuState user(int flags, String hex) throws Exception {
        return k.run(k.toUser(flags | 2, hex + END));
    }

    /** mov rax, cr; or eax, bits; mov cr, rax. */
    private static String set(int cr, int bits) {
        String modrm = String.format("%02x", 0xc0 | cr << 3);
        return "0f20" + modrm + "0d" + little(bits) + "0f22" + modrm;
    }

    @Test
    void instructionsOfTheKernelFaultInUserCode() throws Exception {
        String[] privileged = {
            "f4", // hlt
            "0f01142500900000", // lgdt
            "0f011c2500900000", // lidt
            "0f00d0", // lldt
            "0f00d8", // ltr
            "0f01f0", // lmsw
            "0f06", // clts
            "0f013c2500900000", // invlpg
            "0f08", // invd
            "0f09", // wbinvd
            "0f32", // rdmsr
            "0f30", // wrmsr
        };
        for (String instruction : privileged) {
            CpuState s = user(IOPL3, instruction);
            assertEquals(GP, s.gpr()[CpuState.RDX], instruction);
            assertEquals(0, k.pushed(s, 0), instruction);
            assertEquals(USER, k.pushed(s, 1), instruction);
        }
    }

    @Test
    void theInterruptFlagBelongsToWhomIoplNames() throws Exception {
        for (String instruction : new String[] {"fa", "fb"}) {
            k.fault(user(0, instruction), GP, 0);
            exception(user(IOPL3, instruction), UD);
        }
        String popf = "6802020000 9d"; // push IF; popf
        assertEquals(0, k.pushed(user(0, popf), 2) & IF, "ignored");
        CpuState s = user(IOPL3, popf);
        assertEquals(IF | IOPL3, k.pushed(s, 2) & (IF | IOPL3), "but IOPL stays");
    }

    @Test
    void rdtscIsFreeUnlessTheKernelForbidsIt() throws Exception {
        exception(user(0, "0f31"), UD);
        String forbid = set(4, TSD);
        k.fault(k.run(forbid + k.toUser(2, "0f31")), GP, 0);
        k.fault(k.run(forbid + k.toUser(2, "0f01f9")), GP, 0); // rdtscp
        exception(k.run(forbid + "0f31" + END), UD); // Not in the kernel.
    }

    @Test
    void umipHidesTheTables() throws Exception {
        String[] reads = {
            "0f01042500900000", // sgdt
            "0f010c2500900000", // sidt
            "0f00c0", // sldt
            "0f00c8", // str
            "0f01e0" // smsw
        };
        for (String read : reads) {
            exception(user(0, read), UD);
            CpuState s = k.run(set(4, UMIP) + k.toUser(2, read));
            assertEquals(GP, s.gpr()[CpuState.RDX], read);
            exception(k.run(set(4, UMIP) + read + END), UD);
        }
    }

    @Test
    void theBasesOfFsAndGsAreUserCodesOnlyWithFsgsbase() throws Exception {
        String write = "f3480faed0"; // wrfsbase rax
        CpuState s = user(0, write);
        assertEquals(USER, k.pushed(s, 0), "undefined itself");
        s = k.run(set(4, FSGSBASE) + k.toUser(2, "b878560000" + write + END));
        assertEquals(0x5678, s.segments().fs().base());
        // mov rax, 1 << 47
        String bad = "48b8" + little(0) + little(0x8000);
        k.fault(k.run(set(4, FSGSBASE) + k.toUser(2, bad + write)), GP, 0);
    }

    // --- alignment (§6.15 interrupt 17) ----------------------------------------------------------

    @Test
    void alignmentIsCheckedInUserCodeWithAmAndAc() throws Exception {
        String load = "8b042501900000"; // mov eax, [0x9001]
        String off = "0f20c0 25" + little(~AM) + "0f22c0"; // and eax, ~AM
        exception(k.run(off + k.toUser(ALIGNMENT | 2, load + END)), UD);
        exception(k.run(set(0, AM) + k.toUser(2, load + END)), UD);
        String all = set(0, AM) + k.toUser(ALIGNMENT | 2, load + END);
        k.fault(k.run(all), AC, 0);
        String aligned = "8b042504900000 8a042501900000" + END; // Four bytes; one byte anywhere.
        exception(k.run(set(0, AM) + k.toUser(ALIGNMENT | 2, aligned)), UD);
        // push AC; popf; the same load in the kernel.
        exception(k.run(set(0, AM) + "6802000400 9d" + load + END), UD);
    }

    // --- ports (vol. 1 §18.5.2) ------------------------------------------------------------------

    /** User code with a permission map of that many bytes behind the task segment's 104. */
    private CpuState port(int base, int bytes, int denied, int flags, String hex) throws Exception {
        k.start(k.toUser(flags | 2, hex + END));
        long at = GDT + TASK;
        k.m.put64(at, k.m.get64(at) & ~0xffffL | 103 + bytes);
        k.m.bytes(TSS + 102, new byte[2 + 0x100]);
        k.m.bytes(TSS + 102, new byte[] {(byte) base, (byte) (base >> 8)});
        if (denied >= 0) {
            k.m.bytes(TSS + 104 + denied / 8, new byte[] {(byte) (1 << denied % 8)});
        }
        assertInstanceOf(VcpuExit.Stuck.class, k.m.cpu(0).run());
        return k.m.cpu(0).state();
    }

    private static String out(int port, boolean wide) {
        return "ba" + little(port) + (wide ? "ef" : "ee"); // mov edx, port; out dx, eax or al
    }

    @Test
    void theTaskSegmentSaysWhichPortsUserCodeMayUse() throws Exception {
        exception(port(104, 0x21, -1, 0, out(0x80, false)), UD);
        k.fault(port(104, 0x21, 0x80, 0, out(0x80, false)), GP, 0);
        k.fault(port(104, 0x21, 0x80, 0, "ba80000000 ec"), GP, 0); // in al, dx
        exception(port(104, 0x21, 0x80, 0, out(0x7f, false) + out(0x81, false)), UD);
        exception(port(104, 0x21, 0x80, IOPL3, out(0x80, false)), UD);
    }

    @Test
    void eachByteOfAWideAccessMustBeAllowed() throws Exception {
        for (int first = 0x7d; first <= 0x80; first++) {
            k.fault(port(104, 0x21, 0x80, 0, out(first, true)), GP, 0);
        }
        exception(port(104, 0x21, 0x80, 0, out(0x7c, true) + out(0x81, true)), UD);
    }

    @Test
    void portsBeyondTheMapAreForbidden() throws Exception {
        exception(port(104, 0x21, -1, 0, out(0xff, false)), UD);
        k.fault(port(104, 0x21, -1, 0, out(0x108, false)), GP, 0);
        k.fault(port(0x200, 0x21, -1, 0, out(0, false)), GP, 0); // No map.
    }

    @Test
    void aPortThatIsForbiddenFaultsAlsoForNoRepetition() throws Exception {
        k.m.put32(TSS + 100, 0xffff_0000); // no I/O map
        for (String string : new String[] {"f36c", "f36e", "f3666d"}) { // insb, outsb, insw
            k.fault(user(0, "31c9 66ba2000" + string), GP, 0); // xor ecx, ecx; mov dx, 0x20
            exception(user(IOPL3, "31c9 66ba2000" + string), UD);
        }
    }

    @Test
    void userCodeFindsNoNullSelectorWithALevel() throws Exception {
        for (int rpl = 0; rpl < 4; rpl++) {
            // mov eax, rpl; mov ds, eax; mov gs, eax
            String load = "b8" + little(rpl) + "8ed8 8ee8";
            CpuState s = k.run(load + k.toUser(2, "8cde 8cef" + END)); // mov esi, ds; mov edi, gs
            exception(s, UD);
            assertEquals(0, s.gpr()[CpuState.RSI], "DS, was " + rpl);
            assertEquals(0, s.gpr()[CpuState.RDI], "GS, was " + rpl);
        }
    }
}
