package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.memory.DirtyLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Code that changes after it has been decoded: by itself, by another vCPU, by a device (SDM vol. 3
 * §8.1.3, §11.6). And what the guest writes while somebody logs it.
 */
class CodeChangeTest {
    private static final int BODY = 0x10000, FUNCTION = 0x20000;
    private static final String HLT = "f4";

    private TestMachine m;

    @BeforeEach
    void open() throws Exception {
        m = new TestMachine(2, 16 * TestMachine.MIB);
    }

    @AfterEach
    void close() {
        m.close();
    }

    private long run(String hex) throws Exception {
        m.code(BODY, hex + HLT);
        m.longMode(0, BODY, 2);
        assertInstanceOf(VcpuExit.Stuck.class, m.cpu(0).run());
        return m.cpu(0).state().gpr()[CpuState.RAX];
    }

    private static String call(int from, int to) {
        return "e8" + little(to - (from + 5));
    }

    private static String store(int address, int octet) {
        return "c60425" + little(address) + String.format("%02x", octet); // 8 bytes
    }

    @Test
    void theVeryNextInstructionMayBeChanged() throws Exception {
        assertEquals(0x55, run("31c0" + store(BODY + 11, 0x55) + "b001")); // mov al, 1
    }

    @Test
    void aFunctionOfAnotherPageIsDecodedAnew() throws Exception {
        m.code(FUNCTION, "b801000000 c3"); // mov eax, 1; ret
        String twice = call(BODY, FUNCTION) + store(FUNCTION + 1, 7) + call(BODY + 13, FUNCTION);
        assertEquals(7, run(twice));
    }

    @Test
    void anInstructionAcrossPagesKnowsBoth() throws Exception {
        int across = FUNCTION + 0xffd;
        m.code(across, "b801000000 c3"); // three bytes here, two there
        String twice = call(BODY, across) + store(FUNCTION + 0x1001, 9) + call(BODY + 13, across);
        assertEquals(0x0900_0001, run(twice), "changed in its second page");
    }

    @Test
    void aStoreBesideCodeInItsPageChangesNothing() throws Exception {
        m.code(FUNCTION, "b801000000 c3");
        String twice =
                call(BODY, FUNCTION) + store(FUNCTION + 0x800, 7) + call(BODY + 13, FUNCTION);
        assertEquals(1, run(twice));
    }

    @Test
    void aRepeatedStoreMayReachItsOwnCode() throws Exception {
        // mov edi, FUNCTION; mov ecx, 8; mov al, 0x90; rep stosb; then the new NOPs and RET.
        m.code(FUNCTION, "b801000000 0f0b 90 c3"); // mov eax, 1; ud2; nop; ret
        String body = "bf" + little(FUNCTION) + "b908000000 b090 f3aa 31c0";
        assertEquals(0, run(body + call(BODY + 16, FUNCTION)));
    }

    @Test
    void whatADeviceWritesIsExecutedNext() throws Exception {
        assertEquals(1, run("b801000000"));
        m.code(BODY, "b802000000");
        m.longMode(0, BODY, 2);
        assertInstanceOf(VcpuExit.Stuck.class, m.cpu(0).run());
        assertEquals(2, m.cpu(0).state().gpr()[CpuState.RAX]);
    }

    @Test
    void anotherVcpuEndsALoopByChangingIt() throws Exception {
        m.code(FUNCTION, "b001 3c01 74fa" + HLT); // mov al, 1; cmp al, 1; je back; hlt
        m.longMode(0, FUNCTION, 2);
        CompletableFuture<VcpuExit> loop = CompletableFuture.supplyAsync(() -> m.cpu(0).run());
        Thread.sleep(50);
        assertTrue(!loop.isDone());
        m.code(BODY, store(FUNCTION + 1, 2) + HLT);
        m.longMode(1, BODY, 2);
        assertInstanceOf(VcpuExit.Stuck.class, m.cpu(1).run());
        assertInstanceOf(VcpuExit.Stuck.class, loop.get(20, TimeUnit.SECONDS));
    }

    @Test
    void whatTheGuestWritesIsLoggedByPage() throws Exception {
        DirtyLog log = m.memory.dirtyLog();
        String stores =
                store(0x30_0000, 1) + store(0x31_0fff, 1) + "488b042500003200"; // and a load
        run(stores);
        log.start();
        try {
            log.collect((address, length) -> {});
            run(stores);
            Set<Long> pages = new TreeSet<>();
            log.collect(
                    (address, length) -> {
                        for (long at = address; at < address + length; at += 4096) {
                            pages.add(at);
                        }
                    });
            assertTrue(pages.contains(0x30_0000L), pages.toString());
            assertTrue(pages.contains(0x31_0000L), pages.toString());
            assertTrue(!pages.contains(0x32_0000L), "only read");
            log.collect((address, length) -> {});
            run("90");
            Set<Long> later = new TreeSet<>();
            log.collect((address, length) -> later.add(address));
            assertTrue(!later.contains(0x30_0000L), "was told before");
        } finally {
            log.stop();
        }
    }
}
