package org.interposer.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class VcpuGateTest {
    private final VcpuGate gate = new VcpuGate(List.of(new Fakes.ScriptedVcpu(0)));

    @Test
    void aVcpuThatStandsForThePauseDoesNotMissAShortOne() {
        gate.open();
        VcpuGate.Entry entered = gate.enter();
        gate.leave();
        assertTrue(gate.close(0));
        gate.open();
        gate.awaitPause(entered);
        assertEquals(new VcpuGate.Entry(entered.epoch(), entered.closings() + 1), gate.enter());
    }

    @Test
    void aVcpuThatStandsWaitsForThePause() throws Exception {
        gate.open();
        VcpuGate.Entry entered = gate.enter();
        gate.leave();
        CountDownLatch waited = new CountDownLatch(1);
        Thread thread =
                new Thread(
                        () -> {
                            gate.awaitPause(entered);
                            waited.countDown();
                        });
        thread.start();
        assertFalse(waited.await(100, TimeUnit.MILLISECONDS));
        assertTrue(gate.close(0));
        assertTrue(waited.await(20, TimeUnit.SECONDS));
    }
}
