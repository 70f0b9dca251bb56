package org.interposer.core.timers;

import java.util.List;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.state.StateRecord;
import org.interposer.api.time.DeviceTimer;
import org.interposer.api.time.MachineClock;

/**
 * 8254 interval timer at ports 0x40–0x43 and the system control port 0x61. OUT of counter 0 is GSI
 * 0; counter 2 is gated and read through port 0x61.
 *
 * <p>Rising edges of OUT 0 that follow each other closer than {@link #MIN_INTERVAL_NANOS} are
 * merged, so that a guest cannot keep the timer thread busy; edges that were missed are not made up
 * for.
 */
final class Pit extends PlatformDevice {
    static final Frequency OSCILLATOR = new Frequency(1_193_182);
    static final long MIN_INTERVAL_NANOS = 100_000;

    private static final int BASE = 0x40;
    private static final int SYSTEM_CONTROL = 0x61;
    private static final int CONTROL = 3;
    private static final int READ_BACK = 3;
    private static final int SPEAKER = 2;
    private static final long REFRESH_NANOS = 15_085;
    private static final String STATE_TYPE = "pit";

    private final PitChannel[] channels = {
        new PitChannel(true), new PitChannel(true), new PitChannel(false)
    };
    private boolean speakerEnabled;
    private long lastEdge;

    /** Deadline the timer is armed for; an expiry before it is a late one of an earlier arming. */
    private long edgeAt = Long.MAX_VALUE;

    private MachineClock clock;
    private IrqLine line;
    private DeviceTimer timer;

    Pit() {
        super("pit", "8254 interval timer");
    }

    @Override
    void plug(DeviceHost host) {
        clock = host.clock();
        line = host.interrupts().line(0);
        timer = timer(host, this::expired);
        ports(
                host,
                BASE,
                4,
                new ByteRegisters() {
                    @Override
                    public int readByte(int offset) {
                        return readCounter(offset & 3);
                    }

                    @Override
                    public void writeByte(int offset, int value) {
                        writeRegister(offset & 3, value);
                    }
                });
        ports(
                host,
                SYSTEM_CONTROL,
                1,
                new ByteRegisters() {
                    @Override
                    public int readByte(int offset) {
                        return readSystemControl();
                    }

                    @Override
                    public void writeByte(int offset, int value) {
                        writeSystemControl(value);
                    }
                });
    }

    @Override
    void unplug() {
        line.set(false);
    }

    private long now() {
        return OSCILLATOR.ticks(clock.nanos());
    }

    private synchronized int readCounter(int offset) {
        return offset == CONTROL ? 0xFF : channels[offset].readByte(now());
    }

    private synchronized void writeRegister(int offset, int value) {
        long now = now();
        int target = offset == CONTROL ? value >> 6 : offset;
        if (offset != CONTROL) {
            channels[target].writeByte(now, value);
        } else if (target == READ_BACK) {
            readBack(now, value);
            return;
        } else if ((value & 0x30) == 0) {
            channels[target].latchCount(now);
            return;
        } else {
            channels[target].control(value);
        }
        if (target == 0) {
            line.set(channels[0].out(now));
            arm(now);
        }
    }

    private void readBack(long now, int command) {
        for (int i = 0; i < channels.length; i++) {
            if ((command & 2 << i) != 0) {
                if ((command & 0x20) == 0) {
                    channels[i].latchCount(now);
                }
                if ((command & 0x10) == 0) {
                    channels[i].latchStatus(now);
                }
            }
        }
    }

    private synchronized int readSystemControl() {
        PitChannel speaker = channels[SPEAKER];
        boolean refresh = (clock.nanos() / REFRESH_NANOS & 1) != 0;
        return (speaker.gate() ? 1 : 0)
                | (speakerEnabled ? 2 : 0)
                | (refresh ? 0x10 : 0)
                | (speaker.out(now()) ? 0x20 : 0);
    }

    private synchronized void writeSystemControl(int value) {
        channels[SPEAKER].gate(now(), (value & 1) != 0);
        speakerEnabled = (value & 2) != 0;
    }

    private synchronized void expired() {
        if (clock.nanos() < edgeAt) {
            return;
        }
        line.set(false);
        line.set(true);
        lastEdge = clock.nanos();
        arm(now());
    }

    private void arm(long now) {
        long rise = channels[0].nextRise(now);
        if (rise == PitChannel.NEVER) {
            disarm();
        } else {
            edgeAt = Math.max(OSCILLATOR.nanos(rise), lastEdge + MIN_INTERVAL_NANOS);
            timer.arm(edgeAt);
        }
    }

    private void disarm() {
        edgeAt = Long.MAX_VALUE;
        timer.cancel();
    }

    @Override
    public synchronized void reset() {
        disarm();
        for (int i = 0; i < channels.length; i++) {
            channels[i].reset(i != SPEAKER);
        }
        speakerEnabled = false;
        lastEdge = clock.nanos() - MIN_INTERVAL_NANOS;
        line.set(false);
    }

    @Override
    public synchronized StateRecord save() {
        return StateRecord.of(STATE_TYPE, 1)
                .put("channels", List.of(channels).stream().map(PitChannel::save).toList())
                .put("speakerEnabled", speakerEnabled)
                .put("lastEdge", lastEdge)
                .build();
    }

    @Override
    public synchronized void restore(StateRecord state) {
        List<StateRecord> saved = state.expect(STATE_TYPE, 1).records("channels");
        for (int i = 0; i < Math.min(saved.size(), channels.length); i++) {
            channels[i].restore(saved.get(i));
        }
        speakerEnabled = state.flag("speakerEnabled");
        lastEdge = state.number("lastEdge");
        long now = now();
        line.set(channels[0].out(now));
        arm(now);
    }
}
