package org.interposer.itests.differential.soft;

import java.util.function.LongConsumer;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Memory;

/** The machine around a single vCPU, as far as memory is concerned. */
final class OneCpuWatch implements Memory.Watch {
    private final LongConsumer forget;

    OneCpuWatch(final LongConsumer forget) {
        this.forget = forget;
    }

    @Override
    public boolean logging() {
        return false;
    }

    @Override
    public void written(final long address) {
        throw new IllegalStateException("nobody has asked for writes to be reported");
    }

    @Override
    public void codeAdded(final Cpu by, final long page) {
        by.mmu.protect(page);
    }

    @Override
    public void codeChanged(final Cpu by, final long page) {
        forget.accept(page);
    }

    @Override
    public void exclusively(final Cpu by, final Runnable action) {
        action.run();
    }
}
