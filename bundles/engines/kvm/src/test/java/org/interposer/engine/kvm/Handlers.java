package org.interposer.engine.kvm;

import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.interposer.api.bus.IoHandler;

/** Handlers of one line. */
final class Handlers {
    private Handlers() {}

    static IoHandler onWrite(LongConsumer action) {
        return of(() -> -1L, action);
    }

    static IoHandler onRead(LongSupplier value) {
        return of(value, v -> {});
    }

    static IoHandler of(LongSupplier value, LongConsumer action) {
        return new IoHandler() {
            @Override
            public long read(long offset, int size) {
                return value.getAsLong();
            }

            @Override
            public void write(long offset, int size, long v) {
                action.accept(v);
            }
        };
    }
}
