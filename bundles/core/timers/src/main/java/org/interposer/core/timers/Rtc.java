package org.interposer.core.timers;

import java.util.Arrays;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.state.StateRecord;
import org.interposer.api.time.DeviceTimer;
import org.interposer.api.time.MachineClock;

/**
 * MC146818 real-time clock with 128 bytes of CMOS at ports 0x70 and 0x71, interrupt on IRQ 8.
 *
 * <p>It shows the host's wall time plus an offset, which a guest that sets the clock changes. Flags
 * of register C are computed when somebody looks; a timer runs only for a flag that is enabled and
 * not yet set, so that an unread interrupt costs nothing.
 */
final class Rtc extends PlatformDevice implements ByteRegisters {
    private static final int INDEX_PORT = 0x70;
    private static final String STATE_TYPE = "rtc";

    private static final int A = 10;
    private static final int B = 11;
    private static final int C = 12;
    private static final int D = 13;

    private static final int UPDATE_IN_PROGRESS = 0x80;
    private static final int DIVIDER_HELD = 0x60;
    private static final int SET = 0x80;
    private static final int UPDATE = 0x10;
    private static final int ALARM = 0x20;
    private static final int PERIODIC = 0x40;
    private static final int EVENTS = UPDATE | ALARM | PERIODIC;
    private static final int INTERRUPT = 0x80;
    private static final int VALID_RAM = 0x80;

    private static final long SECOND = 1_000_000_000L;
    private static final Frequency CRYSTAL = new Frequency(32_768);

    /** UIP is shown from 244 µs before an update of 1984 µs (data sheet, update cycle). */
    private static final long UPDATE_NANOS = (244 + 1984) * 1000L;

    /** Host time may be stepped: an alarm further away is looked at again after this time. */
    private static final long LONGEST_WAIT_NANOS = 60 * SECOND;

    private final long ramBytes;
    private final byte[] cmos = new byte[128];
    private int index;

    /** What the guest's clock is ahead of the host's. */
    private long offset;

    private int flags;
    private long seenSecond;
    private long seenPeriod;

    private MachineClock clock;
    private IrqLine line;
    private DeviceTimer timer;

    Rtc(long ramBytes) {
        super("rtc", "MC146818 real-time clock and CMOS");
        this.ramBytes = ramBytes;
    }

    @Override
    void plug(DeviceHost host) {
        clock = host.clock();
        line = host.interrupts().line(8);
        timer = timer(host, this::expired);
        cmos[A] = 0x26;
        cmos[B] = 0x02;
        CmosMemory.describe(ramBytes, cmos);
        ports(host, INDEX_PORT, 2, this);
    }

    @Override
    void unplug() {
        line.set(false);
    }

    @Override
    public synchronized int readByte(int port) {
        if (port == 0) {
            return 0xFF;
        }
        return switch (index) {
            case A -> cmos[A] & 0x7F | (updating() ? UPDATE_IN_PROGRESS : 0);
            case C -> readFlags();
            case D -> VALID_RAM;
            default -> {
                if (isTime(index) && !held()) {
                    showTime();
                }
                yield cmos[index] & 0xFF;
            }
        };
    }

    private boolean updating() {
        return !held() && Math.floorMod(guestNanos(), SECOND) >= SECOND - UPDATE_NANOS;
    }

    private int readFlags() {
        see();
        int value = flags;
        flags = 0;
        update();
        return value;
    }

    @Override
    public synchronized void writeByte(int port, int value) {
        if (port == 0) {
            index = value & 0x7F;
            return;
        }
        see();
        switch (index) {
            case A -> control(value & 0x7F, cmos[B] & 0xFF);
            case B -> control(cmos[A] & 0x7F, value);
            case C, D -> {
                // Read-only.
            }
            default -> writeByte(value);
        }
        update();
    }

    private void writeByte(int value) {
        boolean setsRunningClock = isTime(index) && !held();
        if (setsRunningClock) {
            showTime();
        }
        cmos[index] = (byte) value;
        if (setsRunningClock) {
            setTime(Math.floorMod(guestNanos(), SECOND));
        }
    }

    private void control(int newA, int newB) {
        boolean wasHeld = held();
        boolean dividerWasHeld = dividerHeld();
        if (!wasHeld) {
            showTime();
        }
        long phase = Math.floorMod(guestNanos(), SECOND);
        boolean sets = (newB & SET) != 0;
        cmos[A] = (byte) newA;
        cmos[B] = (byte) (sets ? newB & ~UPDATE : newB);
        if (wasHeld && !held()) {
            // Leaving divider reset, the first update comes half a second later.
            setTime(dividerWasHeld ? SECOND / 2 : phase);
        }
        seenPeriod = period();
    }

