package org.interposer.engine.kvm;

import org.interposer.api.irq.MsiMessage;

/** A message in the shape KVM_SIGNAL_MSI wants ({@code struct kvm_msi}); constant once made. */
final class Msi {
    // struct kvm_msi
    private static final int ADDRESS_LO = 0;
    private static final int ADDRESS_HI = 4;
    private static final int DATA = 8;
    private static final int SIZE = 32;

    private final Struct struct = new Struct(SIZE);

    /** Of a message. */
    Msi(MsiMessage message) {
        struct.put32(ADDRESS_LO, (int) message.address());
        struct.put32(ADDRESS_HI, (int) (message.address() >>> 32));
        struct.put32(DATA, message.data());
    }

    /** Sends it; any thread. */
    void send(Fd vm) {
        vm.tryCall(Kvm.KVM_SIGNAL_MSI, struct);
    }
}
