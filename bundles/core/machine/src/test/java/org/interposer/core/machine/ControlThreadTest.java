package org.interposer.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.interposer.api.machine.MachineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class ControlThreadTest {
    private final ControlThread control = new ControlThread("m");

    @Test
    void aCommandMayCallAnother() throws Exception {
        assertEquals(
                7, control.call("outer", 10, () -> control.call("inner", 10, () -> 7)).intValue());
    }

    @Test
    void aCommandThatTakesTooLongIsNamedAndGoesOn() {
        CountDownLatch go = new CountDownLatch(1);
        MachineException e =
                assertThrows(
                        MachineException.class, () -> control.call("pause", 0, () -> waitFor(go)));
        assertTrue(e.getMessage().startsWith("machine 'm': pause has not finished within 0 s"));
        go.countDown();
    }

    @Test
    void aCommandThatWaitsWhenTheMachineIsDeletedEndsAtOnce() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        control.post(() -> waitFor(go));
        CompletableFuture<String> waiting =
                CompletableFuture.supplyAsync(
                        () ->
                                assertThrows(
                                                MachineException.class,
                                                () -> control.call("stop", 60, () -> 1))
                                        .getMessage());
        Thread.sleep(100);
        control.close();
        assertEquals("machine 'm' has been deleted", waiting.get(10, TimeUnit.SECONDS));
        assertThrows(MachineException.class, () -> control.call("stop", 60, () -> 1));
    }

    private static int waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }
}
