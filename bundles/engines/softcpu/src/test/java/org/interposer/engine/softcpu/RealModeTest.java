package org.interposer.engine.softcpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real mode, 16-bit addresses, and the ways into the other modes (SDM vol. 3 chapters 9, 21). */
class RealModeTest {
    private static final int BODY = 0x7c00, OTHER = 0x7e00;
    private static final String HLT = "f4";

    private TestMachine m;

    @BeforeEach
    void open() throws Exception {
        m = new TestMachine(1, 16 * TestMachine.MIB);
    }

    @AfterEach
    void close() {
        m.close();
    }

    private CpuState run(String hex) throws Exception {
        m.code(BODY, hex + HLT);
        m.realMode(0, BODY);
        assertInstanceOf(VcpuExit.Stuck.class, m.cpu(0).run());
        return m.cpu(0).state();
    }

    @Test
    void aSegmentIsItsSelectorTimesSixteen() throws Exception {
        m.put32(0x12345, 0xaabb_ccddL);
        // mov ax, 0x1234; mov ds, ax; mov ebx, [5]
        CpuState s = run("b83412 8ed8 668b1e0500");
        assertEquals(0xaabb_ccddL, s.gpr()[CpuState.RBX]);
        assertEquals(0x12340, s.segments().ds().base());
    }

    @Test
    void addressesWrapAtSixtyFourKilobytes() throws Exception {
        m.put32(0x0001, 0x1234);
        // mov bx, 0xfff1; mov ax, [bx + 0x10]
        assertEquals(0x1234, run("bbf1ff 8b4710").gpr()[CpuState.RAX] & 0xffff);
    }

    @Test
    void anAccessAcrossTheLimitIsVector13() throws Exception {
        m.put32(13 * 4, OTHER);
        m.code(OTHER, "ba0d00" + HLT); // mov dx, 13
        // mov eax, [0xfffe]
        assertEquals(13, run("66a1feff").gpr()[CpuState.RDX]);
    }

    @Test
    void anInterruptGoesThroughTheVectorTableAndComesBack() throws Exception {
        m.put32(0x21 * 4, OTHER);
        m.code(OTHER, "9c 5b 43 cf"); // pushf; pop bx; inc bx; iret
        // sti; nop; int 0x21; pushf; pop cx; cli
        CpuState s = run("fb 90 cd21 9c 59 fa");
        assertEquals(0, s.gpr()[CpuState.RBX] - 1 & 0x200, "IF is clear in the handler");
        assertEquals(0x200, s.gpr()[CpuState.RCX] & 0x200, "and back after IRET");
        assertEquals(TestMachine.STACK, s.gpr()[CpuState.RSP]);
    }

    @Test
    void restoringAStateWritesNothingToTheFirstPage() throws Exception {
        m.put64(0, 0x1122_3344_5566_7788L);
        m.cpu(0).restore(m.cpu(0).state());
        assertEquals(0x1122_3344_5566_7788L, m.get64(0));
    }

    @Test
    void aDivisionErrorPushesTheInstructionsOwnAddress() throws Exception {
        m.put32(0, OTHER);
        m.code(OTHER, "59" + HLT); // pop cx
        assertEquals(BODY + 2, run("31db f7f3").gpr()[CpuState.RCX]); // xor bx, bx; div bx
    }

    @Test
    void stringsAndLoopsUseSixteenBitRegisters() throws Exception {
        // mov ecx, 0x10003; mov di, 0x9000; mov al, 0x5a; rep stosb
        CpuState s = run("66b903000100 bf0090 b05a f3aa");
        assertEquals(0x10000, s.gpr()[CpuState.RCX], "only CX counts");
        assertEquals(0x9003, s.gpr()[CpuState.RDI]);
        assertEquals(0x5a_5a5aL, m.get32(0x9000));
    }

    @Test
    void protectedModeKeepsTheRealSegmentsUntilTheyAreLoaded() throws Exception {
        m.put64(TestMachine.GDT + TestMachine.CODE, 0x00cf_9b00_0000_ffffL);
        m.put64(TestMachine.GDT + TestMachine.DATA, 0x00cf_9300_0000_ffffL);
        m.put32(0x12345, 0x77);
        m.put32(0x20_0000, 0x88);
        // mov ax, 0x1234; mov ds, ax; mov eax, cr0; or al, 1; mov cr0, eax; mov bl, [5]; jmp
        // 8:OTHER
        m.code(OTHER, "b810000000 8ed8 8b0d00002000" + HLT); // 32-bit: mov ds, 0x10; mov ecx, [..]
        CpuState s = run("b83412 8ed8 0f20c0 0c01 0f22c0 8a1e0500 ea007e0800");
        assertEquals(0x77, s.gpr()[CpuState.RBX] & 0xff);
        assertEquals(0x88, s.gpr()[CpuState.RCX]);
        assertEquals(0xc09b, s.segments().cs().attributes());
    }

    @Test
    void unrealModeKeepsTheLargeLimitAfterTheWayBack() throws Exception {
        m.put64(TestMachine.GDT + TestMachine.DATA, 0x00cf_9300_0000_ffffL);
        m.put32(0x20_0000, 0x99);
        // cr0.PE on; mov bx, 0x10; mov fs, bx; cr0.PE off; mov edx, 0x200000; mov ecx, fs:[edx]
        CpuState s =
                run("0f20c0 0c01 0f22c0 bb1000 8ee3 24fe 0f22c0" + "66ba00002000 64 67 668b0a");
        assertEquals(0x99, s.gpr()[CpuState.RCX]);
    }
}
