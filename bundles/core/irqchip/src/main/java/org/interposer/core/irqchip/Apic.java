package org.interposer.core.irqchip;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.irq.LocalApic;
import org.interposer.api.state.StateRecord;
import org.interposer.api.time.MachineClock;

/**
 * A local APIC: registers, mode and error status (SDM vol. 3 chapter 11). Registers are words of an
 * atomic array, since senders on other threads read destination and enable bits while the vCPU's
 * thread writes them.
 */
final class Apic implements LocalApic {
    private static final String STATE_TYPE = "irq.lapic";

    /** Integrated APIC, 6 LVT entries, EOI broadcast can be suppressed. */
    private static final int VERSION = 0x14 | 5 << 16 | 1 << 24;

    private static final int SOFTWARE_ENABLED = 1 << 8;
    private static final int NO_EOI_BROADCAST = 1 << 12;
    private static final int MASKED = 1 << 16;
    private static final int DELIVERY_MODE = 7 << 8;
    private static final int EXTINT_UNMASKED = ApicBus.EXTINT << 8;
    private static final int DFR_ONES = 0x0FFF_FFFF;
    private static final int FIRST_LEGAL_VECTOR = 16;

    private static final int SEND_ILLEGAL_VECTOR = 1 << 5;
    private static final int RECEIVE_ILLEGAL_VECTOR = 1 << 6;
    private static final int ILLEGAL_REGISTER = 1 << 7;

    private final int cpu;
    private final ApicBus bus;
    private final PicPair pic;
    private final IoApic ioApic;
    private final IrqchipHost host;
    private final AtomicIntegerArray page = new AtomicIntegerArray(ApicRegister.COUNT);
    private final ApicIdentity identity;
    private final ApicVectors vectors = new ApicVectors(page);
    private final AtomicInteger errors = new AtomicInteger();
    private final ApicTimer timer;
    private final ApicAccess access = new ApicAccess(this, page);
    private volatile boolean accepting;

    Apic(int cpu, ApicBus bus, PicPair pic, IoApic ioApic, MachineClock clock, IrqchipHost host) {
        this.cpu = cpu;
        identity = new ApicIdentity(cpu, page);
        this.bus = bus;
        this.pic = pic;
        this.ioApic = ioApic;
        this.host = host;
        timer = new ApicTimer(page, clock, host, cpu, this::timerExpired);
        reset();
    }

    int cpu() {
        return cpu;
    }

    int priority() {
        return vectors.priority();
    }

    boolean isX2() {
        return identity.isX2();
    }

    /** Enabled in hardware (IA32_APIC_BASE). */
    boolean isPresent() {
        return identity.isPresent();
    }

    /** Takes fixed interrupts: enabled in hardware and in software (SVR). */
    boolean isEnabled() {
        return accepting;
    }

    private boolean isSoftwareEnabled() {
        return (page.get(ApicRegister.SVR) & SOFTWARE_ENABLED) != 0;
    }

    private void updateEnabled() {
        accepting = isPresent() && isSoftwareEnabled();
    }

    // Interrupts in, from any thread.

    /** Whether a destination other than broadcast means this one. */
    boolean matches(boolean logical, int destination) {
        return identity.matches(logical, destination);
    }

    /**
     * A fixed interrupt arrives. The vCPU is kicked only if its priority allows the vector: it
     * lowers its priority before it polls, and this sets IRR before it reads the priority.
     *
     * @return whether it was accepted
     */
    boolean accept(int vector, boolean level) {
        if (!accepting) {
            return false;
        }
        if (vector < FIRST_LEGAL_VECTOR) {
            error(RECEIVE_ILLEGAL_VECTOR);
            return false;
        }
        if (vectors.request(vector, level) && vector >> 4 > vectors.priority() >> 4) {
            host.kick(cpu);
        }
        return true;
    }

    /** The PIC's INTR changes; LINT0 says what that means here. */
    void external(boolean asserted) {
        vectors.external(asserted);
        if (!asserted) {
            return;
        }
        int lint0 = page.get(ApicRegister.LVT_LINT0);
        if (takesExternal()) {
            host.kick(cpu);
        } else if (isPresent() && (lint0 & MASKED) == 0) {
            bus.deliver(this, lint0 >> 8 & 7, lint0 & 0xFF, false);
        }
    }

