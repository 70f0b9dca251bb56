package org.interposer.core.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.interposer.api.time.DeviceTimer;
import org.interposer.api.time.ManagedClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ThreadedClockTest {
    private static final long MS = 1_000_000;

    private final ManagedClock clock = new ComponentClockFactory().create("demo");

    @AfterEach
    void close() {
        clock.close();
    }

    @Test
    void itStartsPausedAtZero() throws InterruptedException {
        Thread.sleep(5);
        assertEquals(0, clock.nanos());
    }

    @Test
    void guestTimeStopsWhilePaused() throws InterruptedException {
        clock.resume();
        Thread.sleep(5);
        clock.pause();
        long paused = clock.nanos();
        assertTrue(paused >= 5 * MS, "ran " + paused);
        Thread.sleep(20);
        assertEquals(paused, clock.nanos());
        long before = System.nanoTime();
        clock.resume();
        long ran = clock.nanos() - paused;
        assertTrue(ran >= 0 && ran <= System.nanoTime() - before, "ran on for " + ran);
    }

    @Test
    void timersExpireInOrderOfTheirDeadlinesAndNotBeforeThem() throws InterruptedException {
        List<String> order = new CopyOnWriteArrayList<>();
        AtomicBoolean early = new AtomicBoolean();
        CountDownLatch all = new CountDownLatch(3);
        for (int i : new int[] {3, 1, 2}) {
            long deadline = i * 4 * MS;
            clock.newTimer(
                            "t" + i,
                            () -> {
                                early.compareAndSet(false, clock.nanos() < deadline);
                                order.add("t" + i);
                                all.countDown();
                            })
                    .arm(deadline);
        }
        clock.resume();
        assertTrue(all.await(5, TimeUnit.SECONDS));
        assertEquals(List.of("t1", "t2", "t3"), order);
        assertFalse(early.get());
    }

    @Test
    void armingAgainReplacesTheDeadlineBothWays() throws InterruptedException {
        CountDownLatch sooner = new CountDownLatch(1);
        AtomicInteger expiries = new AtomicInteger();
        DeviceTimer brought = clock.newTimer("brought forward", sooner::countDown);
        DeviceTimer put = clock.newTimer("put off", expiries::incrementAndGet);
        brought.arm(3_600_000 * MS);
        put.arm(5 * MS);
        clock.resume();
        brought.arm(10 * MS);
        put.arm(3_600_000 * MS);
        assertTrue(sooner.await(5, TimeUnit.SECONDS));
        assertEquals(0, expiries.get());
    }

    @Test
    void aDeadlineThatHasPassedExpiresAtOnce() throws InterruptedException {
        CountDownLatch expired = new CountDownLatch(1);
        clock.resume();
        clock.newTimer("late", expired::countDown).arm(-1);
        assertTrue(expired.await(5, TimeUnit.SECONDS));
    }

    @Test
    void cancelledAndClosedTimersStaySilent() throws InterruptedException {
        AtomicInteger expiries = new AtomicInteger();
        DeviceTimer cancelled = clock.newTimer("cancelled", expiries::incrementAndGet);
        DeviceTimer closed = clock.newTimer("closed", expiries::incrementAndGet);
        cancelled.arm(MS);
        closed.arm(MS);
        cancelled.cancel();
        closed.close();
        closed.arm(MS);
        clock.resume();
        Thread.sleep(20);
        assertEquals(0, expiries.get());
    }

    @Test
    void aTimerMayArmItselfAgain() throws InterruptedException {
        CountDownLatch ticks = new CountDownLatch(10);
        DeviceTimer[] periodic = new DeviceTimer[1];
        periodic[0] =
                clock.newTimer(
                        "periodic",
                        () -> {
                            ticks.countDown();
                            periodic[0].arm(clock.nanos() + MS);
                        });
        periodic[0].arm(MS);
        clock.resume();
        assertTrue(ticks.await(5, TimeUnit.SECONDS));
    }

    @Test
    void nothingExpiresWhilePausedAndPauseWaitsForARunningExpiry() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        AtomicBoolean finished = new AtomicBoolean();
        AtomicInteger later = new AtomicInteger();
        clock.newTimer(
                        "slow",
                        () -> {
                            entered.countDown();
                            sleep(30);
                            finished.set(true);
                        })
                .arm(0);
        clock.newTimer("later", later::incrementAndGet).arm(1);
        clock.resume();
        assertTrue(entered.await(5, TimeUnit.SECONDS));
        clock.pause();
        assertTrue(finished.get());
        sleep(20);
        assertEquals(0, later.get());
    }

    @Test
    void anExpiryThatFailsDoesNotStopTheOthers() throws InterruptedException {
        CountDownLatch expired = new CountDownLatch(1);
        clock.newTimer(
                        "broken",
                        () -> {
                            throw new IllegalStateException("on purpose");
                        })
                .arm(0);
        clock.newTimer("sound", expired::countDown).arm(MS);
        clock.resume();
        assertTrue(expired.await(5, TimeUnit.SECONDS));
    }

    @Test
    void armingAllocatesNothing() {
        DeviceTimer timer = clock.newTimer("t", () -> {});
        DeviceTimer other = clock.newTimer("u", () -> {});
        clock.resume();
        arm(timer, other, 50_000);
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        threads.getThreadAllocatedBytes(id);
        long before = threads.getThreadAllocatedBytes(id);
        arm(timer, other, 200_000);
        long allocated = threads.getThreadAllocatedBytes(id) - before;
        assertTrue(allocated < 1024, "bytes for 400000 arms: " + allocated);
    }

    private static void arm(DeviceTimer timer, DeviceTimer other, int times) {
        for (int i = 0; i < times; i++) {
            timer.arm(3_600_000 * MS + i);
            other.arm(3_600_000 * MS + (times - i));
        }
    }

    @Test
    void guestTimeIsSavedAndRestored() {
        clock.resume();
        sleep(3);
        clock.pause();
        try (ManagedClock other = new ComponentClockFactory().create("copy")) {
            other.restore(clock.save());
            assertEquals(clock.nanos(), other.nanos());
            other.resume();
            assertThrows(IllegalStateException.class, () -> other.restore(clock.save()));
        }
    }

    @Test
    void closingEndsTheThread() throws InterruptedException {
        ManagedClock shortLived = new ComponentClockFactory().create("short-lived");
        shortLived.resume();
        shortLived.newTimer("t", () -> {}).arm(3_600_000 * MS);
        shortLived.close();
        for (int i = 0; i < 500 && threadExists("short-lived/timer"); i++) {
            Thread.sleep(10);
        }
        assertFalse(threadExists("short-lived/timer"));
    }

    private static boolean threadExists(String name) {
        return Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.getName().equals(name));
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
