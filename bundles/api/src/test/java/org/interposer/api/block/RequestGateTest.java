package org.interposer.api.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RequestGateTest {
    private static final int SWAP = 1;
    private static final int OPERATOR = 4;

    private final RequestGate gate = new RequestGate();

    @Test
    void admitsUntilThereIsAReasonToHold() {
        assertTrue(gate.enter());
        assertTrue(gate.hold(SWAP));
        assertFalse(gate.enter());
        assertEquals(1, gate.inFlight());
        assertEquals(SWAP, gate.reasons());
    }

    @Test
    void opensWhenTheLastReasonIsGone() {
        assertTrue(gate.hold(SWAP));
        assertFalse(gate.hold(OPERATOR));
        assertFalse(gate.release(SWAP));
        assertFalse(gate.enter());
        assertTrue(gate.release(OPERATOR));
        assertFalse(gate.release(OPERATOR));
        assertTrue(gate.enter());
    }

    @Test
    void helpersJoinOnlyWhileSomethingIsInFlight() {
        assertTrue(gate.enter());
        gate.hold(SWAP);
        assertTrue(gate.join());
        gate.exit();
        gate.exit();
        assertFalse(gate.join());
    }

    @Test
    void noticesACompletionTooMany() {
        gate.hold(SWAP);
        assertThrows(IllegalStateException.class, gate::exit);
        assertEquals(SWAP, gate.reasons());
    }

    @Test
    void waitsForWhatIsInFlightAndGivesUpInTime() throws InterruptedException {
        gate.enter();
        assertFalse(gate.awaitIdle(Duration.ofMillis(20).toNanos()));
        Thread other = new Thread(gate::exit);
        other.start();
        assertTrue(gate.awaitIdle(Duration.ofSeconds(10).toNanos()));
        other.join();
    }

    /** Four threads come and go; whoever holds and has drained must be alone. */
    @Test
    void whoHoldsAndDrainedIsAlone() throws InterruptedException {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger violations = new AtomicInteger();
        // Plain on purpose: only the gate orders the accesses.
        int[] plain = new int[1];
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            boolean helper = i == 3;
            threads[i] =
                    new Thread(
                            () -> {
                                while (!stop.get()) {
                                    if (helper ? gate.join() : gate.enter()) {
                                        inside.incrementAndGet();
                                        if (plain[0] % 2 != 0) {
                                            violations.incrementAndGet();
                                        }
                                        inside.decrementAndGet();
                                        gate.exit();
                                    }
                                }
                            });
            threads[i].start();
        }
        for (int round = 0; round < 5_000; round++) {
            gate.hold(SWAP);
            assertTrue(gate.awaitIdle(Duration.ofSeconds(10).toNanos()));
            plain[0]++;
            if (inside.get() != 0) {
                violations.incrementAndGet();
            }
            plain[0]++;
            gate.release(SWAP);
        }
        stop.set(true);
        for (Thread t : threads) {
            t.join();
        }
        assertEquals(0, violations.get());
        assertEquals(0, gate.inFlight());
    }
}