    /** The PIC's INTR as it is; nothing happens to it. */
    void restoreExternal(boolean asserted) {
        vectors.external(asserted);
    }

    /** Without a local APIC, INTR goes to the boot processor itself. */
    private boolean takesExternal() {
        if (!isPresent()) {
            return cpu == 0;
        }
        int lint0 = page.get(ApicRegister.LVT_LINT0);
        return (lint0 & (MASKED | DELIVERY_MODE)) == EXTINT_UNMASKED;
    }

    private void timerExpired() {
        accept(page.get(ApicRegister.LVT_TIMER) & 0xFF, false);
    }

    /** Logs an error; the first since ESR was written interrupts. */
    private void error(int bit) {
        int before = errors.getAndAccumulate(bit, (a, b) -> a | b);
        int lvt = page.get(ApicRegister.LVT_ERROR);
        if (before == 0 && (lvt & MASKED) == 0) {
            accept(lvt & 0xFF, false);
        }
    }

    // The vCPU's thread.

    @Override
    public boolean hasInterrupt() {
        if (vectors.isIdle()) {
            return false;
        }
        return vectors.isExternal() && takesExternal()
                || isPresent() && vectors.deliverable() != ApicVectors.NONE;
    }

    @Override
    public int acknowledge() {
        if (vectors.isExternal() && takesExternal()) {
            int vector = pic.acknowledgePending();
            if (vector != Pic.NONE) {
                return vector;
            }
        }
        int vector = isPresent() ? vectors.deliverable() : ApicVectors.NONE;
        if (vector == ApicVectors.NONE) {
            return NONE;
        }
        vectors.take(vector);
        return vector;
    }

    private void endOfInterrupt() {
        int vector = vectors.end();
        if (vector != ApicVectors.NONE
                && vectors.isLevel(vector)
                && (page.get(ApicRegister.SVR) & NO_EOI_BROADCAST) == 0) {
            ioApic.endOfInterrupt(vector);
        }
    }

    @Override
    public boolean decodes(long address) {
        return identity.decodes(address);
    }

    @Override
    public int readMmio(int offset) {
        return access.readMmio(offset);
    }

    @Override
    public void writeMmio(int offset, int value) {
        access.writeMmio(offset, value);
    }

    /** The guest reached for a register that does not exist. */
    void illegalRegister() {
        error(ILLEGAL_REGISTER);
    }

    /** Reads a register that exists. */
    int read(int register) {
        return switch (register) {
            case ApicRegister.EOI, ApicRegister.APR, ApicRegister.RRD -> 0;
            case ApicRegister.PPR -> vectors.priority();
            case ApicRegister.TIMER_CURRENT -> timer.current();
            default -> page.get(register);
        };
    }

    /** Writes a register that may be written. */
    void write(int register, int written) {
        int value = written & ApicRegister.writable(register);
        switch (register) {
            case ApicRegister.TPR -> {
                page.set(register, value);
                vectors.updatePriority();
            }
            case ApicRegister.EOI -> endOfInterrupt();
            case ApicRegister.SVR -> writeSpurious(value);
            case ApicRegister.ESR -> page.set(register, errors.getAndSet(0));
            case ApicRegister.ICR -> {
                page.set(register, value);
                send(new Ipi(value));
            }
            case ApicRegister.DFR -> page.set(register, value | DFR_ONES);
            case ApicRegister.TIMER_INITIAL -> timer.setInitial(value);
            case ApicRegister.TIMER_DIVIDE -> timer.setDivide(value);
            case ApicRegister.SELF_IPI -> send(Ipi.toSelf(value));
            default -> {
                if (ApicRegister.isLvt(register)) {
                    writeLvt(register, isSoftwareEnabled() ? value : value | MASKED);
                } else {
                    page.set(register, value);
                }
            }
        }
    }

