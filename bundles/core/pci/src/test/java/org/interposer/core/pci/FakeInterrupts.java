package org.interposer.core.pci;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.irq.MsiRoute;
import org.interposer.api.state.StateRecord;

/** Remembers line levels and messages. */
final class FakeInterrupts implements InterruptController {
    final Map<Integer, Boolean> levels = new TreeMap<>();
    final List<MsiMessage> sent = Collections.synchronizedList(new ArrayList<>());
    int updates;
    int openRoutes;

    boolean level(int gsi) {
        return levels.getOrDefault(gsi, false);
    }

    @Override
    public IrqchipMode mode() {
        return IrqchipMode.USER;
    }

    @Override
    public IrqLine line(int gsi) {
        return asserted -> levels.put(gsi, asserted);
    }

    @Override
    public MsiRoute newMsiRoute() {
        openRoutes++;
        return new MsiRoute() {
            private MsiMessage message;

            @Override
            public void update(MsiMessage next) {
                message = next;
                updates++;
            }

            @Override
            public void signal() {
                sent.add(message);
            }

            @Override
            public OptionalInt descriptor() {
                return OptionalInt.empty();
            }

            @Override
            public void close() {
                openRoutes--;
            }
        };
    }

    @Override
    public void deliver(MsiMessage message) {
        sent.add(message);
    }

    @Override
    public StateRecord save() {
        return StateRecord.of("fake", 1).build();
    }

    @Override
    public void restore(StateRecord state) {}

    @Override
    public void reset() {
        levels.clear();
    }
}
