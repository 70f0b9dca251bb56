package org.interposer.core.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TimerHeapTest {
    @Test
    void theFirstIsAlwaysTheEarliestOfTheArmedOnes() {
        Random random = new Random(7);
        TimerHeap heap = new TimerHeap();
        heap.reserve(50);
        try (ThreadedClock clock = new ThreadedClock("heap")) {
            List<ClockTimer> timers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                timers.add(new ClockTimer(clock, "t" + i, () -> {}));
            }
            for (int step = 0; step < 20_000; step++) {
                ClockTimer timer = timers.get(random.nextInt(timers.size()));
                if (random.nextInt(3) == 0) {
                    heap.remove(timer);
                } else {
                    timer.deadline = random.nextInt(1000);
                    heap.put(timer);
                }
                check(heap, timers);
            }
        }
    }

    private static void check(TimerHeap heap, List<ClockTimer> timers) {
        List<ClockTimer> armed =
                timers.stream().filter(t -> t.place != ClockTimer.NOT_ARMED).toList();
        assertEquals(armed.isEmpty(), heap.isEmpty());
        if (!armed.isEmpty()) {
            long earliest =
                    armed.stream().min(Comparator.comparingLong(t -> t.deadline)).get().deadline;
            assertEquals(earliest, heap.first().deadline);
            assertSame(heap.first(), armed.stream().filter(t -> t.place == 0).findFirst().get());
            assertTrue(armed.stream().map(t -> t.place).distinct().count() == armed.size());
        }
    }
}
