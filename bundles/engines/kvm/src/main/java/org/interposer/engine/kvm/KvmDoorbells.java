package org.interposer.engine.kvm;

import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.Doorbell;
import org.interposer.api.bus.DoorbellAccelerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Doorbells that KVM rings itself (ioeventfd), without an exit to this process. */
final class KvmDoorbells implements DoorbellAccelerator {
    private static final Logger LOG = LoggerFactory.getLogger(KvmDoorbells.class);

    // struct kvm_ioeventfd
    private static final int DATAMATCH = 0;
    private static final int ADDR = 8;
    private static final int LEN = 16;
    private static final int FD = 20;
    private static final int FLAGS = 24;
    private static final int SIZE = 64;

    private final Fd vm;
    private final boolean available;
    private final boolean anyLength;

    /** Of a VM. */
    KvmDoorbells(Fd vm, KvmSystem system) {
        this.vm = vm;
        available = system.has(Capability.IOEVENTFD);
        anyLength = system.has(Capability.IOEVENTFD_ANY_LENGTH);
    }

    @Override
    public boolean assign(Doorbell doorbell) {
        boolean possible =
                available
                        && (doorbell.size() != 0 || anyLength && doorbell.value().isEmpty())
                        && doorbell.event().descriptor().isPresent();
        return possible && set(doorbell, 0);
    }

    @Override
    public void unassign(Doorbell doorbell) {
        if (!set(doorbell, Kvm.KVM_IOEVENTFD_FLAG_DEASSIGN)) {
            LOG.warn(
                    "giving back the doorbell at 0x{} failed: {}",
                    Long.toHexString(doorbell.address()),
                    Libc.describe(Libc.errno()));
        }
    }

    private boolean set(Doorbell doorbell, int flags) {
        int all = flags;
        if (doorbell.space() == AddressSpace.PORT) {
            all |= Kvm.KVM_IOEVENTFD_FLAG_PIO;
        }
        if (doorbell.value().isPresent()) {
            all |= Kvm.KVM_IOEVENTFD_FLAG_DATAMATCH;
        }
        Struct request = new Struct(SIZE);
        request.put64(DATAMATCH, doorbell.value().orElse(0));
        request.put64(ADDR, doorbell.address());
        request.put32(LEN, doorbell.size());
        request.put32(FD, doorbell.event().descriptor().orElse(-1));
        request.put32(FLAGS, all);
        return vm.tryCall(Kvm.KVM_IOEVENTFD, request) == 0;
    }
}
