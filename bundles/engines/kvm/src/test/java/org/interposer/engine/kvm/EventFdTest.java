package org.interposer.engine.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@Timeout(60)
@EnabledOnOs(OS.LINUX)
class EventFdTest {
    @Test
    void aSignalBeforeTheWaitEndsItAndSeveralCoalesce() throws Exception {
        try (EventFd event = new EventFd()) {
            assertFalse(event.await(0));
            event.signal();
            event.signal();
            assertTrue(event.await(Long.MAX_VALUE));
            assertFalse(event.await(1_000_000));
            event.signal();
            assertTrue(event.await(0));
        }
    }

    @Test
    void aWaitEndsAfterItsTime() throws Exception {
        try (EventFd event = new EventFd()) {
            long start = System.nanoTime();
            assertFalse(event.await(5_000_000));
            assertTrue(System.nanoTime() - start >= 5_000_000);
        }
    }

    @Test
    void aSignalThroughTheDescriptorIsSeen() throws Exception {
        try (EventFd event = new EventFd()) {
            Struct one = new Struct(8).put64(0, 1);
            assertEquals(8, Libc.write(event.descriptor().orElseThrow(), one.address(), 8));
            assertTrue(event.await(0));
            event.signal();
            assertTrue(event.await(0));
        }
    }

    @Test
    void closingWakesTheWaitingThreadAndLaterUseIsHarmless() throws Exception {
        EventFd event = new EventFd();
        AtomicBoolean got = new AtomicBoolean(true);
        Thread waiter = new Thread(() -> got.set(event.await(Long.MAX_VALUE)));
        waiter.start();
        Thread.sleep(20);
        event.close();
        waiter.join();
        assertFalse(got.get());
        event.close();
        event.signal();
        assertFalse(event.await(0));
        assertTrue(event.descriptor().isEmpty());
    }

    /** Work is published before the signal; the waiter may never miss the last of it. */
    @Test
    void noSignalIsLostAndTheWorkBehindItIsSeen() throws Exception {
        try (EventFd event = new EventFd()) {
            AtomicInteger done = new AtomicInteger();
            int total = 300_000;
            int[] work = new int[1];
            Thread waiter =
                    new Thread(
                            () -> {
                                while (done.get() < total) {
                                    assertTrue(event.await(Long.MAX_VALUE));
                                    done.set(work[0]);
                                }
                            });
            waiter.setDaemon(true);
            waiter.start();
            for (int i = 1; i <= total; i++) {
                work[0] = i;
                event.signal();
                if (i % 64 == 0 || i == total) {
                    long deadline = System.nanoTime() + 10_000_000_000L;
                    while (done.get() < i) {
                        Thread.onSpinWait();
                        assertTrue(System.nanoTime() < deadline, "a signal was lost");
                    }
                }
            }
            waiter.join();
            assertEquals(total, done.get());
        }
    }
}
