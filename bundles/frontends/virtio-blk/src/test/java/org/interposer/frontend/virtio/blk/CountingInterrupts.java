package org.interposer.frontend.virtio.blk;

import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.irq.MsiRoute;
import org.interposer.api.state.StateRecord;

/** Counts messages by vector and remembers the level of each line. */
final class CountingInterrupts implements InterruptController {
    private final AtomicIntegerArray messages = new AtomicIntegerArray(256);
    private final AtomicIntegerArray lines = new AtomicIntegerArray(24);

    int messages(int vector) {
        return messages.get(vector);
    }

    boolean anyLine() {
        for (int i = 0; i < lines.length(); i++) {
            if (lines.get(i) > 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public IrqchipMode mode() {
        return IrqchipMode.USER;
    }

    @Override
    public IrqLine line(int gsi) {
        return asserted -> lines.set(gsi, asserted ? 1 : 0);
    }

    @Override
    public MsiRoute newMsiRoute() {
        return new MsiRoute() {
            private volatile int vector;

            @Override
            public void update(MsiMessage message) {
                vector = message.data() & 0xff;
            }

            @Override
            public void signal() {
                messages.incrementAndGet(vector);
            }

            @Override
            public OptionalInt descriptor() {
                return OptionalInt.empty();
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void deliver(MsiMessage message) {
        messages.incrementAndGet(message.data() & 0xff);
    }

    @Override
    public StateRecord save() {
        return StateRecord.of("counting", 1).build();
    }

    @Override
    public void restore(StateRecord state) {}

    @Override
    public void reset() {}
}
