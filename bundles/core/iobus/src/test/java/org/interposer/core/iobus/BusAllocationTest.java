package org.interposer.core.iobus;

import static org.interposer.api.bus.AddressSpace.MMIO;
import static org.interposer.api.bus.AddressSpace.PORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.interposer.api.bus.Doorbell;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.bus.Mapping;
import org.junit.jupiter.api.Test;

final class BusAllocationTest {
    private static final int ACCESSES = 1_000_000;

    /** A register that counts, without allocating. */
    private static final class Register implements IoHandler {
        long value;

        @Override
        public long read(long offset, int size) {
            return value + offset;
        }

        @Override
        public void write(long offset, int size, long written) {
            value += written;
        }
    }

    private static final class SilentEvent implements IoEvent {
        int signals;

        @Override
        public void signal() {
            signals++;
        }

        @Override
        public boolean await(long timeoutNanos) {
            return signals > 0;
        }

        @Override
        public OptionalInt descriptor() {
            return OptionalInt.empty();
        }

        @Override
        public void close() {
            signals = 0;
        }
    }

    @Test
    void aMillionAccessesAllocateNothing() {
        IoBus bus = new Bus();
        Register register = new Register();
        for (int i = 0; i < 40; i++) {
            bus.map(MMIO, 0xFE00_0000L + i * 0x2000L, 0x1000, 0, "bar" + i, register);
            bus.map(PORT, 0x100 + i * 0x10, 8, 0, "port" + i, register);
        }
        SilentEvent event = new SilentEvent();
        bus.mapDoorbell(new Doorbell(MMIO, 0xFE00_0000L, 2, OptionalLong.empty(), event));
        long sum = access(bus, ACCESSES);
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        threads.getThreadAllocatedBytes(id);
        long before = threads.getThreadAllocatedBytes(id);
        sum += access(bus, ACCESSES);
        long allocated = threads.getThreadAllocatedBytes(id) - before;
        assertTrue(allocated < 1024, "bytes for a million accesses: " + allocated);
        assertTrue(sum != 0 && event.signals > 0);
    }

    private static long access(IoBus bus, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            int device = i % 40;
            switch (i & 3) {
                case 0 -> sum += bus.read(MMIO, 0xFE00_0000L + device * 0x2000L + 4, 4);
                case 1 -> bus.write(MMIO, 0xFE00_0000L + (i & 31) * 0x2000L, 2, 1);
                case 2 -> sum += bus.read(PORT, 0x106 + device * 0x10, 4);
                default -> bus.write(MMIO, 0xFE00_0000L, 2, device);
            }
        }
        return sum;
    }

    @Test
    void accessesSeeWholeTablesWhileAnotherThreadMapsAndUnmaps() throws InterruptedException {
        IoBus bus = new Bus();
        Register stable = new Register();
        bus.map(PORT, 0x200, 1, 0, "stable", stable);
        AtomicBoolean stop = new AtomicBoolean();
        Thread mapper =
                new Thread(
                        () -> {
                            for (int i = 0; !stop.get(); i++) {
                                Mapping mapping =
                                        bus.map(PORT, i & 0x1FF, 0x10, -1, "passing", stable);
                                mapping.close();
                            }
                        });
        mapper.start();
        for (int i = 0; i < 200_000; i++) {
            assertEquals(0, bus.read(PORT, 0x200, 1));
        }
        stop.set(true);
        mapper.join();
    }
}
