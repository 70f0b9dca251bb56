package org.interposer.itests.bench;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.Map;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.memory.MemorySlices;

/** What the benchmarks share. */
final class Setup {
    private Setup() {}

    /** A configuration as the container would make it: the given values, else the defaults. */
    static <C> C config(Class<C> type, Map<String, Object> values) {
        Object proxy =
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, arguments) ->
                                values.getOrDefault(method.getName(), method.getDefaultValue()));
        return type.cast(proxy);
    }

    /** A back-end that has nothing to do, so that only the way to it costs. */
    static final class Instant implements BlockBackend {
        private final BlockGeometry geometry =
                new BlockGeometry(1 << 20, 512, 4096, 0, false, true, true);

        @Override
        public BlockGeometry geometry() {
            return geometry;
        }

        @Override
        public void submit(BlockRequest request) {
            request.complete(BlockStatus.OK);
        }

        @Override
        public void close() {}
    }

    /** Stands for guest memory. */
    static final class Memory {
        private final ByteBuffer buffer;
        private final long address;

        Memory(int bytes) {
            buffer = ByteBuffer.allocateDirect(bytes);
            // SAFETY: only asks for the address; the memory lives as long as this object has it.
            address = Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
        }

        void slice(MemorySlices into, int offset, int length) {
            into.add(offset, buffer, address, offset, length);
        }
    }
}
