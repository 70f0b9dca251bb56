package org.interposer.engine.softcpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.time.DeviceTimer;
import org.interposer.api.time.MachineClock;
import org.interposer.core.memory.MappedGuestMemoryFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The paravirtual clock as a guest computes it from its page. */
class PvClockTest {
    private static final long PAGE = 0x1000, ENABLED = 1;

    /** Time goes on between any two readings, never by the same. */
    private final MachineClock clock =
            new MachineClock() {
                private long nanos = 5_000_000_000L;
                private long step;

                @Override
                public long nanos() {
                    step += 100;
                    nanos += step;
                    return nanos;
                }

                @Override
                public long wallNanos() {
                    return nanos;
                }

                @Override
                public DeviceTimer newTimer(String name, Runnable expired) {
                    throw new UnsupportedOperationException(name);
                }
            };

    private GuestMemory memory;

    @BeforeEach
    void open() throws Exception {
        memory = new MappedGuestMemoryFactory().create("test", 1 << 20);
    }

    @AfterEach
    void close() {
        memory.close();
    }

    /** A vCPU's page, filled in now; where it is. */
    private long page(int cpu, TscClock tsc) {
        long at = PAGE + cpu * 64L;
        new PvClock(memory, clock, tsc).write(PvClock.SYSTEM, at | ENABLED);
        return at;
    }

    /** Linux Documentation/virt/kvm/x86/msr.rst, MSR_KVM_SYSTEM_TIME_NEW. */
    private long nanos(long at, long tsc) {
        byte[] bytes = new byte[32];
        memory.read(at, bytes, 0, bytes.length);
        ByteBuffer page = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int shift = page.get(28);
        long delta = tsc - page.getLong(8);
        long scaled = shift < 0 ? delta >>> -shift : delta << shift;
        long multiplier = page.getInt(24) & 0xffff_ffffL;
        long high = Math.multiplyHigh(scaled, multiplier);
        return page.getLong(16) + (high << 32 | scaled * multiplier >>> 32);
    }

    @Test
    void theClocksOfTwoVcpusAreOne() {
        TscClock first = new TscClock(clock, 1_000_000);
        TscClock second = new TscClock(clock, 1_000_000);
        long one = page(0, first);
        long other = page(1, second);
        assertEquals(nanos(one, 9_000_000_000L), nanos(other, 9_000_000_000L));
    }

    @Test
    void itIsGuestTimeWhateverTheTscSays() {
        for (long khz : new long[] {1_000_000, 2_451_834, 250_000}) {
            TscClock tsc = new TscClock(clock, khz);
            tsc.set(12345);
            long page = page(0, tsc);
            long now = nanos(page, tsc.now());
            assertEquals(clock.nanos(), now, 10_000, "at " + khz + " kHz");
        }
    }
}
