package org.interposer.api.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "512, 512",
        "64K, 65536",
        "64k, 65536",
        "64KiB, 65536",
        "64 KB, 65536",
        "512M, 536870912",
        "1.5G, 1610612736",
        "10 GiB, 10737418240",
        "2T, 2199023255552",
        "7B, 7"
    })
    void readsNumbersWithUnits(String text, long bytes) {
        assertEquals(bytes, Sizes.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "M", "-1", "1X", "1.0001K", "0x10", "9999999T", "1 2", "64MM"})
    void refusesWhatIsNotASizeAndShowsIt(String text) {
        var e = assertThrows(IllegalArgumentException.class, () -> Sizes.parse(text));
        assertTrue(e.getMessage().startsWith("'" + text + "'"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"513, 513 B", "65536, 64 KiB", "1610612736, 1.5 GiB", "2199023255552, 2 TiB"})
    void writesThemForPeople(long bytes, String text) {
        assertEquals(text, Sizes.format(bytes));
    }

    @Test
    void readsWhatItWrites() {
        assertEquals(10L << 30, Sizes.parse(Sizes.format(10L << 30)));
    }
}
