package org.interposer.engine.kvm;

/**
 * A vCPU's time-stamp counter. On the vCPU's own thread it is read from KVM; elsewhere, where
 * reading would wait for the vCPU, it is the last reading carried forward.
 */
final class TscClock {
    private static final double NANOS_PER_MILLI = 1e6;

    private final KvmVcpu vcpu;
    private final MsrCodec msrs;
    private final long khz;
    private volatile Reading last;

    private record Reading(long tsc, long nanos) {}

    /** Of a vCPU that does not run. */
    TscClock(KvmVcpu vcpu, MsrCodec msrs, long khz) {
        this.vcpu = vcpu;
        this.msrs = msrs;
        this.khz = khz;
        last = read();
    }

    private Reading read() {
        long tsc = msrs.readOne(vcpu.fd(), MsrCodec.IA32_TSC).orElse(0);
        return new Reading(tsc, System.nanoTime());
    }

    /** Reads it again; the vCPU does not run. */
    void refresh() {
        last = read();
    }

    /** Its value now. */
    long now() {
        if (vcpu.isCurrentThread()) {
            last = read();
            return last.tsc;
        }
        Reading from = last;
        return from.tsc + (long) ((System.nanoTime() - from.nanos) * (khz / NANOS_PER_MILLI));
    }
}
