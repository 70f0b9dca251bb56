package org.interposer.engine.softcpu;

import java.util.Optional;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.irq.LocalApic;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Env;
import org.interposer.engine.softcpu.cpu.Msrs;

/**
 * Buses, clock, CPUID and local APIC of one vCPU. While a device works the vCPU counts as outside
 * guest code, so that the device's threads may change memory without waiting for it.
 */
final class SoftEnv implements Env {
    private static final int X2APIC_FIRST = 0x800, X2APIC_LAST = 0x8ff;

    private final String machine;
    private final IoBus bus;
    private final SoftCpuid cpuid;
    private final TscClock tsc;
    private final PvClock pvClock;
    private final SoftCounters counters = new SoftCounters();
    private SoftVcpu vcpu;
    private Cpu cpu;
    private LocalApic apic;
    private Optional<String> failure = Optional.empty();

    SoftEnv(String machine, IoBus bus, SoftCpuid cpuid, TscClock tsc, PvClock pvClock) {
        this.machine = machine;
        this.bus = bus;
        this.cpuid = cpuid;
        this.tsc = tsc;
        this.pvClock = pvClock;
    }

    void serve(SoftVcpu newVcpu, Cpu newCpu) {
        vcpu = newVcpu;
        cpu = newCpu;
    }

    void attach(LocalApic newApic) {
        apic = newApic;
    }

    LocalApic apic() {
        return apic;
    }

    SoftCounters counters() {
        return counters;
    }

    TscClock clock() {
        return tsc;
    }

    Optional<String> failure() {
        return failure;
    }

    /** The failure, which is forgotten: a restored state may run on. */
    String takeFailure() {
        String message = failure.orElseThrow();
        failure = Optional.empty();
        return message;
    }

    private long read(AddressSpace space, long address, int size) {
        vcpu.leaveGuest();
        try {
            return bus.read(space, address, size);
        } finally {
            back();
        }
    }

    private void write(AddressSpace space, long address, int size, long value) {
        vcpu.leaveGuest();
        try {
            bus.write(space, address, size, value);
        } finally {
            back();
        }
    }

    /** Only a vCPU that runs was in guest code; state is also read and written from outside. */
    private void back() {
        if (vcpu.isCurrentThread()) {
            vcpu.enterGuest();
            if (apic.hasInterrupt()) {
                cpu.stop();
            }
        }
    }

    @Override
    public long portRead(int port, int size) {
        counters.count(SoftCounters.PORT_READ);
        return read(AddressSpace.PORT, port, size);
    }

    @Override
    public void portWrite(int port, int size, long value) {
        counters.count(SoftCounters.PORT_WRITE);
        write(AddressSpace.PORT, port, size, value);
    }

    @Override
    public long mmioRead(long address, int size) {
        counters.count(SoftCounters.MMIO_READ);
        if (apic.decodes(address)) {
            return apic.readMmio((int) address & 0xfff) & 0xffff_ffffL;
        }
        return read(AddressSpace.MMIO, address, size);
    }

    @Override
    public void mmioWrite(long address, int size, long value) {
        counters.count(SoftCounters.MMIO_WRITE);
        if (apic.decodes(address)) {
            apic.writeMmio((int) address & 0xfff, (int) value);
            cpu.stop();
        } else {
            write(AddressSpace.MMIO, address, size, value);
        }
    }

    @Override
    public long tsc() {
        return tsc.now();
    }

    @Override
    public void setTsc(long value) {
        tsc.set(value);
        pvClock.update();
    }

    @Override
    public int cr8() {
        return apic.cr8();
    }

    @Override
    public void setCr8(int value) {
        apic.setCr8(value);
    }

    @Override
    public void cpuid(int function, int index, int[] result) {
        cpuid.answer(function, index, result);
        if (function == 1 && (apic.apicBase() & 1 << 11) == 0) {
            result[3] &= ~(1 << 9); // The local APIC is switched off.
        }
    }

    @Override
    public boolean readMsr(int index, long[] result) {
        if (index == Msrs.APIC_BASE) {
            result[0] = apic.apicBase();
        } else if (index == Msrs.TSC_DEADLINE) {
            result[0] = apic.tscDeadline();
        } else if (index >= X2APIC_FIRST && index <= X2APIC_LAST && apic.canReadMsr(index)) {
            result[0] = apic.readMsr(index);
        } else {
            return pvClock.read(index, result);
        }
        return true;
    }

    @Override
    public boolean writeMsr(int index, long value) {
        if (index == Msrs.APIC_BASE) {
            return value >>> SoftCpuid.PHYSICAL_BITS == 0 && apic.setApicBase(value);
        }
        if (index == Msrs.TSC_DEADLINE) {
            apic.setTscDeadline(value);
            return true;
        }
        if (index >= X2APIC_FIRST && index <= X2APIC_LAST) {
            cpu.stop();
            return apic.writeMsr(index, value);
        }
        return pvClock.write(index, value);
    }

    @Override
    public void fail(String message) {
        failure = Optional.of("machine '" + machine + "', vCPU " + vcpu.index() + ": " + message);
        cpu.stop();
    }

    @Override
    public boolean failed() {
        return failure.isPresent();
    }
}