    private void writeLvt(int register, int value) {
        if (register == ApicRegister.LVT_TIMER) {
            timer.setLvt(value);
        } else {
            page.set(register, value);
        }
    }

    /** Disabling in software masks every local interrupt (SDM vol. 3 §11.4.7.2). */
    private void writeSpurious(int value) {
        page.set(ApicRegister.SVR, value);
        updateEnabled();
        if (!isSoftwareEnabled()) {
            for (int lvt = ApicRegister.LVT_TIMER; lvt <= ApicRegister.LVT_ERROR; lvt++) {
                writeLvt(lvt, page.get(lvt) | MASKED);
            }
        }
    }

    private void send(Ipi ipi) {
        if (ipi.hasIllegalVector()) {
            error(SEND_ILLEGAL_VECTOR);
        } else if (!ipi.isDeassert()) {
            ipi.send(bus, this, page.get(ApicRegister.ICR_HIGH));
        }
    }

    // IA32_APIC_BASE and x2APIC.

    @Override
    public long apicBase() {
        return identity.base();
    }

    @Override
    public boolean setApicBase(long value) {
        if (!identity.allows(value)) {
            return false;
        }
        boolean wasX2 = isX2();
        boolean wasPresent = isPresent();
        identity.set(value);
        if (wasPresent && !isPresent()) {
            resetRegisters();
        } else if (isX2() && !wasX2) {
            identity.identify();
            page.set(ApicRegister.ICR_HIGH, 0);
        }
        updateEnabled();
        return true;
    }

    @Override
    public boolean canReadMsr(int index) {
        return access.canReadMsr(index);
    }

    @Override
    public long readMsr(int index) {
        return access.readMsr(index);
    }

    @Override
    public boolean writeMsr(int index, long value) {
        return access.writeMsr(index, value);
    }

    @Override
    public int cr8() {
        return page.get(ApicRegister.TPR) >> 4 & 15;
    }

    @Override
    public void setCr8(int value) {
        write(ApicRegister.TPR, (value & 15) << 4);
    }

    @Override
    public long tscDeadline() {
        return timer.tscDeadline();
    }

    @Override
    public void setTscDeadline(long value) {
        timer.setTscDeadline(value);
    }

    // Reset and state.

    @Override
    public void reset() {
        identity.reset();
        resetRegisters();
    }

    @Override
    public void init() {
        resetRegisters();
    }

    /**
     * The boot processor starts in virtual-wire mode (LINT0 passes the PIC), as firmware leaves it,
     * since a kernel may be entered without firmware.
     */
    private void resetRegisters() {
        timer.reset();
        for (int register = 0; register < ApicRegister.COUNT; register++) {
            if (register < ApicRegister.ISR || register >= ApicRegister.ESR) {
                page.set(register, ApicRegister.isLvt(register) ? MASKED : 0);
            }
        }
        if (cpu == 0) {
            page.set(ApicRegister.LVT_LINT0, EXTINT_UNMASKED);
        }
        page.set(ApicRegister.VERSION, VERSION);
        page.set(ApicRegister.SVR, 0xFF);
        page.set(ApicRegister.DFR, -1);
        identity.identify();
        errors.set(0);
        updateEnabled();
        vectors.clear();
    }

    @Override
    public StateRecord save() {
        return StateRecord.of(STATE_TYPE, 1)
                .put("regs", ApicImage.of(this::read))
                .put("apicBase", identity.base())
                .put("tscDeadline", timer.tscDeadline())
                .put("errors", errors.get())
                .build();
    }

    @Override
    public void restore(StateRecord state) {
        byte[] regs = ApicImage.checked(state.expect(STATE_TYPE, 1).bytes("regs"));
        timer.reset();
        identity.set(state.number("apicBase"));
        ApicImage.copy(regs, page);
        page.set(ApicRegister.VERSION, VERSION);
        page.set(ApicRegister.ID, identity.id());
        errors.set((int) state.number("errors", 0));
        updateEnabled();
        vectors.rebuild();
        timer.restore(state.number("tscDeadline", 0));
    }

    void close() {
        timer.close();
    }
}
