package org.interposer.api.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class WatchpointTest {
    private static Watchpoint watch(long address, int length) {
        return new Watchpoint(address, length, false);
    }

    @Test
    void anAccessTouchesItByOneByte() {
        Watchpoint word = watch(0x1004, 4);
        assertTrue(word.touches(0x1007, 8));
        assertTrue(word.touches(0x1000, 5));
        assertTrue(word.touches(0xff0, 0x100));
        assertFalse(word.touches(0x1000, 4));
        assertFalse(word.touches(0x1008, 8));
    }

    @Test
    void theEndOfTheAddressSpaceIsNoBound() {
        Watchpoint last = watch(-8, 8);
        assertTrue(last.touches(-1, 1));
        assertTrue(last.touches(-9, 2));
        assertFalse(last.touches(0, 8));
        assertFalse(watch(0, 8).touches(-8, 8));
    }

    @Test
    void piecesAreAlignedAndNoMoreThanNeeded() {
        assertEquals(List.of(watch(0x1000, 8)), watch(0x1000, 8).pieces());
        assertEquals(List.of(watch(0x1004, 4), watch(0x1008, 4)), watch(0x1004, 8).pieces());
        assertEquals(
                List.of(watch(0x1003, 1), watch(0x1004, 4), watch(0x1008, 2)),
                watch(0x1003, 7).pieces());
        assertEquals(List.of(watch(0, 8), watch(8, 8), watch(16, 1)), watch(0, 17).pieces());
    }

    @Test
    void aWatchpointOfNothingOrTooMuchIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> watch(0, 0));
        assertThrows(IllegalArgumentException.class, () -> watch(0, Watchpoint.LONGEST + 1));
    }
}
