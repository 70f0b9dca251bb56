package org.interposer.frontend.debug;

import org.interposer.api.bus.IoHandler;
import org.interposer.api.time.DeviceTimer;
import org.interposer.api.time.MachineClock;

/**
 * The debug console's port. Bytes are handed on a line at a time, or after 20 ms. Guarded by its
 * monitor; what it calls does not block.
 */
final class DebugConsole implements IoHandler {
    private static final long PRESENT = 0xE9;
    private static final long FLUSH_NANOS = 20_000_000;
    private static final int BUFFER = 512;

    private final MachineClock clock;
    private final Consoles consoles;
    private final DeviceTimer timer;
    private final byte[] line = new byte[BUFFER];
    private int length;

    DebugConsole(MachineClock clock, Consoles consoles) {
        this.clock = clock;
        this.consoles = consoles;
        timer = clock.newTimer("debug console", this::flush);
    }

    /** Guests look for 0xE9 to find out whether there is a debug console. */
    @Override
    public long read(long offset, int size) {
        return PRESENT;
    }

    @Override
    public synchronized void write(long offset, int size, long value) {
        line[length++] = (byte) value;
        if (value == '\n' || length == BUFFER) {
            flush();
        } else if (length == 1) {
            timer.arm(clock.nanos() + FLUSH_NANOS);
        }
    }

    synchronized void flush() {
        if (length > 0) {
            timer.cancel();
            consoles.write(line, length);
            length = 0;
        }
    }

    void close() {
        flush();
        timer.close();
    }
}
