package org.interposer.core.timers;

/**
 * The alarm of an MC146818: hour, minute and second, each of which may be "any" (two top bits set).
 *
 * @param hour 0–23, or {@link #ANY}
 * @param minute 0–59, or {@link #ANY}
 * @param second 0–59, or {@link #ANY}
 */
record RtcAlarm(int hour, int minute, int second) {
    static final int ANY = -1;
    static final long NEVER = Long.MAX_VALUE;

    private static final int DAY = 86_400;

    static RtcAlarm of(byte[] registers, RtcCalendar calendar) {
        return new RtcAlarm(
                isAny(registers[5]) ? ANY : calendar.decodeHour(registers[5]),
                isAny(registers[3]) ? ANY : calendar.decode(registers[3]),
                isAny(registers[1]) ? ANY : calendar.decode(registers[1]));
    }

    private static boolean isAny(byte register) {
        return (register & 0xC0) == 0xC0;
    }

    /** The first second after the given one in which it goes off; {@link #NEVER} if it cannot. */
    long next(long epochSecond) {
        if (hour > 23 || minute > 59 || second > 59) {
            return NEVER;
        }
        long candidate = epochSecond + 1;
        long end = candidate + DAY;
        while (candidate <= end) {
            int inDay = (int) Math.floorMod(candidate, (long) DAY);
            if (hour != ANY && inDay / 3600 != hour) {
                candidate += 3600 - inDay % 3600;
            } else if (minute != ANY && inDay / 60 % 60 != minute) {
                candidate += 60 - inDay % 60;
            } else if (second != ANY && inDay % 60 != second) {
                candidate++;
            } else {
                return candidate;
            }
        }
        return NEVER;
    }
}
