package org.interposer.api.memory;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A pooled scatter/gather list of guest RAM. Made once, filled and cleared for each request: after
 * the first use of a mapping at an index nothing is allocated. One thread at a time; handing it to
 * another thread needs a happens-before edge.
 *
 * <p>A buffer from {@link #buffer(int)} belongs to the list: use it until the list is cleared, and
 * from one thread.
 */
public final class MemorySlices {
    private final int capacity;
    private long[] guest;
    private long[] host;
    private int[] length;
    private long[] baseAddress;
    private ByteBuffer[] base;
    private ByteBuffer[] view;
    private int count;
    private long bytes;

    /**
     * An empty list.
     *
     * @param capacity most slices it may hold; storage grows to it on demand
     */
    public MemorySlices(int capacity) {
        this.capacity = capacity;
        int initial = Math.min(capacity, 8);
        guest = new long[initial];
        host = new long[initial];
        length = new int[initial];
        baseAddress = new long[initial];
        base = new ByteBuffer[initial];
        view = new ByteBuffer[initial];
    }

    /** Forgets the slices, keeps the storage. */
    public void clear() {
        count = 0;
        bytes = 0;
    }

    /** Number of slices. */
    public int count() {
        return count;
    }

    /** How many more slices it can take. */
    public int room() {
        return capacity - count;
    }

    /** Bytes over all slices. */
    public long bytes() {
        return bytes;
    }

    /** Guest-physical address of a slice. */
    public long guestAddress(int index) {
        return guest[check(index)];
    }

    /** Address of a slice in this process; valid while the guest memory is reachable. */
    public long hostAddress(int index) {
        return host[check(index)];
    }

    /** Bytes of a slice. */
    public int length(int index) {
        return length[check(index)];
    }

    /**
     * The slice as a direct buffer with position and limit set to it; big-endian as {@link
     * ByteBuffer} is by default.
     */
    public ByteBuffer buffer(int index) {
        check(index);
        ByteBuffer b = view[index];
        int start = (int) (host[index] - baseAddress[index]);
        return b.limit(start + length[index]).position(start);
    }

    /**
     * Appends a slice. For implementations of {@link GuestMemory}.
     *
     * @param guestAddress guest-physical address
     * @param mapping direct buffer that covers the host mapping
     * @param mappingAddress host address of the mapping's first byte
     * @param offset of the slice in the mapping, bytes
     * @param sliceLength bytes, at least 1
     * @return false, and nothing appended, when the list is full
     */
    public boolean add(
            long guestAddress,
            ByteBuffer mapping,
            long mappingAddress,
            int offset,
            int sliceLength) {
        if (count == capacity) {
            return false;
        }
        if (count == guest.length) {
            grow();
        }
        int i = count++;
        guest[i] = guestAddress;
        host[i] = mappingAddress + offset;
        length[i] = sliceLength;
        baseAddress[i] = mappingAddress;
        if (base[i] != mapping) {
            base[i] = mapping;
            view[i] = mapping.duplicate();
        }
        bytes += sliceLength;
        return true;
    }

    /**
     * Appends a part of another list, without copying data.
     *
     * @param from bytes to skip in {@code other}
     * @param wanted bytes to append
     * @return false, and nothing appended, when {@code other} is shorter or this list is full
     */
    public boolean addPart(MemorySlices other, long from, long wanted) {
        if (from < 0 || wanted < 0 || from + wanted > other.bytes) {
            return false;
        }
        int before = count;
        long bytesBefore = bytes;
        long skip = from;
        long left = wanted;
        for (int i = 0; i < other.count && left > 0; i++) {
            if (skip >= other.length[i]) {
                skip -= other.length[i];
                continue;
            }
            int part = (int) Math.min(left, other.length[i] - skip);
            int offset = (int) (other.host[i] - other.baseAddress[i] + skip);
            if (!add(other.guest[i] + skip, other.base[i], other.baseAddress[i], offset, part)) {
                count = before;
                bytes = bytesBefore;
                return false;
            }
            left -= part;
            skip = 0;
        }
        return true;
    }

    /**
     * Copies bytes out of the list.
     *
     * @return bytes copied, fewer than asked only at the end of the list
     */
    public int copyTo(long from, byte[] target, int offset, int wanted) {
        return copy(from, target, offset, wanted, true);
    }

    /**
     * Copies bytes into the list. The caller marks them dirty.
     *
     * @return bytes copied, fewer than asked only at the end of the list
     */
    public int copyFrom(long from, byte[] source, int offset, int wanted) {
        return copy(from, source, offset, wanted, false);
    }

    private int copy(long from, byte[] array, int offset, int wanted, boolean out) {
        long skip = from;
        int done = 0;
        for (int i = 0; i < count && done < wanted; i++) {
            if (skip >= length[i]) {
                skip -= length[i];
                continue;
            }
            int part = (int) Math.min(wanted - done, length[i] - skip);
            int at = (int) (host[i] - baseAddress[i] + skip);
            if (out) {
                base[i].get(at, array, offset + done, part);
            } else {
                base[i].put(at, array, offset + done, part);
            }
            done += part;
            skip = 0;
        }
        return done;
    }

    /** Marks every slice as written by a device. */
    public void markDirty(DirtyLog log) {
        if (!log.enabled()) {
            return;
        }
        for (int i = 0; i < count; i++) {
            log.mark(guest[i], length[i]);
        }
    }

    private int check(int index) {
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException("slice " + index + " of " + count);
        }
        return index;
    }

    private void grow() {
        int size = Math.min(capacity, guest.length * 2);
        guest = Arrays.copyOf(guest, size);
        host = Arrays.copyOf(host, size);
        length = Arrays.copyOf(length, size);
        base = Arrays.copyOf(base, size);
        view = Arrays.copyOf(view, size);
        baseAddress = Arrays.copyOf(baseAddress, size);
    }
}
