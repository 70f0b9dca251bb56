package org.interposer.core.timers;

import org.interposer.api.state.StateRecord;

/**
 * One counter of an 8254, computed from the time at which it was loaded instead of counted. Times
 * are in ticks of its 1.193182 MHz clock. Guarded by its {@link Pit}.
 */
final class PitChannel {
    static final long NEVER = Long.MAX_VALUE;

    private static final int NOTHING = -1;
    private static final int LOW_BYTE = 1;
    private static final int HIGH_BYTE = 2;

    private int mode;
    private int access;
    private boolean bcd;
    private boolean gate;

    /** Count register, as a number from 1 to 65536. */
    private int register;

    /** Count that was in the register when the counting element was loaded last. */
    private int initial;

    private boolean written;
    private boolean counting;
    private boolean nullCount;
    private long start;
    private boolean halted;
    private long held;
    private long switchAt;
    private boolean switchPending;

    private boolean secondByteWritten;
    private int lowByte;
    private boolean secondByteRead;
    private int latchedCount;
    private int latchedStatus;

    PitChannel(boolean gate) {
        reset(gate);
    }

    void reset(boolean gateLevel) {
        gate = gateLevel;
        control(0x30);
        register = initial = 0x10000;
        written = false;
    }

    /** A control word for this counter, other than latch and read-back. */
    void control(int word) {
        access = word >> 4 & 3;
        mode = word >> 1 & 7;
        if (mode > 5) {
            mode -= 4;
        }
        bcd = (word & 1) != 0;
        written = false;
        counting = false;
        halted = false;
        switchPending = false;
        nullCount = true;
        secondByteWritten = false;
        secondByteRead = false;
        latchedCount = NOTHING;
        latchedStatus = NOTHING;
    }

    /** Gate input: level for modes 0, 2, 3 and 4, rising edge for 1, 2, 3 and 5. */
    void gate(long now, boolean level) {
        if (level == gate) {
            return;
        }
        sync(now);
        gate = level;
        if (level) {
            gateRises(now);
        } else if (counting && !isTriggered()) {
            halted = true;
            held = now - start;
        }
    }

    private void gateRises(long now) {
        if (isTriggered() || isPeriodic()) {
            if (written) {
                load(now);
            }
        } else if (halted) {
            start = now - held;
            halted = false;
        }
    }

    boolean gate() {
        return gate;
    }

    void writeByte(long now, int value) {
        sync(now);
        if (access == LOW_BYTE) {
            count(now, value);
        } else if (access == HIGH_BYTE) {
            count(now, value << 8);
        } else if (secondByteWritten) {
            secondByteWritten = false;
            count(now, value << 8 | lowByte);
        } else {
            secondByteWritten = true;
            lowByte = value;
            counting &= mode != 0;
        }
    }

    private void count(long now, int raw) {
        int value = bcd ? fromBcd(raw) : raw;
        register = value == 0 ? wrap() : value;
        if (isPeriodic()) {
            register = Math.max(2, register);
        }
        nullCount = true;
        written = true;
        if (isPeriodic() && counting) {
            switchAtEndOfCycle(now);
        } else if (!isTriggered()) {
            load(now);
        }
    }

    private void load(long now) {
        initial = register;
        start = now;
        held = 0;
        counting = true;
        halted = !gate && !isTriggered();
        switchPending = false;
        nullCount = false;
    }

    /** Modes 2 and 3 take a new count at the end of the period, mode 3 of the half period. */
    private void switchAtEndOfCycle(long now) {
        long into = elapsed(now) % initial;
        long rest = initial - into;
        if (mode == 3 && into < highTicks(initial)) {
            rest = highTicks(initial) - into;
        }
        switchAt = now + rest;
        switchPending = true;
    }

    private void sync(long now) {
        if (switchPending && !halted && now >= switchAt) {
            start = startAfterSwitch();
            initial = register;
            switchPending = false;
            nullCount = false;
        }
    }

    private long startAfterSwitch() {
        boolean inMiddle = mode == 3 && (switchAt - start) % initial != 0;
        return inMiddle ? switchAt - highTicks(register) : switchAt;
    }

    /** The OUT pin. */
    boolean out(long now) {
        sync(now);
        long elapsed = elapsed(now);
        return switch (mode) {
            case 0 -> counting && elapsed >= initial;
            case 1 -> !counting || elapsed >= initial;
            case 2 -> !counting || halted || elapsed % initial != initial - 1;
            case 3 -> !counting || halted || elapsed % initial < highTicks(initial);
            default -> !counting || elapsed != initial;
        };
    }

