package org.interposer.engine.softcpu;

import org.interposer.api.memory.GuestMemory;
import org.interposer.api.time.MachineClock;

/**
 * KVM's paravirtual clock (Linux Documentation/virt/kvm/x86/msr.rst): a page says how to make
 * nanoseconds from the TSC, so that a guest needs no calibration. Since the TSC is guest time at a
 * fixed frequency, the page is written once and stays right, over pauses, too, and all vCPUs with
 * the same TSC have the same time to the nanosecond.
 */
final class PvClock {
    static final int WALL_OLD = 0x11, SYSTEM_OLD = 0x12;
    static final int WALL = 0x4b56_4d00, SYSTEM = 0x4b56_4d01;

    private static final long ENABLED = 1;
    private static final int BYTES = 32;
    private static final int STABLE = 1;
    private static final long NANOS = 1_000_000_000;

    private final GuestMemory memory;
    private final MachineClock clock;
    private final TscClock tsc;
    private long wall;
    private long system;
    private int version;

    PvClock(GuestMemory memory, MachineClock clock, TscClock tsc) {
        this.memory = memory;
        this.clock = clock;
        this.tsc = tsc;
    }

    /** Value of one of its MSRs; false for another MSR. */
    boolean read(int index, long[] result) {
        switch (index) {
            case WALL, WALL_OLD -> result[0] = wall;
            case SYSTEM, SYSTEM_OLD -> result[0] = system;
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Sets one of its MSRs; false for another MSR. */
    boolean write(int index, long value) {
        switch (index) {
            case WALL, WALL_OLD -> {
                wall = value;
                writeWall();
            }
            case SYSTEM, SYSTEM_OLD -> {
                system = value;
                update();
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Wall-clock time when guest time was 0: version, seconds, nanoseconds. */
    private void writeWall() {
        if (wall == 0) {
            return; // Never set: a saved state that is restored says so, and page 0 is the guest's.
        }
        long boot = clock.wallNanos() - clock.nanos();
        byte[] page = new byte[12];
        version += 2;
        put(page, 0, 4, version);
        put(page, 4, 4, Math.floorDiv(boot, NANOS));
        put(page, 8, 4, Math.floorMod(boot, NANOS));
        memory.write(wall, page, 0, page.length);
    }

    /** Writes the page again: the TSC was set. */
    void update() {
        if ((system & ENABLED) == 0) {
            return;
        }
        byte[] page = new byte[BYTES];
        version += 2;
        put(page, 0, 4, version);
        // Both clocks at guest time 0, not now: two readings are never of the same moment, and what
        // lies between them would be the distance of this vCPU's clock from the others'.
        put(page, 8, 8, tsc.origin());
        put(page, 16, 8, 0);
        // nanoseconds = (ticks << shift) * multiplier >> 32, the multiplier with its top bit set.
        int shift = 0;
        double perTick = 1e6 / tsc.khz();
        while (perTick >= 1) {
            perTick /= 2;
            shift++;
        }
        while (perTick < 0.5) {
            perTick *= 2;
            shift--;
        }
        put(page, 24, 4, (long) (perTick * (1L << 32)));
        page[28] = (byte) shift;
        page[29] = STABLE;
        memory.write(system & ~ENABLED, page, 0, page.length);
    }

    private static void put(byte[] page, int at, int size, long value) {
        for (int i = 0; i < size; i++) {
            page[at + i] = (byte) (value >>> i * 8);
        }
    }
}
