package org.interposer.engine.kvm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.irq.Irqchip;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.LocalApic;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.irq.MsiRoute;
import org.interposer.api.state.StateRecord;

/** Controllers in user space that do what a test tells them. */
final class StubIrqchip implements Irqchip {
    final List<StubLocalApic> apics = new ArrayList<>();
    final List<Integer> ended = Collections.synchronizedList(new ArrayList<>());
    final List<MsiMessage> routes = new ArrayList<>(Collections.nCopies(24, new MsiMessage(0, 0)));
    volatile int picVector = -1;
    private final IrqchipMode mode;

    StubIrqchip(IrqchipMode mode, int cpus) {
        this.mode = mode;
        for (int i = 0; i < cpus; i++) {
            apics.add(new StubLocalApic());
        }
    }

    @Override
    public IrqchipMode mode() {
        return mode;
    }

    @Override
    public LocalApic localApic(int cpu) {
        return apics.get(cpu);
    }

    @Override
    public void endOfInterrupt(int vector) {
        ended.add(vector);
    }

    @Override
    public boolean picInterruptPending() {
        return picVector >= 0;
    }

    @Override
    public int picAcknowledge() {
        int vector = picVector;
        picVector = -1;
        return vector;
    }

    @Override
    public List<MsiMessage> ioapicRoutes() {
        return List.copyOf(routes);
    }

    @Override
    public IrqLine line(int gsi) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MsiRoute newMsiRoute() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void deliver(MsiMessage message) {
        throw new UnsupportedOperationException();
    }

    @Override
    public StateRecord save() {
        return StateRecord.of("stub", 1).build();
    }

    @Override
    public void restore(StateRecord state) {
        state.expect("stub", 1);
    }

    @Override
    public void reset() {
        picVector = -1;
    }

    @Override
    public void close() {
        ended.clear();
    }
}
