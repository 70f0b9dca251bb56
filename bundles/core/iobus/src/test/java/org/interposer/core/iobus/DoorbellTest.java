package org.interposer.core.iobus;

import static org.interposer.api.bus.AddressSpace.MMIO;
import static org.interposer.api.bus.AddressSpace.PORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.interposer.api.bus.Doorbell;
import org.interposer.api.bus.DoorbellAccelerator;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.bus.Mapping;
import org.junit.jupiter.api.Test;

final class DoorbellTest {
    private final IoBus bus = new Bus();
    private final RecordingHandler registers = new RecordingHandler(0);
    private final Counter bell = new Counter();

    private static final class Counter implements IoEvent {
        final AtomicInteger signals = new AtomicInteger();

        @Override
        public void signal() {
            signals.incrementAndGet();
        }

        @Override
        public boolean await(long timeoutNanos) {
            return signals.getAndSet(0) != 0;
        }

        @Override
        public OptionalInt descriptor() {
            return OptionalInt.empty();
        }

        @Override
        public void close() {
            signals.set(0);
        }
    }

    private static final class Taker implements DoorbellAccelerator {
        final List<Doorbell> taken = new ArrayList<>();
        private final boolean takes;

        Taker(boolean takes) {
            this.takes = takes;
        }

        @Override
        public boolean assign(Doorbell doorbell) {
            return takes && taken.add(doorbell);
        }

        @Override
        public void unassign(Doorbell doorbell) {
            if (!taken.remove(doorbell)) {
                throw new IllegalStateException("not mine: " + doorbell);
            }
        }
    }

    private Doorbell at(long address, int size, OptionalLong value) {
        return new Doorbell(MMIO, address, size, value, bell);
    }

    @Test
    void aMatchingWriteRingsInsteadOfReachingTheRegisters() {
        bus.map(MMIO, 0x1000, 0x1000, 0, "virtio", registers);
        bus.mapDoorbell(at(0x1000, 2, OptionalLong.empty()));
        bus.write(MMIO, 0x1000, 2, 7);
        assertEquals(1, bell.signals.get());
        assertEquals(List.of(), registers.calls);
    }

    @Test
    void aWriteOfAnotherSizeValueOrSpaceReachesTheRegisters() {
        bus.map(MMIO, 0x1000, 0x1000, 0, "virtio", registers);
        bus.mapDoorbell(at(0x1000, 2, OptionalLong.of(3)));
        bus.write(MMIO, 0x1000, 4, 3);
        bus.write(MMIO, 0x1000, 2, 4);
        bus.write(MMIO, 0x1002, 2, 3);
        bus.write(PORT, 0x1000, 2, 3);
        assertEquals(0, bell.signals.get());
        assertEquals(3, registers.calls.size());
    }

    @Test
    void sizeZeroMatchesAnySize() {
        bus.mapDoorbell(at(0x1000, 0, OptionalLong.empty()));
        for (int size : new int[] {1, 2, 4, 8}) {
            bus.write(MMIO, 0x1000, size, 0);
        }
        assertEquals(4, bell.signals.get());
    }

    @Test
    void theValueIsComparedInTheBytesOfTheAccess() {
        bus.mapDoorbell(at(0x1000, 2, OptionalLong.of(3)));
        bus.write(MMIO, 0x1000, 2, 0xFFFF_0003L);
        assertEquals(1, bell.signals.get());
    }

    @Test
    void severalValuesAtOneAddressRingTheirOwnEvents() {
        Counter other = new Counter();
        bus.mapDoorbell(at(0x1000, 2, OptionalLong.of(0)));
        bus.mapDoorbell(new Doorbell(MMIO, 0x1000, 2, OptionalLong.of(1), other));
        bus.write(MMIO, 0x1000, 2, 1);
        assertEquals(0, bell.signals.get());
        assertEquals(1, other.signals.get());
    }

    @Test
    void readsOfADoorbellReachTheRegisters() {
        bus.map(MMIO, 0x1000, 0x1000, 0, "virtio", registers);
        bus.mapDoorbell(at(0x1000, 0, OptionalLong.empty()));
        bus.read(MMIO, 0x1000, 2);
        assertEquals(List.of("r0/2"), registers.calls);
    }

    @Test
    void aClosedDoorbellRingsNoMore() {
        Mapping mapping = bus.mapDoorbell(at(0x1000, 0, OptionalLong.empty()));
        mapping.close();
        mapping.close();
        bus.write(MMIO, 0x1000, 2, 0);
        assertEquals(0, bell.signals.get());
    }

    @Test
    void anAcceleratorIsOfferedPresentAndLaterDoorbells() {
        Taker taker = new Taker(true);
        bus.mapDoorbell(at(0x1000, 2, OptionalLong.empty()));
        bus.accelerator(taker);
        Mapping later = bus.mapDoorbell(at(0x1004, 2, OptionalLong.empty()));
        assertEquals(2, taker.taken.size());
        later.close();
        assertEquals(1, taker.taken.size());
    }

    @Test
    void aNewAcceleratorGetsWhatIsTakenBackFromTheOldOne() {
        Taker old = new Taker(true);
        Taker next = new Taker(true);
        bus.accelerator(old);
        bus.mapDoorbell(at(0x1000, 2, OptionalLong.empty()));
        bus.accelerator(next);
        assertEquals(0, old.taken.size());
        assertEquals(1, next.taken.size());
    }

    @Test
    void whatTheAcceleratorRefusesRingsOnTheBus() {
        Taker refusing = new Taker(false);
        bus.accelerator(refusing);
        Mapping mapping = bus.mapDoorbell(at(0x1000, 2, OptionalLong.empty()));
        bus.write(MMIO, 0x1000, 2, 0);
        assertEquals(1, bell.signals.get());
        mapping.close();
    }

    @Test
    void anImpossibleSizeIsRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> bus.mapDoorbell(at(0x1000, 3, OptionalLong.empty())));
    }
}