    private boolean held() {
        return (cmos[B] & SET) != 0 || dividerHeld();
    }

    private boolean dividerHeld() {
        return (cmos[A] & DIVIDER_HELD) == DIVIDER_HELD;
    }

    private static boolean isTime(int register) {
        return register < A && (register & 1) == 0
                || register == RtcCalendar.DAY
                || register == RtcCalendar.YEAR
                || register == RtcCalendar.CENTURY;
    }

    private long guestNanos() {
        return clock.wallNanos() + offset;
    }

    private long guestSecond() {
        return Math.floorDiv(guestNanos(), SECOND);
    }

    private RtcCalendar calendar() {
        return new RtcCalendar(cmos[B]);
    }

    private void showTime() {
        calendar().encode(guestSecond(), cmos);
    }

    private void setTime(long phase) {
        offset = calendar().decode(cmos) * SECOND + phase - clock.wallNanos();
        seenSecond = guestSecond();
    }

    /** Ticks of 32768 Hz a period, 0 when the rate selector stops it. */
    private int periodTicks() {
        int rate = cmos[A] & 15;
        if (rate == 0 || dividerHeld()) {
            return 0;
        }
        return 1 << (rate < 3 ? rate + 6 : rate - 1);
    }

    private long period() {
        int ticks = periodTicks();
        return ticks == 0 ? 0 : CRYSTAL.ticks(clock.nanos()) / ticks;
    }

    /** Sets the flags of what has happened since the last look. */
    private void see() {
        long period = period();
        if (period != seenPeriod) {
            seenPeriod = period;
            flags |= PERIODIC;
        }
        if (held()) {
            return;
        }
        long second = guestSecond();
        if (second > seenSecond) {
            flags |= UPDATE;
            if (RtcAlarm.of(cmos, calendar()).next(seenSecond) <= second) {
                flags |= ALARM;
            }
        }
        seenSecond = second;
    }

    private void update() {
        boolean interrupts = (flags & cmos[B] & EVENTS) != 0;
        flags = interrupts ? flags | INTERRUPT : flags & ~INTERRUPT;
        line.set(interrupts);
        arm();
    }

    private void arm() {
        int wanted = cmos[B] & ~flags & EVENTS;
        long deadline = Long.MAX_VALUE;
        if ((wanted & PERIODIC) != 0 && periodTicks() != 0) {
            deadline = CRYSTAL.nanos((seenPeriod + 1) * periodTicks());
        }
        if ((wanted & UPDATE) != 0 && !held()) {
            deadline = Math.min(deadline, deadlineOf(seenSecond + 1));
        }
        if ((wanted & ALARM) != 0 && !held()) {
            long next = RtcAlarm.of(cmos, calendar()).next(seenSecond);
            if (next != RtcAlarm.NEVER) {
                deadline = Math.min(deadline, deadlineOf(next));
            }
        }
        if (deadline == Long.MAX_VALUE) {
            timer.cancel();
        } else {
            timer.arm(deadline);
        }
    }

    private long deadlineOf(long second) {
        long wait = second * SECOND - guestNanos();
        return clock.nanos() + Math.max(0, Math.min(wait, LONGEST_WAIT_NANOS));
    }

    private synchronized void expired() {
        see();
        update();
    }

    /** A reset clears the interrupt enables and flags; time and CMOS go on, as on a battery. */
    @Override
    public synchronized void reset() {
        index = 0;
        cmos[B] &= ~(EVENTS | 0x08);
        flags = 0;
        seenSecond = guestSecond();
        seenPeriod = period();
        update();
    }

    @Override
    public synchronized StateRecord save() {
        return StateRecord.of(STATE_TYPE, 1)
                .put("cmos", cmos)
                .put("index", index)
                .put("offset", offset)
                .put("flags", flags)
                .put("seenSecond", seenSecond)
                .put("seenPeriod", seenPeriod)
                .build();
    }

    @Override
    public synchronized void restore(StateRecord state) {
        byte[] saved = Arrays.copyOf(state.expect(STATE_TYPE, 1).bytes("cmos"), cmos.length);
        System.arraycopy(saved, 0, cmos, 0, cmos.length);
        index = (int) state.number("index") & 0x7F;
        offset = state.number("offset");
        flags = (int) state.number("flags") & 0xFF;
        seenSecond = state.number("seenSecond");
        seenPeriod = state.number("seenPeriod");
        update();
    }
}
