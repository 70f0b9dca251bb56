package org.interposer.backend.block.memory;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.interposer.api.memory.MemorySlices;

/** The disk's bytes in chunks that exist once something was written to them. Thread-safe. */
final class MemoryContent {
    /** Below half a G1 region of 1 MiB, so that a chunk is no humongous object. */
    static final int CHUNK = 256 * 1024;

    private static final byte[] ZEROES = new byte[CHUNK];

    private final AtomicReferenceArray<byte[]> chunks;
    private final long bytes;

    MemoryContent(long bytes) {
        this.bytes = bytes;
        chunks = new AtomicReferenceArray<>(Math.toIntExact((bytes + CHUNK - 1) / CHUNK));
    }

    long bytes() {
        return bytes;
    }

    void read(long at, MemorySlices target) {
        long length = target.bytes();
        for (long done = 0; done < length; ) {
            int offset = (int) ((at + done) % CHUNK);
            int part = (int) Math.min(length - done, CHUNK - offset);
            byte[] chunk = chunks.get(index(at + done));
            target.copyFrom(done, chunk == null ? ZEROES : chunk, offset, part);
            done += part;
        }
    }

    void write(long at, MemorySlices source) {
        long length = source.bytes();
        for (long done = 0; done < length; ) {
            int offset = (int) ((at + done) % CHUNK);
            int part = (int) Math.min(length - done, CHUNK - offset);
            source.copyTo(done, present(index(at + done)), offset, part);
            done += part;
        }
    }

    /** Zeroes a range; whole chunks are given back. */
    void zero(long at, long length) {
        for (long done = 0; done < length; ) {
            int offset = (int) ((at + done) % CHUNK);
            int part = (int) Math.min(length - done, CHUNK - offset);
            int index = index(at + done);
            if (part == CHUNK) {
                chunks.set(index, null);
            } else {
                byte[] chunk = chunks.get(index);
                if (chunk != null) {
                    Arrays.fill(chunk, offset, offset + part, (byte) 0);
                }
            }
            done += part;
        }
    }

    /** Bytes of the heap in use. */
    long allocated() {
        long count = 0;
        for (int i = 0; i < chunks.length(); i++) {
            count += chunks.get(i) == null ? 0 : 1;
        }
        return count * CHUNK;
    }

    private byte[] present(int index) {
        byte[] chunk = chunks.get(index);
        while (chunk == null) {
            byte[] fresh = new byte[CHUNK];
            chunk = chunks.compareAndSet(index, null, fresh) ? fresh : chunks.get(index);
        }
        return chunk;
    }

    private static int index(long at) {
        return (int) (at / CHUNK);
    }
}
