package org.interposer.frontend.virtio.blk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.interposer.frontend.virtio.testkit.FakeMemory;
import org.interposer.frontend.virtio.testkit.GuestRing;
import org.interposer.frontend.virtio.testkit.GuestRing.Part;
import org.interposer.frontend.virtio.testkit.VirtioDriver;

/** A guest's block driver: builds requests in memory and reads their status. */
final class BlkGuest {
    static final int QUEUE_SIZE = 16;
    static final long RINGS = 0x1_0000;

    /** From here on: a header and a status byte a slot, then data. */
    static final long HEADERS = 0x8_0000;

    static final long DATA = 0x10_0000;
    private static final int SLOT = 1024;

    final FakeMemory memory;
    final VirtioDriver driver;

    BlkGuest(FakeMemory memory, VirtioDriver driver) {
        this.memory = memory;
        this.driver = driver;
    }

    static long status(int slot) {
        return HEADERS + (long) slot * SLOT + SLOT - 1;
    }

    static long header(int slot) {
        return HEADERS + (long) slot * SLOT;
    }

    Part head(int slot, int type, long sector) {
        byte[] bytes =
                ByteBuffer.allocate(16)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(type)
                        .putInt(0)
                        .putLong(sector)
                        .array();
        memory.poke(header(slot), bytes);
        memory.poke(status(slot), (byte) 0xee);
        return Part.out(header(slot), 16);
    }

    static Part tail(int slot) {
        return Part.in(status(slot), 1);
    }

    /** Offers a read or write of whole sectors at {@link #DATA}. */
    void transfer(int queue, int slot, boolean write, long sector, long address, int bytes) {
        driver.ring(queue)
                .addIndirect(
                        head(slot, write ? BlkParser.OUT : BlkParser.IN, sector),
                        new Part(address, bytes, !write),
                        tail(slot));
    }

    /** Sends and waits; the status. */
    int run(Part... parts) {
        driver.ring(0).add(parts);
        return finish();
    }

    int finish() {
        driver.kick(0);
        driver.awaitUsed(0);
        return statusOf(0);
    }

    int statusOf(int slot) {
        return memory.peek(status(slot), 1)[0] & 0xff;
    }

    int write(long sector, long address, int bytes) {
        transfer(0, 0, true, sector, address, bytes);
        return finish();
    }

    int read(long sector, long address, int bytes) {
        transfer(0, 0, false, sector, address, bytes);
        return finish();
    }

    int flush() {
        return run(head(0, BlkParser.FLUSH, 0), tail(0));
    }

    /** DISCARD or WRITE_ZEROES over ranges of {sector, sectors, flags}. */
    int ranges(int type, long[]... ranges) {
        driver.ring(0).add(rangesParts(0, type, ranges));
        return finish();
    }

    Part[] rangesParts(int slot, int type, long[]... ranges) {
        ByteBuffer bytes = ByteBuffer.allocate(16 * ranges.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long[] range : ranges) {
            bytes.putLong(range[0]).putInt((int) range[1]).putInt((int) range[2]);
        }
        memory.poke(header(slot) + 16, bytes.array());
        return new Part[] {
            head(slot, type, 0), Part.out(header(slot) + 16, 16 * ranges.length), tail(slot)
        };
    }

    GuestRing ring() {
        return driver.ring(0);
    }
}
