package org.interposer.engine.kvm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.interposer.api.irq.LocalApic;
import org.interposer.api.state.StateRecord;

/** A local APIC that delivers what a test raises, and notes what the engine asks of it. */
final class StubLocalApic implements LocalApic {
    final AtomicInteger raised = new AtomicInteger(NONE);
    final List<String> log = Collections.synchronizedList(new ArrayList<>());
    volatile long base = 0xFEE0_0900L;
    volatile long deadline;
    volatile int cr8;
    volatile Runnable onWrite = () -> {};

    @Override
    public boolean hasInterrupt() {
        return raised.get() != NONE;
    }

    @Override
    public int acknowledge() {
        return raised.getAndSet(NONE);
    }

    @Override
    public boolean decodes(long address) {
        return address >>> 12 == 0xFEE00;
    }

    @Override
    public int readMmio(int offset) {
        log.add("read %x".formatted(offset));
        return 0x1234_5678;
    }

    @Override
    public void writeMmio(int offset, int value) {
        log.add("write %x=%x".formatted(offset, value));
        if (offset == 0x80) {
            cr8 = value >> 4;
        }
        onWrite.run();
    }

    @Override
    public long apicBase() {
        return base;
    }

    @Override
    public boolean setApicBase(long value) {
        base = value;
        return true;
    }

    @Override
    public boolean canReadMsr(int index) {
        return index == 0x802;
    }

    @Override
    public long readMsr(int index) {
        return 7;
    }

    @Override
    public boolean writeMsr(int index, long value) {
        log.add("msr %x=%x".formatted(index, value));
        return index != 0x802;
    }

    @Override
    public int cr8() {
        return cr8;
    }

    @Override
    public void setCr8(int value) {
        cr8 = value;
    }

    @Override
    public long tscDeadline() {
        return deadline;
    }

    @Override
    public void setTscDeadline(long value) {
        deadline = value;
    }

    @Override
    public void init() {
        log.add("init");
    }

    @Override
    public void reset() {
        log.add("reset");
    }

    @Override
    public StateRecord save() {
        return StateRecord.of("stub", 1).build();
    }

    @Override
    public void restore(StateRecord state) {
        state.expect("stub", 1);
    }
}