    /** When OUT rises next, later than now; {@link #NEVER} without another event. */
    long nextRise(long now) {
        sync(now);
        if (!counting || halted) {
            return NEVER;
        }
        long elapsed = elapsed(now);
        return switch (mode) {
            case 0, 1 -> elapsed < initial ? start + initial : NEVER;
            case 2, 3 -> switchPending ? riseAfterSwitch() : now + initial - elapsed % initial;
            default -> elapsed <= initial ? start + initial + 1 : NEVER;
        };
    }

    private long riseAfterSwitch() {
        long newStart = startAfterSwitch();
        return newStart == switchAt ? switchAt : newStart + register;
    }

    int readByte(long now) {
        if (latchedStatus != NOTHING) {
            int status = latchedStatus;
            latchedStatus = NOTHING;
            return status;
        }
        int value = latchedCount != NOTHING ? latchedCount : countNow(now);
        boolean high = access == HIGH_BYTE || (access != LOW_BYTE && secondByteRead);
        boolean complete = access == LOW_BYTE || high;
        secondByteRead = !complete;
        if (complete) {
            latchedCount = NOTHING;
        }
        return (high ? value >> 8 : value) & 0xFF;
    }

    void latchCount(long now) {
        if (latchedCount == NOTHING) {
            latchedCount = countNow(now);
        }
    }

    void latchStatus(long now) {
        if (latchedStatus == NOTHING) {
            latchedStatus =
                    (out(now) ? 0x80 : 0)
                            | (nullCount ? 0x40 : 0)
                            | access << 4
                            | mode << 1
                            | (bcd ? 1 : 0);
        }
    }

    private int countNow(long now) {
        sync(now);
        long elapsed = elapsed(now);
        long count =
                switch (mode) {
                    case 2 -> initial - elapsed % initial;
                    case 3 -> squareWaveCount(elapsed % initial);
                    default -> Math.floorMod(initial - elapsed, wrap());
                };
        int wrapped = (int) (count % wrap());
        return bcd ? toBcd(wrapped) : wrapped;
    }

    private long squareWaveCount(long into) {
        int even = Math.max(2, initial & ~1);
        long half = into < highTicks(initial) ? into : into - highTicks(initial);
        return even - 2 * half % even;
    }

    private long elapsed(long now) {
        if (!counting) {
            return 0;
        }
        return halted ? held : now - start;
    }

    private boolean isTriggered() {
        return mode == 1 || mode == 5;
    }

    private boolean isPeriodic() {
        return mode == 2 || mode == 3;
    }

    private int wrap() {
        return bcd ? 10_000 : 0x10000;
    }

    private static long highTicks(int period) {
        return (period + 1) / 2;
    }

    private static int fromBcd(int raw) {
        return (raw >> 12 & 15) * 1000 + (raw >> 8 & 15) * 100 + (raw >> 4 & 15) * 10 + (raw & 15);
    }

    private static int toBcd(int value) {
        return value / 1000 % 10 << 12 | value / 100 % 10 << 8 | value / 10 % 10 << 4 | value % 10;
    }

    StateRecord save() {
        return StateRecord.of("pit.channel", 1)
                .put("mode", mode)
                .put("access", access)
                .put("bcd", bcd)
                .put("gate", gate)
                .put("register", register)
                .put("initial", initial)
                .put("written", written)
                .put("counting", counting)
                .put("nullCount", nullCount)
                .put("start", start)
                .put("halted", halted)
                .put("held", held)
                .put("switchAt", switchAt)
                .put("switchPending", switchPending)
                .put("secondByteWritten", secondByteWritten)
                .put("lowByte", lowByte)
                .put("secondByteRead", secondByteRead)
                .put("latchedCount", latchedCount)
                .put("latchedStatus", latchedStatus)
                .build();
    }

    void restore(StateRecord state) {
        state.expect("pit.channel", 1);
        mode = Math.floorMod((int) state.number("mode"), 6);
        access = (int) state.number("access") & 3;
        bcd = state.flag("bcd");
        gate = state.flag("gate");
        register = count(state.number("register"));
        initial = count(state.number("initial"));
        written = state.flag("written");
        counting = state.flag("counting");
        nullCount = state.flag("nullCount");
        start = state.number("start");
        halted = state.flag("halted");
        held = state.number("held");
        switchAt = state.number("switchAt");
        switchPending = state.flag("switchPending");
        secondByteWritten = state.flag("secondByteWritten");
        lowByte = (int) state.number("lowByte") & 0xFF;
        secondByteRead = state.flag("secondByteRead");
        latchedCount = (int) state.number("latchedCount");
        latchedStatus = (int) state.number("latchedStatus");
    }

    private static int count(long saved) {
        return (int) Math.max(1, Math.min(0x10000, saved));
    }
}
