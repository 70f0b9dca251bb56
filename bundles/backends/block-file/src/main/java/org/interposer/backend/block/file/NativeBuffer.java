package org.interposer.backend.block.file;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Native memory whose address is a multiple of 4096; freed when it is unreachable. */
final class NativeBuffer {
    private static final int PAGE = 4096;

    private final ByteBuffer buffer;
    private final long address;

    NativeBuffer(int bytes) {
        // Whole pages: an aligned slice also ends at a multiple of the alignment.
        int pages = (bytes + PAGE - 1) / PAGE;
        buffer = ByteBuffer.allocateDirect((pages + 1) * PAGE).alignedSlice(PAGE);
        buffer.order(ByteOrder.nativeOrder());
        // SAFETY: only asks for the address; the memory lives as long as this object has it.
        address = Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
    }

    ByteBuffer bytes() {
        return buffer;
    }

    long address() {
        return address;
    }

    /**
     * A few buffers that threads borrow. They belong to one opening of a disk, not to the threads,
     * so nothing of this bundle stays behind in a thread when it goes.
     */
    static final class Pool {
        private static final int KEPT = 16;

        private final AtomicReferenceArray<NativeBuffer> free = new AtomicReferenceArray<>(KEPT);
        private final int bytes;

        Pool(int bytes) {
            this.bytes = bytes;
        }

        NativeBuffer borrow() {
            for (int i = 0; i < KEPT; i++) {
                if (free.getPlain(i) != null) {
                    NativeBuffer found = free.getAndSet(i, null);
                    if (found != null) {
                        return found;
                    }
                }
            }
            return new NativeBuffer(bytes);
        }

        void giveBack(NativeBuffer buffer) {
            for (int i = 0; i < KEPT; i++) {
                if (free.getPlain(i) == null && free.compareAndSet(i, null, buffer)) {
                    return;
                }
            }
        }
    }
}
