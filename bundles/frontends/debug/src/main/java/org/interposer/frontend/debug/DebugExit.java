package org.interposer.frontend.debug;

import java.util.function.IntConsumer;
import org.interposer.api.bus.IoHandler;

/** The debug exit's ports: a write of v ends the machine with the status {@code (v << 1) | 1}. */
record DebugExit(IntConsumer exit) implements IoHandler {
    @Override
    public long read(long offset, int size) {
        return 0;
    }

    @Override
    public void write(long offset, int size, long value) {
        exit.accept((int) value << 1 | 1);
    }
}
