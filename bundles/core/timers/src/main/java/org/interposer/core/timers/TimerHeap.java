package org.interposer.core.timers;

import java.util.Arrays;

/**
 * Binary heap of armed timers, earliest deadline first. Each timer knows its place, so that arming
 * and disarming are logarithmic and allocate nothing. Guarded by its clock's lock.
 */
final class TimerHeap {
    private static final int FIRST_CAPACITY = 16;

    private ClockTimer[] heap = new ClockTimer[FIRST_CAPACITY];
    private int size;

    /** Makes room for one more timer, so that {@link #put} never has to. */
    void reserve(int timers) {
        if (timers > heap.length) {
            heap = Arrays.copyOf(heap, Math.max(timers, 2 * heap.length));
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    ClockTimer first() {
        return heap[0];
    }

    /** Inserts a timer, or moves it to its new deadline. */
    void put(ClockTimer timer) {
        if (timer.place == ClockTimer.NOT_ARMED) {
            place(timer, size++);
        }
        siftUp(timer);
        siftDown(timer);
    }

    void remove(ClockTimer timer) {
        int hole = timer.place;
        if (hole == ClockTimer.NOT_ARMED) {
            return;
        }
        timer.place = ClockTimer.NOT_ARMED;
        ClockTimer last = heap[--size];
        heap[size] = null;
        if (last != timer) {
            place(last, hole);
            siftUp(last);
            siftDown(last);
        }
    }

    private void place(ClockTimer timer, int index) {
        heap[index] = timer;
        timer.place = index;
    }

    private void siftUp(ClockTimer timer) {
        while (timer.place > 0) {
            int index = timer.place;
            ClockTimer parent = heap[(index - 1) / 2];
            if (parent.deadline <= timer.deadline) {
                return;
            }
            place(timer, parent.place);
            place(parent, index);
        }
    }

    private void siftDown(ClockTimer timer) {
        for (int child = earlierChild(timer); child >= 0; child = earlierChild(timer)) {
            ClockTimer below = heap[child];
            if (below.deadline >= timer.deadline) {
                return;
            }
            int index = timer.place;
            place(timer, child);
            place(below, index);
        }
    }

    private int earlierChild(ClockTimer timer) {
        int left = 2 * timer.place + 1;
        if (left >= size) {
            return -1;
        }
        int right = left + 1;
        return right < size && heap[right].deadline < heap[left].deadline ? right : left;
    }
}
