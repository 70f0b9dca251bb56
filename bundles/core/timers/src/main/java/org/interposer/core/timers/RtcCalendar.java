package org.interposer.core.timers;

import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Converts between seconds and the time registers of an MC146818 in the format that register B
 * selects. Nonsense in the registers is moved to the nearest real date.
 */
final class RtcCalendar {
    static final int SECONDS = 0;
    static final int MINUTES = 2;
    static final int HOURS = 4;
    static final int DAY_OF_WEEK = 6;
    static final int DAY = 7;
    static final int MONTH = 8;
    static final int YEAR = 9;
    static final int CENTURY = 0x32;

    private static final int PM = 0x80;

    /** What fits into 64 bits of nanoseconds. */
    private static final int FIRST_YEAR = 1700;

    private static final int LAST_YEAR = 2200;

    private final boolean binary;
    private final boolean hours24;

    /** The format of this value of register B: bit 2 binary, bit 1 24 hours. */
    RtcCalendar(int registerB) {
        binary = (registerB & 4) != 0;
        hours24 = (registerB & 2) != 0;
    }

    /** Writes the time registers. */
    void encode(long epochSecond, byte[] registers) {
        LocalDateTime time = LocalDateTime.ofEpochSecond(epochSecond, 0, ZoneOffset.UTC);
        registers[SECONDS] = encode(time.getSecond());
        registers[MINUTES] = encode(time.getMinute());
        registers[HOURS] = encodeHour(time.getHour());
        registers[DAY_OF_WEEK] = encode(time.getDayOfWeek().getValue() % 7 + 1);
        registers[DAY] = encode(time.getDayOfMonth());
        registers[MONTH] = encode(time.getMonthValue());
        registers[YEAR] = encode(time.getYear() % 100);
        registers[CENTURY] = encode(time.getYear() / 100);
    }

    /** Seconds since 1970 that the registers show. */
    long decode(byte[] registers) {
        int year = decode(registers[CENTURY]) * 100 + clamp(decode(registers[YEAR]), 0, 99);
        int month = clamp(decode(registers[MONTH]), 1, 12);
        LocalDateTime first = LocalDateTime.of(clamp(year, FIRST_YEAR, LAST_YEAR), month, 1, 0, 0);
        int days = first.toLocalDate().lengthOfMonth();
        return first.withDayOfMonth(clamp(decode(registers[DAY]), 1, days))
                .withHour(clamp(decodeHour(registers[HOURS]), 0, 23))
                .withMinute(clamp(decode(registers[MINUTES]), 0, 59))
                .withSecond(clamp(decode(registers[SECONDS]), 0, 59))
                .toEpochSecond(ZoneOffset.UTC);
    }

    byte encode(int value) {
        return (byte) (binary ? value : value / 10 << 4 | value % 10);
    }

    int decode(byte register) {
        int raw = register & 0xFF;
        return binary ? raw : (raw >> 4) * 10 + (raw & 15);
    }

    private byte encodeHour(int hour) {
        if (hours24) {
            return encode(hour);
        }
        int twelve = hour % 12 == 0 ? 12 : hour % 12;
        return (byte) (encode(twelve) | (hour >= 12 ? PM : 0));
    }

    int decodeHour(byte register) {
        if (hours24) {
            return decode(register);
        }
        int twelve = decode((byte) (register & ~PM)) % 12;
        return (register & PM) != 0 ? twelve + 12 : twelve;
    }

    private static int clamp(int value, int least, int most) {
        return Math.max(least, Math.min(most, value));
    }
}
