package org.interposer.frontend.virtio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.MemorySlices;
import org.interposer.api.memory.MemoryWindow;

/**
 * Turns a chain of descriptors into slices of guest memory. Each descriptor is read exactly once,
 * so that a guest that changes it meanwhile deceives nobody but itself. One thread.
 */
final class DescriptorReader {
    static final int BYTES = 16;
    private static final int NEXT = 1;
    private static final int WRITE = 2;
    private static final int INDIRECT = 4;

    /** §2.7.5: the bytes of a chain are at most 2^32. */
    private static final long MAX_BYTES = 1L << 32;

    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final GuestMemory memory;
    private final MemoryWindow descriptors;
    private final int size;
    private final int maxChain;
    private final boolean indirect;
    private final MemorySlices table = new MemorySlices(4);
    private final byte[] entry = new byte[BYTES];

    private long address;
    private long length;
    private int flags;
    private int next;

    DescriptorReader(
            GuestMemory memory,
            MemoryWindow descriptors,
            int size,
            int maxChain,
            boolean indirect) {
        this.memory = memory;
        this.descriptors = descriptors;
        this.size = size;
        this.maxChain = maxChain;
        this.indirect = indirect;
    }

    /** Fills the empty chain from its head on. */
    void read(DescriptorChain chain) throws QueueError {
        int index = chain.head();
        for (int count = 0; count < maxChain; count++) {
            fromRing(index);
            if ((flags & INDIRECT) != 0) {
                readTable(chain, count);
                return;
            }
            append(chain);
            if ((flags & NEXT) == 0) {
                return;
            }
            index = within(next, size);
        }
        throw tooLong();
    }

    /** §2.7.5.3: the descriptors of a table follow those before it; a table ends the chain. */
    private void readTable(DescriptorChain chain, int before) throws QueueError {
        int entries = openTable();
        int index = 0;
        for (int count = before; count < maxChain; count++) {
            fromTable(index);
            if ((flags & INDIRECT) != 0) {
                throw new QueueError("indirect descriptor inside an indirect table");
            }
            append(chain);
            if ((flags & NEXT) == 0) {
                return;
            }
            index = within(next, entries);
        }
        throw tooLong();
    }

    private int openTable() throws QueueError {
        if (!indirect) {
            throw new QueueError("indirect descriptor without VIRTIO_F_INDIRECT_DESC");
        }
        if ((flags & NEXT) != 0) {
            throw new QueueError("indirect descriptor with a next one");
        }
        if (length == 0 || length % BYTES != 0) {
            throw new QueueError("indirect table of " + length + " bytes");
        }
        // An index has 16 bits: no more than this much of a table can be reached.
        long reachable = Math.min(length, 0x10000L * BYTES);
        table.clear();
        if (!memory.slices(address, reachable, table)) {
            throw new QueueError("indirect table outside RAM at " + Long.toHexString(address));
        }
        return (int) (reachable / BYTES);
    }

    private void append(DescriptorChain chain) throws QueueError {
        if (length == 0) {
            throw new QueueError("descriptor of 0 bytes");
        }
        boolean write = (flags & WRITE) != 0;
        MemorySlices writable = chain.writable();
        if (!write && writable.count() > 0) {
            throw new QueueError("readable descriptor behind a writable one");
        }
        if (chain.readable().bytes() + writable.bytes() + length > MAX_BYTES) {
            throw new QueueError("chain of more than 4 GiB");
        }
        if (!memory.slices(address, length, write ? writable : chain.readable())) {
            throw new QueueError(
                    "buffer outside RAM or in too many pieces: "
                            + length
                            + " bytes at "
                            + Long.toHexString(address));
        }
    }

    private void fromRing(int index) {
        int at = index * BYTES;
        address = descriptors.get64(at);
        length = descriptors.get32(at + 8) & 0xffff_ffffL;
        flags = descriptors.get16(at + 12);
        next = descriptors.get16(at + 14);
    }

    private void fromTable(int index) {
        table.copyTo((long) index * BYTES, entry, 0, BYTES);
        address = (long) LONG.get(entry, 0);
        length = (int) INT.get(entry, 8) & 0xffff_ffffL;
        flags = (short) SHORT.get(entry, 12) & 0xffff;
        next = (short) SHORT.get(entry, 14) & 0xffff;
    }

    private static int within(int index, int limit) throws QueueError {
        if (index >= limit) {
            throw new QueueError("descriptor " + index + " of " + limit);
        }
        return index;
    }

    private QueueError tooLong() {
        return new QueueError("chain loops or has more than " + maxChain + " descriptors");
    }
}
