package org.interposer.engine.kvm;

import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The clock that KVM shows the guest (kvmclock), stopped while the machine is paused. */
final class KvmClock {
    private static final Logger LOG = LoggerFactory.getLogger(KvmClock.class);

    // struct kvm_clock_data
    private static final int CLOCK = 0;
    private static final int SIZE = 48;

    private final Fd vm;
    private final List<KvmVcpu> vcpus;
    private final boolean available;
    private final boolean tellsGuest;
    private OptionalLong stopped = OptionalLong.empty();

    /** Of a VM. */
    KvmClock(Fd vm, List<KvmVcpu> vcpus, KvmSystem system) {
        this.vm = vm;
        this.vcpus = vcpus;
        available = system.has(Capability.ADJUST_CLOCK);
        tellsGuest = system.has(Capability.KVMCLOCK_CTRL);
    }

    /** Remembers its value and tells the guest that it was paused. */
    synchronized void pause() {
        if (!available || stopped.isPresent()) {
            return;
        }
        Struct data = new Struct(SIZE);
        if (vm.tryCall(Kvm.KVM_GET_CLOCK, data) != 0) {
            LOG.warn("the guest's clock is not stopped: {}", Libc.describe(Libc.errno()));
            return;
        }
        stopped = OptionalLong.of(data.get64(CLOCK));
        if (tellsGuest) {
            // Refused by a vCPU whose guest does not use the clock; nothing to tell then.
            vcpus.forEach(vcpu -> vcpu.fd().tryCall(Kvm.KVM_KVMCLOCK_CTRL, 0));
        }
    }

    /** Lets it go on from there. */
    synchronized void resume() {
        if (stopped.isPresent()) {
            Struct data = new Struct(SIZE).put64(CLOCK, stopped.getAsLong());
            if (vm.tryCall(Kvm.KVM_SET_CLOCK, data) != 0) {
                LOG.warn("the guest's clock jumps: {}", Libc.describe(Libc.errno()));
            }
            stopped = OptionalLong.empty();
        }
    }
}
