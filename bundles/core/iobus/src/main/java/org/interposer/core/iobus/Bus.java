package org.interposer.core.iobus;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.Doorbell;
import org.interposer.api.bus.DoorbellAccelerator;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.bus.MappedRange;
import org.interposer.api.bus.Mapping;

/**
 * The bus of one machine. Changes are serialized by its monitor, which handlers may take again;
 * accesses read immutable tables through one volatile field each.
 */
final class Bus implements IoBus {
    private static final DoorbellAccelerator NO_ACCELERATOR =
            new DoorbellAccelerator() {
                @Override
                public boolean assign(Doorbell doorbell) {
                    return false;
                }

                @Override
                public void unassign(Doorbell doorbell) {
                    throw new IllegalStateException("never assigned: " + doorbell);
                }
            };

    private final List<Placement> placements = new ArrayList<>();
    private final List<PlacedDoorbell> doorbells = new ArrayList<>();
    private DoorbellAccelerator accelerator = NO_ACCELERATOR;

    private volatile RangeTable ports = RangeTable.EMPTY;
    private volatile RangeTable memory = RangeTable.EMPTY;
    private volatile DoorbellTable portBells = DoorbellTable.EMPTY;
    private volatile DoorbellTable memoryBells = DoorbellTable.EMPTY;

    @Override
    public Mapping map(
            AddressSpace space,
            long base,
            long length,
            int priority,
            String owner,
            IoHandler handler) {
        Placement placement = Placement.of(space, base, length, priority, owner, handler);
        synchronized (this) {
            placements.add(placement);
            publishRanges(space);
        }
        return () -> unmap(placement);
    }

    private synchronized void unmap(Placement placement) {
        if (placements.remove(placement)) {
            publishRanges(placement.space());
        }
    }

    private void publishRanges(AddressSpace space) {
        RangeTable table =
                RangeTable.of(placements.stream().filter(p -> p.space() == space).toList());
        if (space == AddressSpace.PORT) {
            ports = table;
        } else {
            memory = table;
        }
    }

    @Override
    public synchronized Mapping mapDoorbell(Doorbell doorbell) {
        if (!List.of(0, 1, 2, 4, 8).contains(doorbell.size())) {
            throw new IllegalArgumentException(
                    "a doorbell's size is 0 (any), 1, 2, 4 or 8, not " + doorbell.size());
        }
        PlacedDoorbell placed = new PlacedDoorbell(doorbell);
        doorbells.add(placed);
        publishDoorbells(doorbell.space());
        placed.offerTo(accelerator);
        return () -> unmap(placed);
    }

    private synchronized void unmap(PlacedDoorbell placed) {
        if (doorbells.remove(placed)) {
            placed.takeBackFrom(accelerator);
            publishDoorbells(placed.doorbell().space());
        }
    }

    private void publishDoorbells(AddressSpace space) {
        DoorbellTable table =
                DoorbellTable.of(
                        doorbells.stream()
                                .map(PlacedDoorbell::doorbell)
                                .filter(b -> b.space() == space)
                                .toList());
        if (space == AddressSpace.PORT) {
            portBells = table;
        } else {
            memoryBells = table;
        }
    }

    @Override
    public long read(AddressSpace space, long address, int size) {
        RangeTable table = space == AddressSpace.PORT ? ports : memory;
        int span = table.find(address);
        if (span >= 0) {
            return table.holds(span, address, size)
                    ? table.read(span, address, size) & mask(size)
                    : readBytes(table, address, size);
        }
        return table.reaches(span, address, size) ? readBytes(table, address, size) : mask(size);
    }

    private static long readBytes(RangeTable table, long address, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            int span = table.find(address + i);
            long octet = span >= 0 ? table.read(span, address + i, 1) & 0xFF : 0xFF;
            value |= octet << (8 * i);
        }
        return value;
    }

    @Override
    public void write(AddressSpace space, long address, int size, long value) {
        boolean port = space == AddressSpace.PORT;
        long narrowed = value & mask(size);
        if ((port ? portBells : memoryBells).ring(address, size, narrowed)) {
            return;
        }
        RangeTable table = port ? ports : memory;
        int span = table.find(address);
        if (span >= 0 && table.holds(span, address, size)) {
            table.write(span, address, size, narrowed);
        } else if (span >= 0 || table.reaches(span, address, size)) {
            writeBytes(table, address, size, narrowed);
        }
    }

    private static void writeBytes(RangeTable table, long address, int size, long value) {
        for (int i = 0; i < size; i++) {
            int span = table.find(address + i);
            if (span >= 0) {
                table.write(span, address + i, 1, value >>> (8 * i) & 0xFF);
            }
        }
    }

    private static long mask(int size) {
        return -1L >>> (64 - 8 * size);
    }

    @Override
    public synchronized void accelerator(DoorbellAccelerator next) {
        doorbells.forEach(d -> d.takeBackFrom(accelerator));
        accelerator = next;
        doorbells.forEach(d -> d.offerTo(next));
    }

    @Override
    public synchronized List<MappedRange> ranges() {
        return placements.stream()
                .sorted(
                        Comparator.comparing(Placement::space)
                                .thenComparing(Placement::base, Long::compareUnsigned))
                .map(p -> new MappedRange(p.space(), p.base(), p.last() - p.base() + 1, p.owner()))
                .toList();
    }
}
