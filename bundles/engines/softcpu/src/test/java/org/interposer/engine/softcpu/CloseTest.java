package org.interposer.engine.softcpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.memory.DirtyLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The translation tables are outside the heap: whoever came after their end would crash the JVM.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CloseTest {
    private static final int CODE = 0x1000;

    @Test
    void aClosedVcpuNeitherRunsNorGivesItsState() throws Exception {
        try (TestMachine m = new TestMachine(1, TestMachine.MIB)) {
            SoftVcpu vcpu = m.cpu(0);
            m.vm.close();
            assertThrows(IllegalStateException.class, vcpu::run);
            assertThrows(IllegalStateException.class, vcpu::state);
        }
    }

    @Test
    void aMachineThatRunsIsNotClosedAndGoesOn() throws Exception {
        try (TestMachine m = new TestMachine(2, TestMachine.MIB)) {
            m.code(CODE, "ebfe"); // jmp $
            m.realMode(1, CODE);
            SoftVcpu vcpu = m.cpu(1);
            CompletableFuture<VcpuExit> exit = CompletableFuture.supplyAsync(vcpu::run);
            TestMachine.spinUntil(vcpu::inGuest);
            assertThrows(IllegalStateException.class, m.vm::close);
            vcpu.kick();
            assertInstanceOf(VcpuExit.Kicked.class, exit.get(30, TimeUnit.SECONDS));
            m.realMode(0, CODE);
            m.cpu(0).kick();
            assertInstanceOf(VcpuExit.Kicked.class, m.cpu(0).run());
        }
    }

    @Test
    void aDirtyLogOutlivesTheMachineThatItWatched() throws Exception {
        try (TestMachine m = new TestMachine(1, TestMachine.MIB)) {
            DirtyLog log = m.memory.dirtyLog();
            log.start();
            m.vm.close();
            m.put64(CODE, 1);
            assertEquals(1, log.collect((address, length) -> {}));
            log.stop();
        }
    }
}
